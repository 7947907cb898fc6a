"""Digit Lab's engine: everything but the pages. Imports no Streamlit.

``architecture``, ``config`` and ``recipes`` say what is to be trained; ``model`` turns it into
Keras; ``data`` supplies digits; ``training`` runs and records; ``evaluation`` scores; ``reading``
goes from a drawing to an answer; ``cards`` and ``registry`` keep models; ``cli`` is the shell.

Only ``model``, ``training.train`` and ``training.callbacks`` import Keras; what the app imports
stays light.
"""
