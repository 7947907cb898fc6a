"""The command `export` of ``python -m core``."""

from pathlib import Path

import click

from core.cli.given_model import exportable
from core.cli.output import as_json, overwrite, say, silent_stderr


@click.command()
@click.argument("model")
@click.argument("format_name", metavar="FORMAT")
@click.argument("out", type=click.Path(path_type=Path))
@overwrite
@as_json
def export(model: str, format_name: str, out: Path, overwrite: bool, as_json: bool) -> None:
    """Export a model to a format of other programs, and check it.

    The file is written only if its answers agree with those of Keras. MODEL is a name in models/, a
    run's id, or the path of a model folder or of a file, as for `evaluate`; one that is only ONNX
    can be written as onnx alone. FORMAT is keras, onnx, litert,
    litert-int8, weights or savedmodel. OUT is the file to write, or the folder for savedmodel; the
    model's card and a short example go beside it.
    """
    from core.export.delivery import deliver
    from core.export.formats import get_format

    wanted = get_format(format_name)
    with silent_stderr(), exportable(model) as taken:
        done = deliver(taken, wanted, out, overwrite)
    facts = {
        "model": model,
        "format": wanted.name,
        "path": str(done.path),
        "bytes": done.bytes,
        "largest_difference": done.largest_difference,
        "agreement": done.agreement,
        "check_images": done.n,
        "checked_on": done.checked_on,
        "beside": list(done.beside),
    }
    same = round(done.agreement * done.n)
    checked = (
        f"Same answer as Keras on {same:,} of {done.n:,} test digits ({done.checked_on}); largest "
        f"difference between probabilities: {done.largest_difference:.1g}"
    )
    lines = [
        f"{model} as {wanted.title}: {done.path}, {done.bytes:,} bytes",
        checked if done.n else "It is the model's own file, unchanged.",
        f"Also written: {', '.join(done.beside)}",
    ]
    say(as_json, facts, lines)
