"""`core.recipes.link`: what goes out comes back, and nothing hostile comes in."""

import base64
import contextlib
import hashlib
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.architecture import Conv, Dense, Dropout, Flatten, Pool
from core.config import parse, with_changes
from core.errors import DigitLabError
from core.recipes import link
from core.recipes.shipped import RECIPES, Recipe

SPRINT = RECIPES["sprint"].config
LAYERS = some.one_of(
    some.builds(Conv, filters=some.integers(1, 32), kernel=some.integers(1, 5)),
    some.builds(Dropout, rate=some.floats(0, 0.95)),
)


def packed(value, version="1"):
    """Return a text of version 1 made by other means than `share.encode`: without its words."""
    packer = zlib.compressobj(wbits=-15)
    content = packer.compress(json.dumps(value).encode()) + packer.flush()
    return version + base64.urlsafe_b64encode(content).decode().rstrip("=")


@given(
    recipe=some.sampled_from([*RECIPES, "my-own"]),
    source=some.sampled_from(["mnist", "sample", "my-digits"]),
    layers=some.none() | some.lists(LAYERS, max_size=20),
    changes=some.fixed_dictionaries(
        {},
        optional={
            "epochs": some.integers(1, 200),
            "learning_rate": some.floats(1e-6, 10),
            "label_smoothing": some.just(0.0),
            "optimizer": some.sampled_from(["adam", "adamw", "sgd", "rmsprop"]),
            "schedule": some.sampled_from(["constant", "one-cycle"]),
            "train_images": some.none() | some.integers(100, 1_000_000),
            "written_digits": some.integers(0, 200_000),
            "augmentation": some.fixed_dictionaries(
                {}, optional={"rotation": some.floats(0, 45), "damage": some.floats(0, 1)}
            ),
            "seed": some.integers(0, 2**31 - 1),
        },
    ),
)
def test_a_configuration_comes_back_from_text_and_file(recipe, source, layers, changes):
    shipped = RECIPES.get(recipe, RECIPES["cnn-deep"])
    config = with_changes(shipped.config_for(source), {**changes, "recipe": recipe})
    if layers is not None:
        config = with_changes(config, {"layers": [*layers, Flatten()]})
    text = link.encode(config)
    assert link.decode(text) == config
    assert text.replace("-", "").replace("_", "").isalnum()
    assert link.from_json(link.to_json(config).encode(), "x.json") == config


def test_what_a_recipe_says_anyway_takes_no_room():
    assert len(link.encode(SPRINT)) < 60
    assert len(link.encode(RECIPES["flagship"].config_for("sample"))) < 60


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=list(RECIPES))
def test_a_changed_recipe_fits_into_a_chat(recipe):
    layers = [*recipe.config.layers]
    layers.insert(-1, Dropout(rate=0.35))
    changes = dict(layers=layers, epochs=17, learning_rate=0.0003, optimizer="adamw", seed=12345)
    changes |= dict(batch_size=96, augmentation={"rotation": 12.5, "shift": 1.5, "elastic": 0.7})
    text = link.encode(with_changes(recipe.config, changes))
    address = f"http://192.168.100.100:8501/train?config={text}"
    assert len(address) < 300


@pytest.mark.parametrize(
    "path", ["/home/ann/own/My.Digits.npz", "C:\\Users\\ann\\My.Digits.npz", "ann/My.Digits.npz"]
)
def test_paths_stay_at_home(path):
    config = SPRINT.model_copy(update={"data": path})
    assert link.decode(link.encode(config)).data == "My.Digits"
    assert "ann" not in link.to_json(config)
    config = SPRINT.model_copy(update={"start_from": path.removesuffix(".npz")})
    assert link.decode(link.encode(config)).start_from == "My.Digits"


@pytest.mark.parametrize("place", ["\\\\host\\share\\m", "/tmp/m", "C:m", "a/../../m", "m\\n"])
def test_nobody_elsewhere_says_where_on_this_machine_a_model_is_looked_for(place):
    """A share of somebody's would be asked, and on Windows be told who asks."""
    config = SPRINT.model_copy(update={"start_from": place})
    whole = json.dumps(config.model_dump(mode="json")).encode()
    with pytest.raises(DigitLabError, match="start_from must be the name of a model"):
        link.from_json(whole, "x.json")
    text = None
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(link, "_without_path", lambda config: config)
        text = link.encode(config)
    with pytest.raises(DigitLabError, match="cannot be read"):
        link.decode(text)


@pytest.mark.parametrize(
    ("path", "name"), [("D:\\", "own-digits"), ("/", "own-digits"), ("/home/ann/a:b.npz", "a-b")]
)
def test_own_digits_never_turn_into_mnist(path, name):
    config = SPRINT.model_copy(update={"data": path})
    assert link.decode(link.encode(config)).data == name


def test_a_recipe_that_changed_since_is_said_and_not_used(monkeypatch):
    text = link.encode(SPRINT)
    changed = Recipe(SPRINT.model_copy(update={"epochs": 3}), "x", "-")
    monkeypatch.setitem(RECIPES, "sprint", changed)
    with pytest.raises(DigitLabError, match="'sprint' had other settings"):
        link.decode(text)


def test_the_words_of_version_1_never_change():
    """Every link that was ever sent refers to them."""
    assert hashlib.sha256(link._WORDS).hexdigest()[:16] == "df7e0aa934a55e6a"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "cut short"),
        ("1", "cut short"),
        ("1!!!!", "cut short"),
        ("1é", "cut short"),
        ("x" + link.encode(SPRINT)[1:], "cut short"),
        (link.encode(RECIPES["tiny"].config_for("sample"))[:-4], "cut short"),
        (link.encode(SPRINT) + "AAAA", "cut short"),
        ("1" + "A" * 10_000, "cut short"),
        ("2abc", "another version"),
        (packed({"recipe": "sprint"}), "cut short"),
        (packed(["sprint", 0, {"epochs": 0}]), "epochs must be a whole number from 1 to 200"),
        (packed(["sprint", 0, {"data": 3}]), "data must be"),
        (packed(["sprint", 0, {"data": "/etc/passwd"}]), "cut short"),
        (packed(["../x", 0, {}]), "recipe must be a name"),
        (packed(["mine", 0, {}]), "layers is missing"),
        (packed(["sprint", 0, {"layers": []}]), "flat vector"),
        (packed(["sprint", 0, {}]), "other settings"),
    ],
)
def test_a_text_that_is_no_configuration_gets_a_sentence(text, says):
    with pytest.raises(DigitLabError, match=says) as refusal:
        link.decode(text)
    assert str(refusal.value).endswith(".")
    assert "\n" not in str(refusal.value)


def test_a_bomb_is_not_unpacked():
    packer = zlib.compressobj(9, wbits=-15)
    content = packer.compress(b" " * 4_000_000) + packer.flush()
    bomb = "1" + base64.urlsafe_b64encode(content).decode().rstrip("=")
    assert len(bomb) < 6_000
    with pytest.raises(DigitLabError, match="cut short"):
        link.decode(bomb)


@given(some.text() | some.text("AB_-19az").map(lambda text: "1" + text))
def test_any_text_is_decoded_or_refused(text):
    with contextlib.suppress(DigitLabError):
        link.decode(text)


@given(some.data())
def test_a_damaged_text_is_the_same_configuration_or_refused(data):
    config = with_changes(SPRINT, {"epochs": 7, "layers": [Pool(), Flatten(), Dense(units=30)]})
    text = list(link.encode(config))
    place = data.draw(some.integers(0, len(text) - 1))
    text[place] = data.draw(some.sampled_from("AZaz09-_%"))
    with contextlib.suppress(DigitLabError):
        assert link.decode("".join(text)) == config


@given(some.binary() | some.text().map(str.encode))
def test_any_file_is_read_or_refused(content):
    with contextlib.suppress(DigitLabError):
        link.from_json(content, "x.json")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"[]", "holds no configuration"),
        (b"[" * 30_000, "holds no configuration"),
        (b"{}", "recipe is missing"),
        (b" " * 50_000, "at most 40,000"),
        (b'{"recipe": "x", "layers": [{"layer": "lstm"}]}', "layer 1 is not a known layer"),
    ],
)
def test_a_file_that_is_no_configuration_gets_a_sentence_with_its_name(content, says):
    with pytest.raises(DigitLabError, match=says) as refusal:
        link.from_json(content, "x.json")
    assert "x.json" in str(refusal.value)


def test_a_file_is_what_the_command_line_takes():
    assert parse(json.loads(link.to_json(SPRINT))) == SPRINT


def test_files_of_strokes_travel_by_their_names_alone(tmp_path):
    config = with_changes(SPRINT, {"strokes": [str(tmp_path / "mine.v2.npz"), "pendigits"]})
    assert link.from_json(link.to_json(config).encode(), "x.json").strokes == ["mine", "pendigits"]
    assert link.decode(link.encode(config)).strokes == ["mine", "pendigits"]
    content = json.dumps(config.model_dump(mode="json")).encode()
    with pytest.raises(DigitLabError, match="strokes must be names"):
        link.from_json(content, "x.json")
