"""Callbacks of a Keras training, one for each module: they record, watch, steer and end it."""
