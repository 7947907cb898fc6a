"""Recipes: named configurations of a training run.

`shipped` holds those that ship, `own` those that people saved, `book` both by name, and `link`
writes one into an address and reads it back.
"""
