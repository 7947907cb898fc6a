"""An address or a file fills the form, and starts nothing."""

import pytest

from core.architecture import Dense, Flatten
from core.config import with_changes
from core.recipes import link
from core.recipes.shipped import RECIPES
from core.runs import store
from tests.app.conftest import plain, said, start_button
from ui.train.links import OPENED

CONFIG = with_changes(
    RECIPES["sprint"].config_for("sample"),
    {
        "epochs": 3,
        "seed": 9,
        "learning_rate": 0.0123,
        "validation_split": 0.125,
        "layers": [Flatten(), Dense(units=9)],
        "augmentation": {"rotation": 12},
    },
)


def test_an_address_fills_the_whole_form_and_starts_nothing(fresh, visit, launched):
    app = visit("train", config=link.encode(CONFIG))
    assert launched == []
    assert app.radio("recipe").value == OPENED
    assert store.list_runs() == []
    start_button(app).click().run()
    assert launched == [CONFIG]


def test_the_card_says_what_is_different(fresh, visit):
    app = visit("train", config=link.encode(CONFIG))
    assert "*sprint* with changes: " in app.radio("recipe").proto.captions[0]


def test_weights_to_begin_with_are_said_and_must_be_here(fresh, visit):
    """A link could begin with another model, of which the form did not say a word."""
    config = CONFIG.model_copy(update={"start_from": "their-model"})
    app = visit("train", config=link.encode(config))
    told = [plain(caption) for caption in app.caption]
    assert "This recipe also has the weights of their-model to begin with." in told
    start_button(app).click().run()
    assert not app.exception
    assert "There is no model 'their-model'" in "".join(plain(error) for error in app.error)
    assert store.list_runs() == []


@pytest.mark.parametrize("text", ["1zzz", "9abc", "<b>", "1" + "A" * 7000])
def test_a_bad_address_gets_a_sentence_and_the_form_of_a_recipe(fresh, visit, text):
    app = visit("train", config=text)
    assert not app.exception
    assert len(app.warning) == 1
    assert "cut short" in app.warning[0].value or "another version" in app.warning[0].value
    assert app.radio("recipe").value == "sprint"
    app.run()
    assert not app.warning


def test_another_recipe_and_back(fresh, visit, launched):
    app = visit("train", config=link.encode(CONFIG))
    app.radio("recipe").set_value("sprint").run()
    assert app.number_input("seed-sprint").value == 0
    app.radio("recipe").set_value(OPENED).run()
    start_button(app).click().run()
    assert launched == [CONFIG]


def test_what_is_open_stays_open_on_the_way_over_another_page(fresh, visit, launched):
    """Leaving Train took it out of the address, and the form fell back to another recipe."""
    app = visit("train", config=link.encode(CONFIG))
    app.switch_page("pages/runs.py").run()
    app.query_params.clear()
    app.switch_page("pages/train.py").run()
    assert app.radio("recipe").value == OPENED
    start_button(app).click().run()
    assert launched == [CONFIG]


def test_data_that_is_not_here_is_said(fresh, visit):
    config = CONFIG.model_copy(update={"data": "/home/ann/Letters.npz"})
    app = visit("train", config=link.encode(config))
    assert "uses Letters, which is not on this machine" in said(app)
    assert app.selectbox("data").value == "sample"


def test_words_of_an_address_are_never_markdown(fresh, visit):
    """A sentence quotes what it refuses, and a link in it would look like one of ours."""
    config = CONFIG.model_copy(update={"data": "[win](http:--evil.example)"})
    app = visit("train", config=link.encode(config))
    assert "-win\\-\\(http" in app.info[0].value


def test_the_link_that_is_shown_opens_the_same(fresh, visit, launched):
    app = visit("train")
    app.number_input("seed-sprint").set_value(77).run()
    [address] = [code.value for code in app.code if "?config=" in code.value]
    again = visit("train", config=address.partition("?config=")[2])
    start_button(again).click().run()
    assert launched[0].seed == 77


def test_a_file_fills_the_form_and_a_bad_one_is_refused(fresh, visit, launched):
    app = visit("train")
    upload = app.file_uploader("configuration-file")
    upload.set_value(("x.json", b'{"epochs": 0}', "application/json")).run()
    assert "cannot be used" in app.error[0].value
    assert app.radio("recipe").value == "sprint"
    content = link.to_json(CONFIG).encode()
    app.file_uploader("configuration-file").set_value(("y.json", content, "x/y")).run()
    assert not app.exception
    assert not app.error
    assert app.radio("recipe").value == OPENED
    assert launched == []
    app.number_input("seed-opened-1").set_value(5).run()
    app.file_uploader("configuration-file").set_value(("z.json", content, "x/y")).run()
    start_button(app).click().run()
    assert launched == [CONFIG], "opened again, it is what the file says again"


def test_somebody_elses_own_recipe_can_be_opened(fresh, visit, launched):
    config = CONFIG.model_copy(update={"recipe": "anns-net"})
    app = visit("train", config=link.encode(config))
    assert "anns-net" in app.radio("recipe").proto.captions[0]
    start_button(app).click().run()
    assert launched == [config]
