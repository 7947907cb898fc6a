"""Strokes: a pen that draws them, and generators that write digits and non-digits.

A stroke is a float array of shape (points, 2), x to the right and y downwards; a drawing is a list
of strokes. ``pen`` draws them. ``digits`` writes digits in many styles, for training, and ``line``
puts several on a line. ``others`` makes non-digits, from the letters and shapes in ``glyphs``,
``doodles``, ``outlines``, ``first_drawings`` and ``textures``. Nothing here reads a file, so it
works anywhere.
"""
