"""People's contributions: corrected digits, rounds of the game, and decisions on labels."""
