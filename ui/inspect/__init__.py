"""The Inspect page's parts: a module for each view, and the modules that only they share."""
