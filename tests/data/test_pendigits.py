"""`core.data.pendigits`: files in the published form, from a server on this machine.

The published archive itself cannot be had in tests: these write its form by the letter.
"""

import hashlib
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from core.data import pendigits, stroke_files
from core.data.mirrors import Mirror
from core.data.pendigits import PUBLISHED, Published
from core.errors import DigitLabError
from tests.disk.test_lzw import compress

HEAD = """.INCLUDE dene.doc
.LEXICON "0" "1"
.HIERARCHY DIGIT

"""
TWO_AND_ONE = (
    HEAD
    + """.SEGMENT DIGIT 0-1 ? "2"
.COMMENT 2 12 7
.PEN_DOWN
  100   400
  300   400
  100   200
.PEN_UP
.DT 100
.PEN_DOWN
  100   200
  300   200
.PEN_UP
.DT 100
.SEGMENT DIGIT 2 ? "1"
.COMMENT 1 30 8
.PEN_DOWN
 50 450
 50 -50
.PEN_UP
.DT 100
"""
)
ENTRY = "pendigits-orig.tra.Z"


def silent(done: int, total: int) -> None:
    pass


def published(server, text: str, entry: str = ENTRY) -> Published:
    """Put an archive with this text on the server."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("pendigits.tra", "47,100,27,81\n")
        archive.writestr(entry, compress(text.encode()))
    content = packed.getvalue()
    server.files["/81/pen+based.zip"] = content
    mirror = Mirror(f"{server.address}/81/", {"pen+based.zip": len(content)})
    return Published(mirror, hashlib.sha256(content).hexdigest(), digits=2, writers=2)


def test_strokes_are_boxed_with_y_downwards() -> None:
    strokes = pendigits.parse(TWO_AND_ONE)
    assert strokes.labels.tolist() == [2, 1]
    assert strokes.writers.tolist() == [12, 30]
    two, one = strokes.drawings
    assert [stroke.tolist() for stroke in two] == [[[0, 0], [1, 0], [0, 1]], [[0, 1], [1, 1]]]
    assert [stroke.tolist() for stroke in one] == [[[0, 0], [0, 1]]]


def test_a_point_alone_is_a_digit_too() -> None:
    text = '.SEGMENT DIGIT 0 ? "1"\n.COMMENT 1 3 1\n.PEN_DOWN\n7 9\n.PEN_UP\n'
    assert [s.tolist() for s in pendigits.parse(text).drawings[0]] == [[[0, 0]]]


def test_what_is_fetched_is_kept_as_a_file_of_strokes(no_mnist: Path, server) -> None:
    seen: list[tuple[int, int]] = []
    source = published(server, TWO_AND_ONE)
    path = pendigits.fetch(lambda done, total: seen.append((done, total)), source)
    assert path == no_mnist / "strokes" / "pendigits.npz"
    assert seen[-1] == (sum(source.mirror.files.values()),) * 2
    kept = stroke_files.load(path)
    assert kept.digest == pendigits.parse(TWO_AND_ONE).digest
    assert kept.labels.tolist() == [2, 1]
    assert "CC BY 4.0" in kept.about
    assert stroke_files.find("pendigits") == path
    with np.load(path) as arrays:
        assert arrays["points"].max() == 10_000
        assert arrays["stroke_offsets"].tolist() == [0, 3, 5, 7]
        assert arrays["sample_offsets"].tolist() == [0, 2, 3]


@pytest.mark.parametrize(
    "text",
    [
        "",
        HEAD,
        TWO_AND_ONE.replace(".COMMENT 2 12", ".COMMENT 3 12"),
        TWO_AND_ONE.replace(".COMMENT 1 30 8\n", ""),
        TWO_AND_ONE.replace('? "1"', '? "A"'),
        TWO_AND_ONE.replace('? "1"', '? "11"').replace(".COMMENT 1 30", ".COMMENT 11 30"),
        TWO_AND_ONE.replace("12 7", "99999 7"),
        TWO_AND_ONE.replace(" 50 450\n 50 -50\n", ""),
        TWO_AND_ONE.replace(" 50 450", " 50 nan"),
        ".PEN_DOWN\n1 2\n.PEN_UP\n" + TWO_AND_ONE,
    ],
)
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(DigitLabError, match="not Pendigits as it was published"):
        pendigits.parse(text)


def refused(server, source: Published) -> str:
    """Fetch in vain, and return the cause."""
    with pytest.raises(DigitLabError, match="nothing was lost; check the network") as failed:
        pendigits.fetch(silent, source)
    assert not pendigits.path().exists()
    return str(failed.value.__cause__)


def test_another_archive_is_refused(no_mnist: Path, server) -> None:
    source = published(server, TWO_AND_ONE)
    published(server, TWO_AND_ONE.replace("450", "451"))
    assert "the archive has SHA-256" in refused(server, source)


def test_an_archive_without_the_file_or_with_fewer_digits_is_refused(no_mnist, server) -> None:
    cause = refused(server, published(server, TWO_AND_ONE, "other.Z"))
    assert f"{ENTRY} cannot be read" in cause
    one = TWO_AND_ONE.partition(".SEGMENT DIGIT 2")[0]
    assert "1 digits by 1 people" in refused(server, published(server, one))


def test_a_torn_download_can_be_repeated(no_mnist: Path, server) -> None:
    source = published(server, TWO_AND_ONE)
    server.cut["/81/pen+based.zip"] = 100
    refused(server, source)
    server.cut.clear()
    assert pendigits.fetch(silent, source).is_file()


def test_without_a_network_it_is_a_sentence(no_mnist: Path, server) -> None:
    source = published(server, TWO_AND_ONE)
    server.http.server_close()
    refused(server, source)


def test_the_training_writers_are_what_is_published() -> None:
    assert (PUBLISHED.digits, PUBLISHED.writers) == (7_494, 30)
    assert len(bytes.fromhex(PUBLISHED.sha256)) == 32
