"""The command `read` of ``python -m core``."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from core import registry
from core.cli.given_model import brought_lines, open_model
from core.cli.output import as_json, say, tell
from core.errors import DigitLabError

if TYPE_CHECKING:
    from core.reading.predictor import Predictor
    from core.reading.reader import Reading


@click.command()
@click.option("--model", help="A name, a run's id or a path; default: the model in use.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@as_json
def read(model: str | None, files: tuple[str, ...], as_json: bool) -> None:
    """Read the digit or the number in pictures.

    FILE is a PNG, JPEG, WebP, BMP, GIF, TIFF, AVIF or PGM picture, - for one from standard input,
    or an .npz file with an array named canvases: uint8 of shape (n, h, w), (n, h, w, 3) or (n, h,
    w, 4).

    Digits may stand on several lines or in a ruled table. A frame around them is ignored. Prints
    the text, with ? for anything but a digit, and the verdict: digit, unsure, not-a-digit, no-ink
    (none that could be told from a table or a shadow) or blank. A file that cannot be read is named
    on standard error, and the others are read; the exit code is 2 then.
    """
    from core.reading.gate import load_if_there
    from core.reading.reader import read as read_picture

    gate = load_if_there()
    predictor = _model_in_use() if model is None else _named(model, quiet=as_json)
    facts: list[dict[str, Any]] = []
    lines, faults = [], []
    for file in files:
        try:
            pictures = _pictures(file)
        except DigitLabError as fault:
            if len(files) == 1:
                raise
            facts.append({"file": file, "error": str(fault)})
            faults.append(str(fault))
            continue
        for index, picture in enumerate(pictures):
            reading = read_picture(picture, predictor, gate, turns=True)
            height, width = picture.shape[:2]  # the units of the boxes: large JPEGs are reduced
            size = {"width": width, "height": height}
            facts.append({"file": file, "index": index, **size, **reading.to_json()})
            name = file if len(pictures) == 1 else f"{file}[{index}]"
            text = reading.text.split("\n") if reading.text else ["-"]
            text[-1] += f" ({_verdict(reading)})"
            lines.append(f"{name}: {text[0]}")
            lines += [f"{'':{len(name)}}  {line}" for line in text[1:]]
    say(as_json, facts, lines)
    if faults:
        for sentence in faults[:-1]:
            tell(" ".join(sentence.split()))
        raise DigitLabError(faults[-1])


def _named(model: str, quiet: bool) -> "Predictor":
    """Return a model to read with, and say on standard error how one from elsewhere is taken."""
    given = open_model(model)
    for line in [] if quiet else brought_lines(given.brought):
        tell(line)
    return given.predictor


def _verdict(reading: "Reading") -> str:
    """Say the verdict, for a single digit the other candidates, and what it reads turned."""
    if reading.turned:
        return f"{reading.verdict}; turned, it reads {' / '.join(reading.turned.splitlines())}"
    if reading.left_out and reading.digits:
        return f"{reading.verdict}, something was left out that touches the border or a ruled line"
    if len(reading.digits) == 1:
        (digit,) = reading.digits
        if reading.verdict == "unsure":
            return f"unsure: {' or '.join(map(str, digit.candidates))}"
        if reading.verdict == "not-a-digit":
            return f"not-a-digit, nearest is {digit.digit}"
    return reading.verdict


def _model_in_use() -> "Predictor":
    model = registry.active()
    if model is None:
        raise DigitLabError("There is no model yet: train one with `python -m core train sprint`.")
    return model.predictor()


def _pictures(file: str) -> list[np.ndarray]:
    from core.reading.pictures import MAX_FILE_BYTES, decode, decode_file, load_canvases

    if file == "-":
        if sys.stdin is None:
            raise DigitLabError(
                "Standard input is closed: give a file, or send a picture to standard input."
            )
        # One byte more than the limit, so that a larger picture is refused and not cut off.
        content = sys.stdin.buffer.read(MAX_FILE_BYTES + 1)
        try:
            return [decode(content)]
        except DigitLabError as fault:
            raise DigitLabError(f"Standard input: {fault}") from fault
    path = Path(file)
    return list(load_canvases(path)) if path.suffix.lower() == ".npz" else [decode_file(path)]
