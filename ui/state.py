"""Every key of the session state, in one place.

Keys that are not widgets' own survive a change of page; a widget that must, takes its value
from one of these.
"""

ROUTED = "routed"  # set by the router, taken by the page: the page was entered the proper way
PAGE = "page"  # the page of the run before, to notice that one was entered anew

MODEL = "model"  # name of the model in use
DRAWING = "drawing"  # what was last drawn, by the canvas's name
CANVAS = "canvas"  # by name, a canvas on the page: how often it was made anew, what it began with
PEN_WIDTH = "pen-width"  # in pixels of the canvas; its name follows

REFUSED_DATA = "refused-data"  # why the uploaded data set was refused, or None
NETWORKS = "networks"  # by form, the network in the layer editor
AUGMENTATIONS = "augmentations"  # by form, amounts by which training images are changed
FORM = "form"  # tells the form that is shown from those that other recipes fill
OPENED = "opened"  # text of the configuration that the address named last, or None
OPENINGS = "openings"  # how many configurations were opened: each has a form of its own
STARTED = "started"  # text of the opened configuration from which a run was started, or None
REFUSED_RECIPE = "refused-recipe"  # why a recipe of one's own could not be saved
REFUSED_CONFIGURATION = "refused-configuration"  # why the opened file was refused, or None

PICTURE = "picture"  # content of the picture that was uploaded or pasted last, or None

PAGE_CHANGED = "page-changed"  # a fragment chose a run or a model: the whole page runs again
REFUSED_REQUEST = "refused-request"  # why a run did not take what was asked of it
CURVES = "curves"  # what has been read of the metrics and looks of the run that is shown
SMOOTHING = "smoothing"  # of the training curve, in [0, 1)
