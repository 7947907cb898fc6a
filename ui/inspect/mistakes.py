"""Which digits are confused, and the images of each confusion."""

import numpy as np

from core import registry
from core.cards import Card
from ui import cache, layout
from ui.inspect import confusion, gallery


def show(model: registry.Model, card: Card) -> None:
    """Show the confusion matrix and, beside it, the images that it leads to."""
    left, right = layout.two_parts(confusion.WIDTH, "matrix")
    with left:
        gallery.matrix(np.array(card.test.confusion), model.name)
    with right:
        gallery.images(cache.answer_table(model), model, card)
