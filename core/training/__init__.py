"""Training runs: the folder a run lives in, the worker that fills it, and those who read it.

``store`` is the contract; ``launch`` starts workers; ``queue`` lets one train at a time;
``curves`` reads metrics while they are written; ``train`` and ``callbacks`` import Keras and run
in the worker.
"""
