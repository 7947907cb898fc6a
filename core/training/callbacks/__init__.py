"""Callbacks of a Keras training, one a module: they record, watch, steer and end it."""
