"""What the Draw page is made of: the canvas beside its answer, and what explains the answer."""
