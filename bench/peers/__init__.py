"""The cases as other libraries and as people write them, measured beside this package: `python -m bench.peers [--tiny] [case ...]`."""

from .c_by_hand import C
from .numba_by_hand import NUMBA
from .ours import INTERPRETER, NATIVE
from .peer import Peer

PEERS: tuple[Peer, ...] = (NATIVE, INTERPRETER, C, NUMBA)

CASE_NAMES = (
    "xyz", "rosenbrock_10", "rosenbrock_100", "gaussians", "lennard_jones", "black_scholes", "network_by_input", "network_by_weights",
)  # fmt: skip
