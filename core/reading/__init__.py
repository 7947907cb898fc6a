"""Reading: from a drawing or an uploaded picture to an answer.

``pictures`` decodes files; ``ink`` finds the ink in a picture; ``normalise`` brings it to MNIST's
28x28; ``predictor`` runs a model; ``reader`` combines them. No TensorFlow here.
"""
