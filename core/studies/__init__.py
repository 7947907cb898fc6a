"""Studies: slow questions about a model, asked once in a process beside the app, and kept.

`results` names them and keeps their answers, `runner` has them worked out; each other module
answers one.
"""
