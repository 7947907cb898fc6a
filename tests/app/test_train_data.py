"""Train: data of one's own, looked at before they are used, and MNIST once it is there."""

import io

import numpy as np
import pytest

from core.data import files, sample
from core.data.files import own_files
from core.recipes.shipped import RECIPES
from tests.app.conftest import plain, start_button, told, unfolded


def test_a_file_that_is_no_data_set_is_refused_with_a_sentence(fresh, visit):
    app = visit("train")
    app.button("bring-digits").click().run()
    app.file_uploader("own-digits").set_value(("x.npz", b"PK\x03\x04", "application/zip")).run()
    assert not app.exception
    assert len(app.error) == 1


def test_own_digits_can_be_chosen_after_an_upload(fresh, visit, launched):
    file = io.BytesIO()
    rng = np.random.default_rng(0)
    np.savez(file, images=rng.integers(0, 256, (60, 28, 28), np.uint8), labels=np.arange(60) % 10)
    app = visit("train")
    app.button("bring-digits").click().run()
    app.file_uploader("own-digits").set_value(("My Digits.npz", file.getvalue(), "x/y")).run()
    assert not app.error
    assert own_files() == []  # before anybody has seen what is in it
    app.button("use-own-digits").click().run()
    assert app.selectbox("data").value == str(own_files()[0])
    assert "My-Digits" in app.selectbox("data").options
    start_button(app).click().run()
    assert launched[0].data.endswith("My-Digits.npz")


@pytest.fixture
def bring(visit):
    """Call as ``bring(name, content)``: the page after that file was uploaded."""

    def upload(*uploads):
        app = visit("train")
        app.button("bring-digits").click().run()
        uploads = [(name, content, "x/y") for name, content in uploads]
        return app.file_uploader("own-digits").set_value(uploads).run()

    return upload


def lying(images):
    """Return the sample's test digits in a file, in another form."""
    test, file = sample.load_test(), io.BytesIO()
    np.savez(file, images=images(test.x), labels=test.y)
    return ("mine.npz", file.getvalue())


def test_what_is_in_a_file_is_seen_before_it_is_used(fresh, bring):
    """It was kept unseen, and nobody knew whether its labels were read right."""
    app = bring(lying(lambda images: images))
    (shown,) = [one.value for one in app.markdown if "A digit with the label" in one.value]
    for digit in range(10):
        assert shown.count(f"![A digit with the label {digit}]") == 2
    (said,) = [one.value for one in app.markdown if "Recognised" in one.value]
    assert "**382 digits**: 306 to learn from, 76 for the test." in said
    assert "values 0 to 255\\; white on black" in said
    assert not app.warning
    app.button("drop-own-digits").click().run()
    assert own_files() == []
    assert app.selectbox("data").value == "sample"


@pytest.mark.parametrize("right", [True, False])
def test_digits_that_lie_wrong_are_shown_and_set_right_with_one_click(fresh, bring, right):
    """They were trained on as they lay, and scored, without a word."""
    app = bring(lying(lambda images: 255 - images.transpose(0, 2, 1)))
    assert "black on white and transposed" in plain(app.warning[0])
    (pair,) = [one.value for one in app.markdown if "set right" in one.value]
    assert pair.count("](data:image/png") == 2
    if not right:
        app.toggle("set-right").set_value(False).run()
    app.button("use-own-digits").click().run()
    kept = files.load(own_files()[0])
    assert (np.median(kept.x_train) == 0) == right
    assert app.selectbox("data").value == kept.name


def test_labels_that_look_shuffled_are_said(fresh, bring):
    test, file = sample.load_test(), io.BytesIO()
    np.savez(file, images=test.x, labels=np.random.default_rng(0).permutation(test.y))
    app = bring(("mine.npz", file.getvalue()))
    assert "labels look shuffled" in plain(app.warning[0])


def test_several_files_are_one_data_set(fresh, bring):
    test, uploads = sample.load_test(), []
    for name, array in (("images.npy", test.x), ("labels.npy", test.y)):
        file = io.BytesIO()
        np.save(file, array)
        uploads.append((name, file.getvalue()))
    app = bring(*uploads)
    app.button("use-own-digits").click().run()
    assert [path.stem for path in own_files()] == ["digits"]


def test_the_text_of_a_file_is_no_markdown(fresh, bring):
    """What was recognised quotes names of columns and arrays."""
    rows = [["](//e.x/p)label", *(f"p{k}" for k in range(784))]]
    test = sample.load_test()
    rows += [[y, *x.ravel()] for x, y in zip(test.x[:40], test.y[:40], strict=True)]
    rows = [[*row[1:400], row[0], *row[400:]] for row in rows]
    content = "\n".join(",".join(map(str, row)) for row in rows).encode()
    app = bring(("](//e.x/p).csv", content))
    shown = [one.value for one in (*app.markdown, *app.error, *app.warning)]
    assert [text for text in shown if "](//e.x" in text] == []
    assert any("e.x" in plain(one) for one in (*app.markdown, *app.error))


def test_what_was_fetched_is_trained_on_where_nobody_chose_the_sample(
    fresh, fetch, visit, launched
):
    """The sample stood in the form before MNIST was fetched, and went on standing there."""
    app = visit("train")
    assert app.selectbox("data").value == "sample"
    app.switch_page("pages/home.py").run()
    fetch()
    app.switch_page("pages/train.py").run()
    assert app.selectbox("data").value == "mnist"
    assert told(app) == ["Data: MNIST, 70,000 digits."]
    start_button(app).click().run()
    assert launched[0] == RECIPES["sprint"].config_for("mnist")
    unfolded(app)
    app.selectbox("data").set_value("sample").run()
    assert app.selectbox("data").value == "sample"
    assert told(app) == []


def test_what_was_fetched_is_not_chosen_in_place_of_ones_own(own_file, fresh, fetch, visit):
    app = visit("train")
    app.selectbox("data").set_value(str(own_file)).run()
    fetch()
    app.run()
    assert app.selectbox("data").value == str(own_file)
    assert told(app) == []
