"""Sweep, part by part: what may vary, the sweep that is shown, its figures and its tries."""
