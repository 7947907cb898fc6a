"""Training: Keras and TensorFlow, imported by the worker alone.

`train` goes from a configuration to a whole run folder; `callbacks`, `watch` and `reporter` write
down what happens on the way, and `checkpoint` what a run goes on from. `core.runs` reads all of it
without Keras.
"""
