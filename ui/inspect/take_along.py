"""Taking a model along."""

from core import registry
from core.cards import Card
from ui.inspect import exports


def show(model: registry.Model, card: Card) -> None:
    """Show the formats that a model can be had in."""
    exports.show(model)
