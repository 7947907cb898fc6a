"""Faulty: what `bench.faults` does to the app, a module for each kind of fault."""
