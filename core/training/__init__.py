"""Training: Keras and TensorFlow, imported by the worker alone.

`train` goes from a configuration to a whole run folder: `digits`, `network`, `fit`, `outcome`, one
after the other. `callbacks` and `reporter` write down what happens on the way, `checkpoint` what a
run continues from. `gate` and `segmenter` train the judges of images. `core.runs` reads all of it
without Keras.
"""
