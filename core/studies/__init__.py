"""Studies: slow questions about a model, asked once in a process beside the app, and kept.

`results` names them and keeps their answers, `runner` computes them in a process; `tsne` lays
points out for the embedding map; every other module is one study.
"""
