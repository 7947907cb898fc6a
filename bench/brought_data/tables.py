"""Tables: a row for each digit, its label first or last, in the dialects of spreadsheets."""

import gzip
import zipfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from bench.brought_data.forms import PIXELS, REFUSED, TAKEN, WORDS, Digits, form


def rows(digits: Digits) -> list[list]:
    """Return a row for each digit: its label, then its pixels."""
    return [[int(y), *map(int, x)] for x, y in zip(digits.flat, digits.y, strict=True)]


def text(
    path: Path,
    lines: Iterable[Sequence[object]],
    head: Sequence[str] = (),
    separator: str = ",",
    encoding: str = "utf-8",
    end: str = "\n",
) -> None:
    """Write a table."""
    written = [separator.join(map(str, line)) for line in ([head] if head else [])]
    written += [separator.join(map(str, line)) for line in lines]
    path.write_bytes((end.join(written) + end).encode(encoding))


def _last(lines: list[list]) -> list[list]:
    return [line[1:] + line[:1] for line in lines]


def _table(name: str, wish: str = TAKEN, exact: bool = True) -> Callable:
    return form("tables", name, wish, exact)


HEAD = ["label", *PIXELS]
_ROWS = list(range(28))
_table("kaggle.csv")(lambda p, d: text(p, rows(d), HEAD))
_table("no_header.csv")(lambda p, d: text(p, rows(d)))
_table("label_last.csv")(lambda p, d: text(p, _last(rows(d))))
_table("class_last.csv")(lambda p, d: text(p, _last(rows(d)), [*PIXELS, "class"]))
_table("tabs.tsv")(lambda p, d: text(p, rows(d), HEAD, "\t"))
_table("semicolons.csv")(lambda p, d: text(p, rows(d), HEAD, ";"))
_table("spaces.txt")(lambda p, d: text(p, rows(d), (), " "))
_table("byte_order_mark.csv")(lambda p, d: text(p, rows(d), HEAD, encoding="utf-8-sig"))
_table("unicode_text.txt")(lambda p, d: text(p, rows(d), HEAD, "\t", "utf-16"))
_table("windows_lines.csv")(lambda p, d: text(p, rows(d), HEAD, end="\r\n"))
_table("quoted.csv")(
    lambda p, d: text(p, [[f'"{cell}"' for cell in line] for line in rows(d)], HEAD)
)
_table("trailing_comma.csv")(lambda p, d: text(p, [[*line, ""] for line in rows(d)], [*HEAD, ""]))
_table("row_numbers.csv")(
    lambda p, d: text(p, [[k, *line] for k, line in enumerate(rows(d))], ["", *HEAD])
)
_table("row_numbers_no_header.csv")(
    lambda p, d: text(p, [[k, *line] for k, line in enumerate(rows(d))])
)
_table("rows_by_columns.csv")(
    lambda p, d: text(p, rows(d), ["label", *(f"{i + 1}x{j + 1}" for i in _ROWS for j in _ROWS)])
)
_table("mnist.libsvm")(
    lambda p, d: text(
        p, [[y, *(f"{k}:{v}" for k, v in enumerate(x, 1) if v)] for y, *x in rows(d)], (), " "
    )
)
_table("words.csv")(lambda p, d: text(p, [[WORDS[line[0]], *line[1:]] for line in rows(d)], HEAD))
_table("shares.csv")(
    lambda p, d: text(
        p, [[line[0], *(f"{v / 255:.5f}" for v in line[1:])] for line in rows(d)], HEAD
    )
)
_table("decimal_commas.csv")(
    lambda p, d: text(
        p,
        [[line[0], *(f"{v / 255:.5f}".replace(".", ",") for v in line[1:])] for line in rows(d)],
        HEAD,
        ";",
    )
)
_table("one_hot_last.csv")(
    lambda p, d: text(
        p, [[*x, *np.eye(10, dtype=int)[y]] for x, y in zip(d.flat, d.y, strict=True)]
    )
)
_table("packed.csv.gz")(lambda p, d: p.write_bytes(gzip.compress(_text_of(rows(d)))))
_table("numbered_columns.csv")(lambda p, d: text(p, _last(rows(d)), [str(k) for k in range(785)]))
_table("label_and_numbered_columns.csv")(
    lambda p, d: text(p, rows(d), ["label", *(str(k) for k in range(784))])
)
_table("without_labels.csv", REFUSED)(lambda p, d: text(p, d.flat.tolist(), PIXELS))
_table("a_word.csv", REFUSED)(
    lambda p, d: text(p, [["x" if k == 9 else v for k, v in enumerate(rows(d)[0])], *rows(d)], HEAD)
)
_table("ragged.csv", REFUSED)(lambda p, d: text(p, [*rows(d), [*rows(d)[0], 1]], HEAD))
_table("pen_coordinates.csv", REFUSED)(lambda p, d: text(p, [[*range(16), 3]] * 50))
_table("a_page.csv", REFUSED)(lambda p, d: p.write_text("<!DOCTYPE html><title>Sign in</title>"))
_table("only_a_header.csv", REFUSED)(lambda p, d: text(p, [], HEAD))


def _text_of(lines: list[list]) -> bytes:
    return "\n".join(",".join(map(str, line)) for line in lines).encode()


@_table("shuffled_columns.csv")
def _(path: Path, digits: Digits) -> None:
    order = np.random.default_rng(0).permutation(784)
    lines = [[*x[order], y] for x, y in zip(digits.flat, digits.y, strict=True)]
    text(path, lines, [*(PIXELS[k] for k in order), "digit"])


@_table("labels_in_another_file")
def _(path: Path, digits: Digits) -> None:
    path.mkdir()
    text(path / "csvTrainImages 600x784.csv", digits.flat.tolist())
    text(path / "csvTrainLabel 600x1.csv", digits.y[:, None].tolist())


@_table("openml.arff")
def _(path: Path, digits: Digits) -> None:
    names = "".join(f"@ATTRIBUTE pixel{k + 1} real\n" for k in range(784))
    head = f"% a comment\n@RELATION mnist\n{names}@ATTRIBUTE class {{0,1,2,3,4,5,6,7,8,9}}\n@DATA\n"
    path.write_bytes(head.encode() + _text_of(_last(rows(digits))))


@_table("competition.zip")
def _(path: Path, digits: Digits) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("train.csv", ",".join(HEAD) + "\n" + _text_of(rows(digits)).decode())
        archive.writestr(
            "test.csv", ",".join(PIXELS) + "\n" + _text_of(digits.flat.tolist()).decode()
        )
        archive.writestr("sample_submission.csv", "ImageId,Label\n1,0\n")


@_table("counts_to_16.csv", exact=False)
def _(path: Path, digits: Digits) -> None:
    text(path, [[*np.rint(x / 16), y] for x, y in zip(digits.flat, digits.y, strict=True)])
