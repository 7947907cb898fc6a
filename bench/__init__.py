"""Benchmarks, ``python -m bench.NAME``: the README quotes their tables as they are printed."""
