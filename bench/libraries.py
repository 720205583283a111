"""The functions that the cases call, from each library of whole batches of arrays."""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import scipy.special

NAMES = ["exp", "log", "sqrt", "square", "tanh", "sin", "cos", "sum", "maximum", "minimum"]


def _library(numpy: Any, erfc: Any, logsumexp: Any) -> SimpleNamespace:
    functions = {name: getattr(numpy, name) for name in NAMES}
    functions["softplus"] = lambda x: numpy.logaddexp(0.0, x)
    functions["ndtr"] = lambda x: 0.5 * erfc(x * -math.sqrt(0.5))
    return SimpleNamespace(**functions, logsumexp=logsumexp)


def plain() -> SimpleNamespace:
    """Give NumPy, with SciPy for the functions that it lacks."""
    return _library(np, scipy.special.erfc, scipy.special.logsumexp)


def autograd() -> SimpleNamespace:
    """Give `autograd`'s copies of the same functions."""
    import autograd.numpy
    import autograd.scipy.special

    return _library(autograd.numpy, autograd.scipy.special.erfc, autograd.scipy.special.logsumexp)
