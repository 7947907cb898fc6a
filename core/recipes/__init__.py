"""Recipes: named configurations of a training run.

`shipped` holds the built-in ones, `own` the user's, `book` both by name. `link` writes a
configuration into an address and reads it back.
"""
