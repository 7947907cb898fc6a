"""Session state: every key, in one place.

Keys that do not belong to a widget survive a change of page. A widget whose value must survive
takes it from one of these.
"""

ROUTED = "routed"  # set by the router, taken by the page: it was entered through the router
PAGE = "page"  # the page of the previous run, to notice a change of page

MODEL = "model"  # the sidebar's choice of a model
CHOSEN = "chosen"  # by name, what this visitor chose for themselves: see `ui.visitor`
CANVAS = "canvas"  # by name, a canvas: its drawing and the earlier ones
PEN_WIDTH = "pen-width"  # in pixels of the canvas; its name follows
DRAW_WHY = "draw-why"  # which explanation is open on Draw
DRAW_WHY_OPENED = "draw-why-opened"  # whether a click has just opened it: it is scrolled to
CHANGE_SAID = "change-said"  # the outcome of putting a change on the canvas, and its drawing
CHALLENGE = "challenge"  # the round of the game that is being played, or None
CHALLENGE_FAULT = "challenge-fault"  # why the last digit of the game could not be kept

DOWNLOAD_SEEN = "download-seen"  # whether the fetch of MNIST ran here, whose failure is then said

USUAL_DATA = "usual-data"  # the form's default data set in the previous run
CHOSEN_DATA = "chosen-data"  # whether a person or a link chose the form's data set
BRINGING = "bringing"  # whether the dialog for files of digits is open
BROUGHT = "brought"  # which files are looked at in it, and what was recognised; or None
NETWORKS = "networks"  # by form, the network in the layer editor
AUGMENTATIONS = "augmentations"  # by form, the amounts of augmentation
FORM_OPEN = "form-open"  # whether the form below a run is open, or None if nobody chose
FOLDS = "folds"  # by key, whether a part of the form is open
SERVED = "served"  # why the click on the form's button was refused, "" if not, until the form tells
LAUNCHED = "launched"  # id of the last run that was started from the form
FORM = "form"  # tells the form on the page from those of other recipes
OPENED = "opened"  # text of the configuration in the last address, or None
OPENINGS = "openings"  # how many configurations were opened: each has a form of its own
STARTED = "started"  # text of the opened configuration from which a run was started, or None
REFUSED_RECIPE = "refused-recipe"  # why a custom recipe could not be saved
REFUSED_CONFIGURATION = "refused-configuration"  # why the opened file was refused, or None

PICTURES = "pictures"  # content and name of each of the last pictures

OWN_MODEL = "own-model"  # the job that looks at an uploaded model, and the model's name

CORRECTED = "corrected"  # id of the digit that was corrected last, or None
EDITED = "edited"  # id of the corrected digit that is being changed, or None
REMOVED = "removed-digit"  # the corrected digit that was removed last, to be put back, or None

PAGE_CHANGED = "page-changed"  # a fragment chose a run or a model: the whole page runs again
REFUSED = "refused"  # why a click was refused, until `ui.clicks` shows it
DONE = "done"  # what a click has done, until then as well
CURVES = "curves"  # the metrics of the run on the page, as far as they are read
SMOOTHING = "smoothing"  # of the training curve, in [0, 1)

INSPECTED = "inspected"  # name of the model that Inspect shows
ARRIVED = "arrived"  # somebody has just come to Train, until the page has chosen its run
LISTED_IMAGES = (
    "listed-images"  # the list that an image of Inspect was opened from, and its address
)
STAGE = "stage"  # what the view of Inspect shows, and in which of its two places
ANOTHER_DIGIT = "another-digit"  # how often another digit to damage was asked for
