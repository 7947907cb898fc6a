"""From what a person draws or uploads to an answer.

``pictures`` decodes files; ``ink`` finds the ink in a picture; ``normalise`` brings it to MNIST's
28x28; ``predictor`` asks a model; ``reader`` is the whole way. No TensorFlow here.
"""
