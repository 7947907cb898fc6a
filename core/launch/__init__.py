"""The launcher: starts, resumes, repeats and fine-tunes training runs, for the app.

`process` starts `core.worker` in a process of its own; nothing here imports Keras.
"""
