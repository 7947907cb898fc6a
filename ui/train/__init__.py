"""What the Train page is made of: the form, and one run while it trains and after."""
