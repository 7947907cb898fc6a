"""Sliders for what is done to training images, and real digits that show it."""

import numpy as np

from core.data.augment import MODEST, Augmentation
from core.errors import DigitLabError
from core.recipes.shipped import RECIPES
from tests.app.conftest import said, start_button, unfold, unfolded
from ui.train import augmentation


def test_the_sliders_are_those_of_the_recipe_and_what_they_say_is_launched(
    fresh,
    visit,
    launched,
):
    app = visit("train", recipe="flagship")
    assert "rotation 18" in said(app)
    assert app.toggle("change-images-flagship").value
    unfold(app, "augmentation-open")
    for name, amount in RECIPES["flagship"].config.augmentation:
        assert app.slider(f"augmentation-flagship-{name}").value == amount
    app.slider("augmentation-flagship-rotation").set_value(5.0)
    app.slider("augmentation-flagship-noise").set_value(0.2).run()
    assert "rotation 5" in said(app)
    app.toggle("change-images-flagship").set_value(False).run()
    assert "rotation 5" not in said(app)
    app.toggle("change-images-flagship").set_value(True).run()
    assert app.slider("augmentation-flagship-rotation").value == 5
    start_button(app).click().run()
    expected = RECIPES["flagship"].config.augmentation.model_copy(
        update={"rotation": 5, "noise": 0.2}
    )
    assert launched[0].augmentation == expected


def test_switched_on_it_changes_images_and_switched_off_it_does_not(
    fresh,
    visit,
    launched,
):
    """Switched on, all amounts were zero and nothing was changed; switched off, they stayed."""
    app = visit("train")
    app.toggle("change-images-sprint").set_value(True).run()
    assert app.slider("augmentation-sprint-rotation").value == MODEST.rotation
    start_button(app).click().run()
    assert launched[0].augmentation == MODEST
    flagship = unfolded(visit("train", recipe="flagship"))
    flagship.toggle("change-images-flagship").set_value(False).run()
    start_button(flagship).click().run()
    assert launched[1].augmentation == Augmentation()


def test_amounts_of_zero_are_said_to_change_nothing(fresh, visit):
    app = visit("train")
    app.toggle("change-images-sprint").set_value(True).run()
    for name, amount in MODEST:
        if amount:
            app.slider(f"augmentation-sprint-{name}").set_value(0.0)
    app.run()
    assert "nothing is changed: move a slider" in said(app)


def test_twenty_digits_change_with_the_sliders(fresh, visit, monkeypatch):
    shown = []
    monkeypatch.setattr(
        augmentation.pictures, "digit", lambda sheet, alt, factor: shown.append(sheet)
    )
    app = visit("train")
    app.toggle("change-images-sprint").set_value(True).run()
    assert shown[-1].shape == (4 * 31 - 3, 5 * 31 - 3)
    app.slider("augmentation-sprint-rotation").set_value(30.0).run()
    assert abs(shown[-1] - shown[0]).max() > 0.2
    app.button("augment-anew").click().run()
    assert not app.exception
    assert abs(shown[-1] - shown[-2]).max() > 0.2


def test_why_there_are_no_digits_to_show_is_no_markdown(fresh, visit, monkeypatch):
    def refuse(source):
        raise DigitLabError("'a*b*.npz' is gone.")

    monkeypatch.setattr(augmentation, "_digits", refuse)
    app = visit("train")
    app.toggle("change-images-sprint").set_value(True).run()
    shown = next(one.value for one in app.caption if "no digits to show" in one.value)
    assert r"a\*b\*" in shown


def test_every_amount_has_a_slider():
    assert set(augmentation._LABELS) == set(Augmentation.model_fields)


def test_a_sheet_holds_every_image_once():
    images = np.arange(20, dtype=np.float32)[:, None, None].repeat(28, 1).repeat(28, 2)
    sheet = augmentation._sheet(images)
    assert [sheet[31 * (i // 5) + 14, 31 * (i % 5) + 14] for i in range(20)] == list(range(20))
