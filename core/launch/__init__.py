"""The launcher: starts, resumes, repeats and fine-tunes training runs, for the app.

`process` gives a run to `core.worker`, in a process of its own that `spawn` starts or that is
already on `standby`; nothing here imports Keras.
"""
