"""The launcher: starts, resumes, repeats and fine-tunes training runs, for the app.

`process` gives a run to `core.worker`, in a process of its own that `core.spawn` starts or that
stands by already, see `core.standby`; `cost` tells beforehand how long it will take. Nothing here
imports Keras.
"""
