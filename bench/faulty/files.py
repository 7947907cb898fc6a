"""Files: each kind that the app reads, with bytes changed, cut out, put in or repeated.

Whatever reads one says in a sentence what is wrong with it, or takes it, and is done in seconds.
"""

import io
import random
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import numpy as np
from PIL import Image

from bench.faulty import changes, homes
from bench.faulty.homes import RUN, Trials
from core import paths
from core.data import files
from core.export import passport
from core.people import challenge, corrections, label_decisions
from core.reading import imported_keras, imported_onnx, pictures
from core.recipes import link, own
from core.runs import contract, notes, playback, store
from core.training import reporter
from tests.runs.test_damaged_files import read_everything

_LONGEST_S = 20.0  # on a busy machine
_HOME_LASTS = 50  # trials
_NUMBERS = (b"1e999", b"-1", b"NaN", b"9" * 400, b"0.5", b"null", b'"x"', b"[]", b"{}")

Read = Callable[[bytes], object]


def of_runs(often: int) -> Trials:
    """Damage a file of a run's folder, and do with the run all that reads its files."""
    chance = random.Random(0)
    whole = dict(homes.pattern()[0])
    whole[notes.FILE] = b'{"name": "mine", "note": "a", "tags": ["b"], "group": "c"}'
    whole[playback.WATCH] = b'{"step": 1, "answers": [1, 2, 3]}\n'
    with homes.no_workers(), mock.patch.object(reporter, "_LAST_WORD_S", ()):
        for _ in range(often):
            name = chance.choice(sorted(whole))
            with homes.home():
                store.create(homes.QUICK)
                folder = homes.put_run()
                for other, content in whole.items():
                    (folder / other).write_bytes(content)
                (folder / name).write_bytes(damaged(whole[name], chance))
                yield _read(name, lambda: read_everything(store.read(RUN)))


def of_people(often: int) -> Trials:
    """Damage what people upload, and the files of the home that are no run's."""
    chance = random.Random(0)
    with homes.home():
        readers = _readers()
    for first in range(0, often, _HOME_LASTS):
        with homes.home():
            for _ in range(min(_HOME_LASTS, often - first)):
                name, content, read = chance.choice(readers)
                bad = damaged(content, chance)
                yield _read(name, lambda read=read, bad=bad: read(bad))


def damaged(content: bytes, chance: random.Random) -> bytes:
    """Change a content in one to four places, each in some way."""
    found = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(found) + 1)
        length = min(chance.choice((1, 1, 4, 30, 1000)), len(found) - at)
        way = chance.randrange(6)
        if way == 0:  # other bytes
            found[at : at + length] = chance.randbytes(length)
        elif way == 1:  # fewer
            del found[at : at + length]
        elif way == 2:  # the end is missing
            del found[at:]
        elif way == 3:  # more
            found[at:at] = chance.randbytes(length)
        elif way == 4:  # some twice
            found[at:at] = found[at : at + length]
        else:  # a number, or what stands for one
            digits = [place for place, byte in enumerate(found) if 48 <= byte <= 57]
            if digits:
                place = chance.choice(digits)
                found[place : place + 1] = chance.choice(_NUMBERS)
    return bytes(found)


def _read(name: str, read: Callable[[], object]) -> tuple[str, str]:
    began = time.monotonic()
    taken, wrong = homes.attempt(read)
    if time.monotonic() - began > _LONGEST_S:
        wrong = wrong or "it took too long"
    return "read" if taken else "refused", wrong and f"{name}: {wrong}"


def _readers() -> list[tuple[str, bytes, Read]]:
    """Return the kinds of files: a name, a whole content, and what reads it."""
    run = homes.pattern()[0]
    arrays, picture, photo = io.BytesIO(), io.BytesIO(), io.BytesIO()
    images = np.random.default_rng(0).integers(0, 256, (200, 28, 28), np.uint8)
    np.savez_compressed(arrays, images=images, labels=np.arange(200) % 10)
    Image.fromarray(images[0]).resize((90, 60)).save(picture, "png")
    Image.fromarray(images[0]).resize((90, 60)).save(photo, "jpeg")
    digit = changes.a_digit(removed=False)
    kept = (paths.corrections_folder() / f"{digit.id}.json").read_bytes()
    own.save("mine", homes.QUICK)
    recipe = (paths.recipes_folder() / "mine.json").read_bytes()
    label_decisions.record("0" * 64, 3, 1, 7, "other")
    (decided,) = paths.decisions_folder().glob("*.json")
    for second in range(3):
        challenge.Round("me", "linear").take(None, None, float(second))
    (log,) = paths.challenge_folder().glob("*.jsonl")
    return [
        ("a run's passport", homes.pattern()[1], lambda it: passport.unpack(it, "x.zip")),
        ("digits as .npz", arrays.getvalue(), lambda it: files.import_upload("x.npz", it)),
        ("a picture", picture.getvalue(), pictures.decode),
        ("a photograph", photo.getvalue(), pictures.decode),
        ("a model as .onnx", run[contract.ONNX_MODEL], imported_onnx.check),
        ("a model as .keras", run[contract.KERAS_MODEL], imported_keras.check),
        ("a configuration", recipe, lambda it: link.from_json(it, "x.json")),
        (
            "a link",
            link.encode(homes.QUICK).encode(),
            lambda it: link.decode(it.decode("latin-1")),
        ),
        ("a recipe", recipe, lambda it: _with(paths.recipes_folder() / "a.json", it, own.read_all)),
        (
            "a corrected digit",
            kept,
            lambda it: _with(
                paths.corrections_folder() / f"{digit.id}.json", it, corrections.everything
            ),
        ),
        (
            "decisions on labels",
            decided.read_bytes(),
            lambda it: _with(
                paths.decisions_folder() / decided.name, it, lambda: label_decisions.read("0" * 64)
            ),
        ),
        (
            "the game's log",
            log.read_bytes(),
            lambda it: _with(paths.challenge_folder() / log.name, it, challenge.log),
        ),
    ]


def _with(path: Path, content: bytes, read: Callable[[], object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    read()
