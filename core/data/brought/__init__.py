"""Digits that people bring, in whatever form: what it is, what it holds, and how it lies.

`core.data.files` is the front door. In here `contents` lists what a file, folder or archive holds,
`containers`, `tables` and `picture_folders` read one kind each, `choice` tells images from labels,
`images` and `labels` bring them to the form of all data sets, and `lie` asks the shipped model
whether they lie right.
"""
