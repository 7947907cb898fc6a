"""The engine of Digit Lab: everything but the pages. Imports no Streamlit.

``architecture``, ``config`` and ``recipes`` describe what to train; ``model`` turns it into
Keras; ``data`` supplies digits; ``training`` runs and records; ``evaluation`` scores; ``reading``
goes from a drawing to an answer; ``cards`` and ``registry`` keep models; ``cli`` is the shell.

Modules that build, train, convert or differentiate a network import Keras (``pyproject.toml`` names
them). The app imports none of them, and stays light.
"""

import os

# ONNX Runtime from 1.29 on reports its use to its makers unless this is set before it starts.
# Nothing about a drawing may leave the machine, not even that there was one.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
