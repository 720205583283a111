"""Benchmarks: one table of cases, measured by `pytest bench`, followed by `bench.track`, shown by `bench.report`."""
