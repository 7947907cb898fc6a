"""Data sets in the forms that people bring, made from a few digits.

For ``bench/brought.py`` and the tests. A form is a name, what should come of it, and what writes it
into an empty folder. The names and layouts are those of public repositories. To add one, write it
in the module of its kind: each enters its forms in `FORMS` as it is loaded, in this order.
"""

# ruff: noqa: F401, I001
from bench.brought_data import tables, named_arrays, idx, pictures, other_programs, json_files
from bench.brought_data.forms import FORMS, REFUSED, TAKEN, TOLD, Digits, Form
