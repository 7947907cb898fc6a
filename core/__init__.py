"""Digit Lab's engine: everything but the pages. Imports no Streamlit.

``architecture``, ``config`` and ``recipes`` say what is to be trained; ``model`` turns it into
Keras; ``data`` supplies digits; ``training`` runs and records; ``evaluation`` scores; ``reading``
goes from a drawing to an answer; ``cards`` and ``registry`` keep models; ``cli`` is the shell.

What builds, trains, converts or differentiates a network imports Keras (``pyproject.toml`` names
these modules); the app imports none of them, and stays light.
"""

import os

# ONNX Runtime from 1.29 on reports what it runs to its makers unless this is set before it starts:
# nothing of what is drawn here is to leave the machine, nor that it was.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
