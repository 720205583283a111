"""The cases as other libraries and as people write them, measured beside this package: `python -m bench.peers [--dtype ...] [case ...]`."""

from ..cases import CASES
from .autograd_peer import AUTOGRAD
from .c_by_hand import C
from .casadi_peer import CASADI
from .drjit_peer import DRJIT
from .jax_peer import JAX
from .numba_by_hand import NUMBA
from .numpy_by_hand import NUMPY
from .ours import INTERPRETER, NATIVE
from .peer import Peer
from .pytensor_peer import PYTENSOR
from .torch_peer import TORCH

PEERS: tuple[Peer, ...] = (NATIVE, INTERPRETER, C, NUMBA, NUMPY, JAX, CASADI, DRJIT, TORCH, PYTENSOR, AUTOGRAD)

CASE_NAMES = (
    "xyz", "rosenbrock_10", "rosenbrock_100", "gaussians", "lennard_jones", "black_scholes", "network_by_input", "network_by_weights",
    "logistic_regression", "mixture", "arm", "pendulum", "scene",
)  # fmt: skip
CASE_NAMES += tuple(case.name for case in CASES if case.name == "prospero")
