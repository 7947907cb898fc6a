"""Studies: slow questions about a model, asked once in a process beside the app, and kept.

`kept` names them, starts them and keeps their results; each other module answers one.
"""
