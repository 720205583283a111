"""Measure the peers and print their table."""

import os

# A thread of one peer that waits for more work by spinning would take the time of the next: set before any library is loaded. OpenBLAS's
# would spin for 2^26 cycles, after which native code took 162 ns a row for the network, not 109.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "20")

import argparse
import json
import sys
from pathlib import Path

from . import CASE_NAMES, PEERS
from .results import measure_all
from .table import table

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description="Measure every peer and print a Markdown table.")
    parser.add_argument("--dtype", choices=("float64", "float32"), default="float64", help="the precision (%(default)s)")
    parser.add_argument("--tiny", action="store_true", help="a few rows, to see that everything runs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the results there")
    parser.add_argument("case", nargs="*", help=f"of {', '.join(CASE_NAMES)}; all by default")
    chosen = parser.parse_args()
    if unknown := sorted(set(chosen.case) - set(CASE_NAMES)):
        parser.error(f"unknown case {unknown[0]!r}; there are {', '.join(CASE_NAMES)}")
    results = measure_all(
        tuple(chosen.case) or CASE_NAMES, PEERS, dtype=chosen.dtype, tiny=chosen.tiny,
        progress=lambda line: print(line, file=sys.stderr, flush=True),
    )  # fmt: skip
    if chosen.json:
        chosen.json.write_text(json.dumps(results, indent=1) + "\n")
    print(table(results))
