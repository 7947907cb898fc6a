"""Models that people bring: taken as they are, looked at, and given what our own models have.

`adopt.adopt` makes of a file of Keras or ONNX a folder like that of any model here. How the network
wants its pictures is found by trying (`presentation`), and all that is put around it stands on the
card.
"""
