"""How well each digit is read."""

from core import registry
from core.cards import Card
from ui import scores


def show(model: registry.Model, card: Card) -> None:
    """Show precision, recall and F1 of each digit."""
    scores.by_digit(card.test, model.name)
