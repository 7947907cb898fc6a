"""A trained model as a file for other programs, checked against Keras before anyone gets it.

`formats` names what there is, `convert` writes and checks it with TensorFlow, `delivery` puts it
where a person wants it, with its card and an example of use. The app never imports TensorFlow: it
asks `background` for a process that does, and `archive` for the result as one file.
"""
