"""The app's end of the wire: what starts a training run, resumes it, repeats it or fine-tunes.

`process` starts `core.worker` in a process of its own; nothing here imports Keras.
"""
