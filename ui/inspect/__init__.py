"""What the Inspect page is made of: a module a view, and what only they share."""
