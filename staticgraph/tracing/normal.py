"""`scipy.stats.norm` on values of a trace."""

from collections.abc import Callable
from typing import Any

import numpy as np

from .scalars import by_name

LOG_SQRT_2_PI = 0.91893853320467274178
_ndtr, _log_ndtr, _ndtri = by_name("ndtr"), by_name("log_ndtr"), by_name("ndtri")


def _standard(x: Any, loc: Any, scale: Any) -> Any:
    return (x - loc) / scale


def pdf(x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """Density."""
    return np.exp(logpdf(x, loc, scale))


def logpdf(x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """Logarithm of the density."""
    return -0.5 * _standard(x, loc, scale) ** 2 - LOG_SQRT_2_PI - np.log(scale)


def cdf(x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """Distribution function."""
    return _ndtr(_standard(x, loc, scale))


def logcdf(x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """Logarithm of the distribution function."""
    return _log_ndtr(_standard(x, loc, scale))


def sf(x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """Survival function."""
    return _ndtr(-_standard(x, loc, scale))


def logsf(x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """Logarithm of the survival function."""
    return _log_ndtr(-_standard(x, loc, scale))


def ppf(q: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """Quantile."""
    return loc + scale * _ndtri(q)


def isf(q: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
    """Quantile of the survival function."""
    return loc - scale * _ndtri(q)


METHODS: dict[str, Callable[..., Any]] = {each.__name__: each for each in (pdf, logpdf, cdf, logcdf, sf, logsf, ppf, isf)}
