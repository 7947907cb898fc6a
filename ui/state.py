"""Every key of the session state, in one place.

Keys that are not widgets' own survive a change of page; a widget that must, takes its value
from one of these.
"""

ROUTED = "routed"  # set by the router, taken by the page: the page was entered the proper way
PAGE = "page"  # the page of the run before, to notice that one was entered anew

MODEL = "model"  # name of the model in use
DRAWING = "drawing"  # the canvas' last drawing, as its JSON
CANVAS = "canvas"  # how often the canvas was cleared or entered anew; part of its key
PEN_WIDTH = "pen-width"
"""Pen width in pixels, kept over pages."""

CURVES = "curves"  # per run: what has been read of its metrics
CELL = "cell"  # (true digit, answer) chosen in the confusion matrix, or None
"""Cell of the confusion matrix whose images are shown."""
