"""The disk: files written whole or not at all, safe reading of archives, removal of old files.

`atomic` writes; `npz` and `zip_entries` read untrusted archives; `tidy` keeps only the newest.
"""
