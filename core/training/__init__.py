"""Training: Keras and TensorFlow, imported by the worker alone.

`train` goes from a configuration to a complete run folder, through `digits`, `network`, `fit` and
`outcome`. `callbacks` and `reporter` record the course of a training, and `checkpoint` the state
from which a run can continue. `gate` and `segmenter` train the judges of images. `core.runs` reads
all of it without Keras.
"""
