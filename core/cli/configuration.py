"""The configuration that a command is given: a recipe or a file, with changes, and its data."""

from pathlib import Path
from typing import Any

import click

from core.cli.fetch import fetch_mnist_if_due
from core.cli.output import tell
from core.config import TrainConfig, parse_setting, with_changes
from core.errors import DigitLabError
from core.recipes.book import get_recipe

as_is = click.option(
    "--as-is",
    is_flag=True,
    help="Leave digits of a file as they lie, and take also what does not look like digits.",
)


def configuration(
    recipe: str | None,
    file: Path | None,
    settings: tuple[str, ...],
    changes: dict[str, Any],
    *,
    as_is: bool,
    quiet: bool,
) -> TrainConfig:
    """Return a configuration whose data are there; MNIST is downloaded if need be.

    Parameters
    ----------
    recipe, file
        One of them.
    settings : tuple of str
        Changes as ``KEY=VALUE``.
    changes : dict
        Other changes; ``None`` for none.
    as_is : bool
        Leave digits of a file as they lie.
    quiet : bool
        Show no progress.

    Raises
    ------
    click.UsageError
        Neither or both are given.
    DigitLabError
        There is no such recipe or file, a setting is wrong, or the data are missing.
    """
    wanted: dict[str, Any] = dict(parse_setting(setting) for setting in settings)
    wanted |= {key: value for key, value in changes.items() if value is not None}
    config = _wanted(recipe, file, wanted, quiet)
    return with_readable_data(config, as_is=as_is, quiet=quiet)


def with_readable_data(config: TrainConfig, *, as_is: bool, quiet: bool) -> TrainConfig:
    """Return a configuration with the full paths of its data, which workers need.

    Raises
    ------
    DigitLabError
        The data are missing.
    """
    if config.data == "mnist":
        fetch_mnist_if_due(quiet=quiet, needed=True)
    strokes = _strokes(config)
    return config.model_copy(
        update={"data": _readable_source(config.data, as_is), "strokes": strokes}
    )


def _strokes(config: TrainConfig) -> list[str]:
    """Return the files of strokes with full paths, and say which of those named are missing."""
    from core.data import stroke_files

    missing = stroke_files.missing(config.strokes) if config.drawn_digits else []
    if missing:
        tell(
            f"Strokes of people are trained on where they are there: {' and '.join(missing)} "
            f"{'are' if len(missing) > 1 else 'is'} not in {stroke_files.folder()}, so this "
            "training goes without. `data --fetch strokes` gets pendigits."
        )
    return [
        source if stroke_files.is_name(source) else str(Path(source).expanduser().resolve())
        for source in config.strokes
    ]


def _wanted(
    recipe: str | None, file: Path | None, changes: dict[str, Any], quiet: bool
) -> TrainConfig:
    if recipe is not None and file is None:
        from core.data import default_source

        known = get_recipe(recipe)
        if "data" not in changes:
            fetch_mnist_if_due(quiet, needed=False)
            changes["data"] = default_source()
        return with_changes(known.config_for(str(changes["data"])), changes)
    if recipe is not None or file is None:
        context = click.get_current_context()
        raise click.UsageError("Give either RECIPE or --config FILE.", context)
    from core.recipes import link

    try:
        content = file.read_bytes()
    except OSError as fault:
        raise DigitLabError(
            f"'{file}' cannot be read ({fault.strerror or fault}): check its name and folder."
        ) from fault
    return with_changes(link.from_json(content, file.name), changes)


def _readable_source(source: str, as_is: bool) -> str:
    """Check the data before a run is created; return a file's full path, which workers need.

    What takes long to read, or was set right, is kept among the data sets of the app.
    """
    from core.data import existing, files, load

    if source in ("mnist", "sample"):
        load(source)
        return source
    path = existing(source).resolve()
    if path in files.own_files():
        return load(path).name
    found = files.look(path, as_is=as_is)
    for said in [*found.set_right(), *found.remarks]:
        tell(f"{path.name}: {said}")
    if found.quickly_read and not found.faults and not as_is:
        return str(path)
    kept = files.keep(found, path.name, as_is=as_is)
    tell(f"{path.name} is kept as '{files.name_of(str(kept))}', which --data takes, too.")
    return str(kept)
