"""The commands `study` and `report` of ``python -m core``."""

from contextlib import nullcontext
from pathlib import Path

import click

from core import registry
from core.cli.follow import progress_bar
from core.cli.output import as_json, overwrite, say, silent_stderr, write_file
from core.disk.atomic import write_record
from core.errors import DigitLabError
from core.studies import results, runner


@click.command()
@click.argument("model")
@click.argument("name")
@click.option("--item", type=int, help="Index of the test image, for a study of one image.")
@click.option("--progress", type=click.Path(path_type=Path), hidden=True)
@as_json
def study(model: str, name: str, item: int | None, progress: Path | None, as_json: bool) -> None:
    """Compute a study of a model ahead of the Inspect page.

    The result is kept, and Inspect shows it at once. MODEL is a name in models/, a run's id, or the
    path of a model folder. NAME is known (the training digits by their embedding), map, robustness,
    or gradients, which is a study of one image.
    """
    chosen = results.STUDIES.get(name)
    if chosen is None:
        known = ", ".join(results.STUDIES)
        raise DigitLabError(f"There is no study '{name}': give one of {known}.")

    if chosen.of_one_image != (item is not None):
        raise DigitLabError(
            f"The study '{name}' is of one test image: give its index with --item."
            if chosen.of_one_image
            else f"The study '{name}' is of the whole model: leave --item out."
        )

    def show(share: float) -> None:
        bar.update(round(100 * share) - bar.pos)
        if progress is not None:
            write_record(progress, f"{share:.3f}", "The progress", durable=False)

    # Studies of one image use TensorFlow; they are quick and need no bar.
    silence = silent_stderr() if chosen.of_one_image else nullcontext()
    with silence, progress_bar(name, length=100, quiet=as_json) as bar:
        found = runner.work_out(registry.find(model), chosen, show, item)
    facts = {"model": model, "study": name, "arrays": {k: list(v.shape) for k, v in found.items()}}
    say(as_json, facts, [f"{chosen.title} of {model}: done. The Inspect page shows it."])


@click.command()
@click.argument("model")
@click.argument("out", type=click.Path(path_type=Path))
@overwrite
@as_json
def report(model: str, out: Path, overwrite: bool, as_json: bool) -> None:
    """Write a report about a model as one HTML file.

    It can be read without the app. MODEL is a name in models/, a run's id, or the path of a model
    folder. The report includes the map and the robustness if `study` has computed them.
    """
    from core.export.report_page import page

    content = page(registry.find(model)).encode()
    write_file(out, content, overwrite)
    facts = {"model": model, "file": str(out), "bytes": len(content)}
    say(as_json, facts, [f"The report of {model} is in {out}, {len(content) / 1e6:.1f} MB."])
