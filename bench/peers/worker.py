"""A peer in a process of its own: prepares a case, saves its results, and then times one call whenever it is told to."""

import sys
from functools import partial
from importlib import import_module

import numpy as np

from ..cases import case
from ..timing import seconds
from . import Skip, ours


def main(peer: str, name: str, rows: int, results_path: str) -> None:
    """Answer every line of standard input with the seconds of a call; one that is not timed goes before, to fill the caches."""
    chosen = case(name)
    prepare = partial(ours.prepare, peer) if peer in ours.ENGINES else import_module(f"bench.peers.{peer}").prepare
    try:
        call, results = prepare(chosen, chosen.arguments(rows))
    except Skip as reason:
        print(f"skip {reason}", flush=True)
        return
    value, gradients = results(call())
    np.savez(results_path, value, *gradients)
    print(f"ready {len(value)}", flush=True)
    for _ in sys.stdin:
        call()
        print(seconds(call), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])
