"""The Train page's parts: the form, and one run while it trains and afterwards."""
