"""Benchmarks: one table of cases, measured by `pytest bench` and by `python -m bench.show`."""
