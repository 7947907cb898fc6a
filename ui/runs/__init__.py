"""What the Runs page is made of: the table, one run, what can be done with runs, and comparison."""
