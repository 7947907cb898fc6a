"""The disk: files that appear whole or not at all, archives that cannot explode, old files swept.

`atomic` writes; `npz` and `zip_entries` read what may come from strangers; `tidy` keeps the newest.
"""
