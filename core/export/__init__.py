"""Export: a trained model as a file for other programs, checked against Keras before delivery.

`formats` lists the formats, `convert` writes and checks a file with TensorFlow, and `delivery` puts
it at the chosen place, with its card and an example of use. The app never imports TensorFlow: it
starts a process for that through `background`, and gets the result as one file from `archive`.
"""
