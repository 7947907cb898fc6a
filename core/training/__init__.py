"""Training runs: the folder a run lives in, the worker that fills it, and those who read it.

``store`` is the contract; ``launch`` starts `core.worker`, a process of its own; ``queue`` lets one
train at a time; ``curves`` reads metrics while they are written; ``train`` and what it calls import
Keras and run in the worker.
"""
