"""The commands of ``python -m core`` that say why: `study`, `report`."""

from pathlib import Path

import click

from core import registry
from core.atomic import replacing
from core.cli_output import as_json, say
from core.errors import DigitLabError
from core.explain import studies


@click.command()
@click.argument("model")
@click.argument("name")
@click.option("--item", type=int, help="Place of the test image, for a study of one image.")
@click.option("--progress", type=click.Path(path_type=Path), hidden=True)
@as_json
def study(model: str, name: str, item: int | None, progress: Path | None, as_json: bool) -> None:
    """Work out what the Inspect page shows of a model and cannot have at once.

    MODEL is a name in models/, a run's id, or the path of a model folder. NAME is known (the
    training digits by their embedding), map, robustness or gradients.
    """
    chosen = studies.STUDIES.get(name)
    if chosen is None:
        known = ", ".join(studies.STUDIES)
        raise DigitLabError(f"There is no study '{name}': give one of {known}.")

    def report(share: float) -> None:
        if progress is not None:
            progress.write_text(f"{share:.3f}", encoding="utf-8")

    if progress is not None:
        progress.parent.mkdir(parents=True, exist_ok=True)
    found = studies.work_out(registry.find(model), chosen, report, item)
    facts = {"model": model, "study": name, "arrays": {k: list(v.shape) for k, v in found.items()}}
    say(as_json, facts, [f"{name} of {model} is worked out and kept."])


@click.command()
@click.argument("model")
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@as_json
def report(model: str, out: Path, as_json: bool) -> None:
    """Write all that is known of a model as one HTML file, to read without the app.

    MODEL is a name in models/, a run's id, or the path of a model folder. What `study` has worked
    out of it (map, robustness) is in the file, too.
    """
    from core.evaluation.report_page import page

    content = page(registry.find(model)).encode()
    try:
        with replacing(out) as temporary:
            temporary.write_bytes(content)
    except OSError as fault:
        raise DigitLabError(
            f"'{out}' cannot be written ({fault.strerror or fault}): give a file in a folder that "
            "is there and writable."
        ) from fault
    facts = {"model": model, "file": str(out), "bytes": len(content)}
    say(as_json, facts, [f"The report of {model} is in {out}, {len(content) / 1e6:.1f} MB."])
