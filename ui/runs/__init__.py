"""The Runs page's parts: the table, one run in detail, actions on runs, and the comparison."""
