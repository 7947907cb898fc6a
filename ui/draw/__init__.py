"""The Draw page's parts: the canvas beside its answer, and explanations of the answer."""
