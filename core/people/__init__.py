"""What people make: digits that they corrected, the game that they played, decisions on labels."""
