"""Benchmarks, ``python -m bench.NAME``: their tables, as printed, are in docs/benchmarks.md."""
