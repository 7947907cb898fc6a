"""Writing as strokes: a pen that draws them, and generators that write digits and other things.

A stroke is a float array of shape (points, 2), x to the right and y downwards; a drawing is a list
of strokes. ``pen`` draws them; ``digits`` writes digits in many styles, for training, and ``line``
puts some on a line. ``others`` makes what is no digit, from the letters and shapes in ``glyphs``,
``doodles`` and ``textures``. Nothing here reads a file: what it makes can be made anywhere.
"""
