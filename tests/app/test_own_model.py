"""Models from elsewhere on the pages: what is said of them, and what is not."""

import json
import shutil

import pytest

from bench.foreign_networks import unusual
from core.brought_models import adopt
from tests.app.conftest import plain, said


@pytest.fixture
def brought(with_model, once):
    """Bring a network of ONNX that wants pixels from 0 to 255; returns its folder."""

    def adopted(folder):
        kept = adopt.adopt_as(unusual(folder / "torch.onnx", ("n", 784)), "mine").folder
        shutil.move(kept, folder / "mine")

    return shutil.copytree(once("brought-network", adopted) / "mine", with_model / "models/mine")


def test_inspect_says_how_it_was_taken(brought, visit):
    app = visit("inspect", model="mine")
    assert "From torch.onnx (ONNX), reshaped to 784, pixels from 0 to 255" in plain(said(app))
    assert "Pixels from 0 to 255:" in plain(said(app))
    assert not app.error


def test_every_view_of_it_opens(brought, visit):
    for view in ("digits", "certainty", "duel", "map", "inside", "take"):
        app = visit("inspect", model="mine", view=view)
        assert not app.exception
    assert "it came as ONNX" in said(app)
    app = visit("inspect", model="mine", view="inside")
    assert "made by another program" in plain(said(app))


def test_one_that_reads_nothing_is_a_warning(brought, visit):
    card = brought / "card.json"
    facts = json.loads(card.read_text("utf-8"))
    facts["origin"] |= {"reads": False, "presentation": "It reads only 11.0 %."}
    card.write_text(json.dumps(facts), "utf-8")
    app = visit("inspect", model="mine")
    assert [plain(warning) for warning in app.warning] == ["It reads only 11.0 %."]


def test_it_is_deleted_and_restored(brought, visit):
    """Models that were added could not be deleted in the app."""
    app = visit("inspect", model="linear")
    app.button(key="delete-model")  # saved under a name here, too
    app = visit("inspect", model="mine")
    app.button(key="delete-model").click().run()
    assert not brought.exists()
    assert not app.exception
    assert "**Deleted:** mine" in said(app)
    assert "no longer exists" not in said(app)
    app.button(key="undo-models").click().run()
    assert (brought / "card.json").exists()
    assert "Deleted:" not in said(app)
