"""Print the seconds that `specialize` takes for a random graph of so many instructions: `python -m bench.compile_time 1000`.

With `off` as the second argument nothing is loaded from the disk.
"""

import os
import sys

import numpy as np

from .cases import case
from .graphs import mixed
from .timing import seconds


def main(instructions: int, *off: str) -> None:
    """Compile the graph, in a process that has compiled and run another one, and has loaded what is compiled once a machine."""
    other = case("xyz").compile(engine="native")
    other.value_and_grad(*np.ones((3, 10_000)))
    function = mixed(instructions)
    function.value_and_grad(*np.ones((8, 10)))
    if off:
        os.environ["STATICGRAPH_CACHE_DIR"] = "off"
    print(seconds(function.specialize))


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
