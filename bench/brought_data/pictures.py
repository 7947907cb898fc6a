"""Pictures: one file a digit, which its folder or its name tells, or a table beside them."""

import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from bench.brought_data.forms import REFUSED, TAKEN, TOLD, WORDS, Digits, form


def png(image: np.ndarray | Image.Image) -> bytes:
    """Write a picture as PNG."""
    content = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(content, "PNG")
    return content.getvalue()


def pictures(
    digits: Digits, place: Callable[[int, int], str], look: Callable | None = None
) -> dict[str, bytes]:
    """Return the training digits as PNG files by their path, placed by number and label."""
    return {
        place(k, int(y)): png(x if look is None else look(Image.fromarray(x)))
        for k, (x, y) in enumerate(zip(digits.x, digits.y, strict=True))
    }


def folder(path: Path, files: dict[str, bytes]) -> None:
    """Write files below a folder."""
    for name, content in files.items():
        target = path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def zipped(path: Path, files: dict[str, bytes]) -> None:
    """Write files into a .zip."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def _folder(
    name: str,
    place: Callable[[int, int], str],
    look: Callable | None = None,
    wish: str = TAKEN,
    exact: bool = True,
) -> None:
    form("pictures", name, wish, exact)(lambda p, d: folder(p, pictures(d, place, look)))


def _part_of(k: int) -> str:
    return "train" if k % 4 else "test"


def _on_white(image: Image.Image) -> Image.Image:
    return Image.fromarray(255 - np.asarray(image.resize((140, 140), 3)))


_folder("by_class", lambda k, y: f"{y}/{k}.png")
_folder("split_by_class", lambda k, y: f"mnist_png/{_part_of(k)}ing/{y}/{k}.png")
_folder("class_by_split", lambda k, y: f"{y}/{_part_of(k)}/{k}.png")
_folder("named_folders", lambda k, y: f"digit_{y}/{k}.png")
_folder("word_folders", lambda k, y: f"{WORDS[y]}/{k}.png")
_folder("digit_first", lambda k, y: f"{y}_{k:05}.png")
_folder("digit_last", lambda k, y: f"img_{k:05}_{y}.png")
_folder("spelled", lambda k, y: f"{WORDS[y]}_{k}.png")
_folder("in_colours", lambda k, y: f"{y}/{k}.png", lambda image: image.convert("RGB"))
_folder(
    "black_on_white", lambda k, y: f"{y}/{k}.png", lambda i: Image.eval(i, lambda v: 255 - v), TOLD
)
_folder("large_on_white", lambda k, y: f"{y}/{k}.png", _on_white, exact=False)
_folder("letter_folders", lambda k, y: f"{'ABCDEFGHIJ'[y]}/{k}.png", None, REFUSED)
_folder("no_class", lambda k, y: f"{k:05}.png", None, REFUSED)


@form("pictures", "of_transparent_ink", TOLD)
def _(path: Path, digits: Digits) -> None:
    def ink(image: Image.Image) -> Image.Image:
        return Image.merge("RGBA", [Image.new("L", image.size, 0)] * 3 + [image])

    folder(path, pictures(digits, lambda k, y: f"{y}/{k}.png", ink))


@form("pictures", "with_a_list")
def _(path: Path, digits: Digits) -> None:
    folder(path, pictures(digits, lambda k, y: f"images/{k}.png"))
    lines = [f"{k},images/{k}.png,{y}\n" for k, y in enumerate(digits.y)]
    (path / "labels.csv").write_text(",file,label\n" + "".join(lines))


@form("pictures", "unlabelled_test")
def _(path: Path, digits: Digits) -> None:
    folder(path, pictures(digits, lambda k, y: f"train/{y}/{k}.png"))
    folder(path, {f"test/{k}.png": png(x) for k, x in enumerate(digits.tx)})


@form("pictures", "with_litter")
def _(path: Path, digits: Digits) -> None:
    folder(path, pictures(digits, lambda k, y: f"{y}/{k}.png"))
    litter = {".DS_Store": b"\0\1", "README.md": b"hello", "__MACOSX/3/._1.png": b"\0"}
    folder(path, litter)


@form("pictures", "one_is_torn", REFUSED)
def _(path: Path, digits: Digits) -> None:
    folder(path, pictures(digits, lambda k, y: f"{y}/{k}.png") | {"3/torn.png": b"\x89PNG\r\n"})


@form("pictures", "pictures.zip")
def _(path: Path, digits: Digits) -> None:
    zipped(path, pictures(digits, lambda k, y: f"digits/{_part_of(k)}/{y}/{k}.png"))


@form("pictures", "of_windows.zip")
def _(path: Path, digits: Digits) -> None:
    zipped(path, pictures(digits, lambda k, y: f"digits\\{y}\\{k}.png"))


@form("pictures", "number_dot_label")
def _(path: Path, digits: Digits) -> None:
    folder(path, pictures(digits, lambda k, y: f"{k:05}.{y}.png"))


@form("pictures", "grey_maps")
def _(path: Path, digits: Digits) -> None:
    for k, (image, label) in enumerate(zip(digits.x, digits.y, strict=True)):
        (path / str(label)).mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path / str(label) / f"{k}.pgm")


@form("pictures", "pictures.tar.gz")
def _(path: Path, digits: Digits) -> None:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in pictures(digits, lambda k, y: f"./mnist_png/{y}/{k}.png").items():
            about = tarfile.TarInfo(name)
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))
