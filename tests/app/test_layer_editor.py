"""The layer editor: what is edited is what is launched, and a fault is said where it is."""

import pytest

from core.architecture import (
    LAYER_TYPES,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    Pool,
    follow,
)
from core.errors import DigitLabError
from core.recipes import link, own
from core.recipes.book import all_recipes
from core.recipes.shipped import RECIPES
from tests.app.conftest import plain, said, start_button, told, unfolded
from ui.train import layer_editor

CLASSIC = RECIPES["cnn-classic"].config.layers


def opened(visit, recipe="cnn-classic"):
    app = visit("train", recipe=recipe)
    app.toggle("change-network").set_value(True).run()
    assert not app.exception
    return app


def click(app, what, layer, form="cnn-classic"):
    app.button(f"layer-{what}-{form}-{layer}").click().run()
    assert not app.exception


def texts(app):
    return [button.label for button in app.button if "layer-open-" in (button.key or "")]


def test_every_layer_shows_its_shape_parameters_and_work(fresh, visit):
    app = opened(visit)
    assert texts(app) == [
        "1. **Convolution** 32 of 3×3, relu",
        "2. **Pooling** max of 2×2",
        "3. **Convolution** 64 of 3×3, relu",
        "4. **Pooling** max of 2×2",
        "5. **Flatten** ",
        "6. **Dense** 128, relu",
    ]
    words = said(app)
    assert "28×28×32 · 320 · 225,792" in words  # 28*28 places of 9 weights in each of 32 filters
    assert "10 · 1,290 · 1,280" in words
    assert "**421,642 parameters**" in words


def test_an_edited_network_is_launched(fresh, visit, launched):
    app = opened(visit)
    click(app, "open", 0)
    app.number_input("layer-cnn-classic-0-filters").set_value(8)
    app.selectbox("layer-cnn-classic-0-padding").set_value("valid").run()
    assert "26×26×8 · 80 · " in said(app)
    click(app, "remove", 0)
    click(app, "open", 5)
    app.number_input("layer-cnn-classic-5-units").set_value(50)
    app.selectbox("layer-kind-cnn-classic").set_value("dropout").run()
    app.button("layer-add-cnn-classic").click().run()
    app.number_input("layer-cnn-classic-6-rate").set_value(0.4).run()
    start_button(app).click().run()
    assert not app.exception
    expected = [*CLASSIC[1:5], Dense(units=50), Dropout(rate=0.4)]
    assert launched[0].layers == expected
    assert launched[0].recipe == "cnn-classic"


def test_values_go_with_their_layer_when_it_moves(fresh, visit, launched):
    app = opened(visit)
    click(app, "open", 0)
    app.number_input("layer-cnn-classic-0-filters").set_value(7).run()
    click(app, "down", 0)
    assert app.number_input("layer-cnn-classic-0-filters").value == 7
    click(app, "down", 0)
    assert texts(app)[2].startswith("3. **Convolution** 7 of")
    start_button(app).click().run()
    expected = [CLASSIC[1], CLASSIC[2], Conv(filters=7), *CLASSIC[3:]]
    assert launched[0].layers == expected


def test_a_double_click_removes_one_layer(fresh, visit, clicked_twice):
    """The second click removed the layer that had taken the place of the first."""
    clicked_twice("layer-remove-cnn-classic-1")
    app = opened(visit)
    click(app, "open", 1)
    click(app, "remove", 1)
    kinds = [text.split("**")[1] for text in texts(app)]
    assert kinds == ["Convolution", "Convolution", "Pooling", "Flatten", "Dense"]


def test_a_double_click_moves_one_layer_twice(fresh, visit, clicked_twice):
    """The second click moved the layer that had taken the place of the first, and it back."""
    clicked_twice("layer-down-cnn-classic-0")
    app = opened(visit)
    click(app, "open", 0)
    click(app, "down", 0)
    assert texts(app)[2].startswith("3. **Convolution** 32 of")


def test_a_double_click_moves_no_layer_beyond_the_end(fresh, visit, clicked_twice):
    clicked_twice("layer-down-cnn-classic-4")
    app = opened(visit)
    click(app, "open", 4)
    click(app, "down", 4)
    assert texts(app)[5].startswith("6. **Flatten**")


def test_a_double_click_adds_layers_in_a_row(fresh, visit, clicked_twice):
    clicked_twice("layer-add-cnn-classic")
    app = opened(visit)
    click(app, "open", 0)
    app.selectbox("layer-kind-cnn-classic").set_value("activation").run()
    app.button("layer-add-cnn-classic").click().run()
    keys = [button.key for button in app.button if "layer-open-" in (button.key or "")]
    assert [key.rpartition("-")[2] for key in keys] == ["0", "6", "7", "1", "2", "3", "4", "5"]


@pytest.mark.parametrize(
    ("layer", "field", "value"),
    [(Dropout(rate=0.125), "rate", 0.125), (BatchNorm(momentum=0.999), "momentum", 0.999)],
)
def test_a_number_stands_in_its_field_as_it_is(fresh, visit, layer, field, value):
    """With Streamlit's two places a momentum of 0.999 stood there as 1.00."""
    layers = [layer, *RECIPES["dense-starter"].config.layers]
    config = RECIPES["dense-starter"].config_for("sample").model_copy(update={"layers": layers})
    app = visit("train", config=link.encode(config))
    app.toggle("change-network").set_value(True).run()
    click(app, "open", 0, "opened-1")
    shown = app.number_input(f"layer-opened-1-0-{field}")
    assert float(shown.proto.format % shown.value) == value


def test_a_fault_is_said_below_its_layer_and_nothing_starts_until_it_is_mended(fresh, visit):
    app = opened(visit)
    click(app, "open", 4)
    click(app, "down", 4)
    at_layer = "ayer 5 (dense): a dense layer needs a flat vector but gets 7x7x64"
    assert [at_layer in error.value for error in app.error] == [True]
    assert start_button(app).disabled
    app.toggle("change-network").set_value(False).run()
    assert [at_layer in plain(error) for error in app.error] == [True]
    assert start_button(app).disabled
    app.toggle("change-network").set_value(True).run()
    click(app, "up", 4)
    assert not app.error
    assert not start_button(app).disabled


def test_no_end_of_the_network_is_said_at_the_answer(fresh, visit):
    app = opened(visit, "dense-starter")
    click(app, "open", 1, "dense-starter")
    click(app, "remove", 1, "dense-starter")
    assert not app.error
    click(app, "open", 0, "dense-starter")
    click(app, "remove", 0, "dense-starter")
    assert "end the list with flatten" in app.error[0].value


def test_edits_last_while_folded_away_and_elsewhere_and_can_be_undone(fresh, visit):
    app = opened(visit)
    click(app, "open", 0)
    app.number_input("layer-cnn-classic-0-filters").set_value(9).run()
    app.toggle("change-network").set_value(False).run()
    assert "The network is changed" in said(app)
    app.radio("recipe").set_value("dense-starter").run()
    assert "The network is changed" not in said(app)
    app.radio("recipe").set_value("cnn-classic").run()
    app.toggle("change-network").set_value(True).run()
    assert app.number_input("layer-cnn-classic-0-filters").value == 9
    app.button("layers-reset-cnn-classic").click().run()
    assert texts(app)[0] == "1. **Convolution** 32 of 3×3, relu"
    click(app, "open", 0)
    assert app.number_input("layer-cnn-classic-0-filters").value == 32


def test_every_kind_of_layer_can_be_added_and_set(fresh, visit):
    app = opened(visit, "dense-starter")
    for kind in LAYER_TYPES:
        app.selectbox("layer-kind-dense-starter").set_value(kind).run()
        app.button("layer-add-dense-starter").click().run()
        assert not app.exception
    assert len(texts(app)) == 10


def kinds(app, form):
    return app.selectbox(f"layer-kind-{form}").options


@pytest.mark.parametrize("recipe", ["cnn-classic", "dense-starter", "flagship"])
def test_what_is_proposed_first_can_stand_where_it_is_put(fresh, visit, recipe):
    """The first proposal, a convolution after a flat layer, was at once an error."""
    app = opened(visit, recipe)
    for layer in (None, 0):
        if layer is not None:
            click(app, "open", layer, recipe)
        app.button(f"layer-add-{recipe}").click().run()
        assert not app.exception
        assert not app.error
        assert not start_button(app).disabled


def test_what_cannot_stand_here_is_offered_where_it_can(fresh, visit):
    app = opened(visit)
    assert "Convolution (after layer 4)" in kinds(app, "cnn-classic")
    app.selectbox("layer-kind-cnn-classic").set_value("conv").run()
    assert app.button("layer-add-cnn-classic").label == "Add after layer 4"
    app.button("layer-add-cnn-classic").click().run()
    assert not app.error
    assert texts(app)[4].startswith("5. **Convolution** 16 of")
    assert kinds(app, "cnn-classic")[0] == "Convolution"
    assert "Dense (after layer 6)" in kinds(app, "cnn-classic")


def test_every_kind_can_be_added_to_every_recipe_without_an_error(fresh, visit):
    nowhere = {("sprint", "pool"), ("flagship", "global_average"), ("tiny", "global_average")}
    for recipe in RECIPES:
        layers = RECIPES[recipe].config.layers
        for kind in LAYER_TYPES:
            for here in range(len(layers) + 1):
                place = layer_editor._place_for(kind, layers, here)
                if place is None:  # No pixel is left to pool, or the end is an average already.
                    assert (recipe, kind) in nowhere
                    continue
                new = layer_editor._new_layer(kind)
                assert not follow([*layers[:place], new, *layers[place:]]).fault


def test_a_layer_can_be_added_to_a_network_at_fault(fresh, visit):
    app = opened(visit, "dense-starter")
    for layer in (0, 1):
        click(app, "open", layer, "dense-starter")
        click(app, "remove", layer, "dense-starter")
    assert app.error
    app.selectbox("layer-kind-dense-starter").set_value("flatten").run()
    app.button("layer-add-dense-starter").click().run()
    assert not app.error


def test_a_network_saved_as_ones_own_is_a_recipe_until_it_is_deleted(fresh, visit, launched):
    app = opened(visit)
    click(app, "open", 0)
    app.number_input("layer-cnn-classic-0-filters").set_value(9).run()
    app.text_input("own-recipe-name").set_value("sprint").run()
    next(b for b in app.button if b.label == "Save").click().run()
    assert "choose another name" in app.error[0].value
    app.text_input("own-recipe-name").set_value("my-net").run()
    next(b for b in app.button if b.label == "Save").click().run()
    assert app.radio("recipe").value == "my-net"
    assert not app.error
    start_button(app).click().run()
    assert launched[0].recipe == "my-net"
    assert launched[0].layers[0].filters == 9
    unfolded(app)
    next(b for b in app.button if b.label == "Delete it for good").click().run()
    assert not app.exception
    assert list(all_recipes()) == list(RECIPES)
    assert app.radio("recipe").value == "sprint"
    assert told(app) == ["Deleted the recipe 'my-net'."]


def test_a_recipe_that_cannot_be_deleted_is_told_where_people_look(fresh, visit, monkeypatch):
    """The sentence stood only in the popover that saves recipes, which was closed."""

    def refuse(name):
        raise DigitLabError("It could not be deleted.")

    own.save("my-net", RECIPES["sprint"].config)
    monkeypatch.setattr(own, "remove", refuse)
    app = visit("train", recipe="my-net")
    next(b for b in app.button if b.label == "Delete it for good").click().run()
    assert told(app) == ["It could not be deleted."]
    assert not app.error
    assert app.radio("recipe").value == "my-net"


def test_any_valid_network_can_be_opened(fresh, visit):
    """Bounds of a field are those of the layer: a momentum just below 1 is one."""
    layers = [BatchNorm(momentum=0.99999), Conv(filters=512, kernel=1), Flatten()]
    config = RECIPES["sprint"].config_for("sample").model_copy(update={"layers": layers})
    app = visit("train", config=link.encode(config))
    app.toggle("change-network").set_value(True).run()
    for layer in range(3):
        click(app, "open", layer, "opened-1")
    assert not app.error


@pytest.mark.parametrize(("number", "taken"), [(0, False), (1, True), (512, True), (513, False)])
def test_a_number_that_no_layer_can_have_is_refused_with_a_sentence(fresh, visit, number, taken):
    app = opened(visit)
    click(app, "open", 0)
    app.number_input("layer-cnn-classic-0-filters").set_value(number).run()
    assert not app.exception
    said_so = "Filters must be a whole number from 1 to 512. It is still 32."
    assert [error.value for error in app.error] == ([] if taken else [said_so])
    assert start_button(app).disabled is not taken
    assert texts(app)[0] == f"1. **Convolution** {number if taken else 32} of 3×3, relu"


def test_a_refused_number_is_gone_with_its_field(fresh, visit):
    app = opened(visit)
    click(app, "open", 0)
    app.number_input("layer-cnn-classic-0-filters").set_value(513).run()
    click(app, "open", 0)
    assert not app.error
    assert not start_button(app).disabled
    click(app, "open", 0)
    assert app.number_input("layer-cnn-classic-0-filters").value == 32


def test_pooling_until_nothing_is_left_is_said_at_the_pooling(fresh, visit):
    assert [type(layer) for layer in CLASSIC[:2]] == [Conv, Pool]
    assert isinstance(CLASSIC[4], Flatten)
    app = opened(visit)
    click(app, "open", 1)
    app.number_input("layer-cnn-classic-1-size").set_value(14).run()
    click(app, "open", 3)
    app.number_input("layer-cnn-classic-3-size").set_value(3).run()
    assert app.error[0].value.startswith("Layer 4 (pool): pooling by 3 leaves 0 pixels of 2x2")
