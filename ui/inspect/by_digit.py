"""How well each digit is read, at the end and on the way there."""

from core import registry
from core.cards import Card
from ui import scores
from ui.inspect import trends


def show(model: registry.Model, card: Card) -> None:
    """Show precision, recall and F1 of each digit, and how it was learned."""
    scores.by_digit(card.test, model.name)
    trends.show(model, card)
