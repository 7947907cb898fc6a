"""Every key of the session state, in one place.

Keys that are not widgets' own survive a change of page; a widget that must, takes its value
from one of these.
"""

ROUTED = "routed"  # set by the router, taken by the page: the page was entered the proper way
PAGE = "page"  # the page of the run before, to notice that one was entered anew

MODEL = "model"  # name of the model in use
CANVAS = "canvas"  # by name, a canvas: what is drawn on it, and what was before
PEN_WIDTH = "pen-width"  # in pixels of the canvas; its name follows
DRAW_WHY = "draw-why"  # which explanation is open on Draw
CHANGE_SAID = "change-said"  # what came of putting a change on the canvas, and of which drawing
CHALLENGE = "challenge"  # the round of the game that is being played, or None
CHALLENGE_FAULT = "challenge-fault"  # why the last digit of the game could not be kept

USUAL_DATA = "usual-data"  # what the form trained on where nobody chose, in the run before
REFUSED_DATA = "refused-data"  # why the uploaded data set was refused, or None
NETWORKS = "networks"  # by form, the network in the layer editor
AUGMENTATIONS = "augmentations"  # by form, amounts by which training images are changed
FORM = "form"  # tells the form that is shown from those that other recipes fill
OPENED = "opened"  # text of the configuration that the address named last, or None
OPENINGS = "openings"  # how many configurations were opened: each has a form of its own
STARTED = "started"  # text of the opened configuration from which a run was started, or None
REFUSED_RECIPE = "refused-recipe"  # why a recipe of one's own could not be saved
REFUSED_CONFIGURATION = "refused-configuration"  # why the opened file was refused, or None

PICTURE = "picture"  # the picture that was given last, its content and what it is called, or None

KEPT = "kept"  # id of the digit that was corrected last, or None
EDITED = "edited"  # id of the corrected digit that is being changed, or None
REMOVED = "removed-digit"  # the corrected digit that was removed last, to be put back, or None

PAGE_CHANGED = "page-changed"  # a fragment chose a run or a model: the whole page runs again
REFUSED = "refused"  # why a click was refused, until `ui.clicks` says it
DONE = "done"  # what a click has done, likewise
CURVES = "curves"  # what has been read of the metrics and looks of the run that is shown
SMOOTHING = "smoothing"  # of the training curve, in [0, 1)

INSPECTED = "inspected"  # name of the model that Inspect shows
TRAINED = "trained"  # id of the run that Train shows though its address names none, or None
LISTED_IMAGES = "listed-images"  # the list that an image of Inspect was opened from, and where
ANOTHER_DIGIT = "another-digit"  # how often another digit to spoil was asked for
