"""The modified Bessel functions of the first kind, of the orders 0 and 1."""

from collections.abc import Callable

from mpmath import besseli, exp, mpf, sqrt

from ..entries import Entry, Fit

FAR = mpf(8)
"""Up to here there is a polynomial in the square, from here on one in the reciprocal."""


def near(order: int) -> Callable[[mpf], mpf]:
    """Return `I(x)`, of order 1 over `x / 2`, as a function of `w = x**2 / 4`."""

    def of_square(w: mpf) -> mpf:
        return besseli(order, 2 * sqrt(w)) / sqrt(w) ** order

    return of_square


def far(order: int) -> Callable[[mpf], mpf]:
    """Return `sqrt(x) exp(-x) I(x)` as a function of `1 / x`."""

    def of_inverse(v: mpf) -> mpf:
        x = 1 / v
        return sqrt(x) * exp(-x) * besseli(order, x)

    return of_inverse


def entries_of(order: int) -> tuple[Entry, ...]:
    """Return the two polynomials of an order."""
    return (
        Fit(
            f"I{order}_NEAR", lambda w: (near(order)(w) - 1) / w, (0, FAR**2 / 4), (20, 11),
            f"`I{order}(x)`{' over `x / 2`' if order else ''} less 1, over `x**2 / 4`, as a polynomial in that up to `x = 8`, the error"
            " weighted to be relative to the function.",
            weight=lambda w: w / near(order)(w),
        ),
        Fit(
            f"I{order}_FAR", far(order), ("1e-9", 1 / FAR), (22, 9),
            f"`sqrt(x) exp(-x) I{order}(x)` as a polynomial in `1 / x` for `x >= 8`.",
        ),
    )  # fmt: skip


ENTRIES: tuple[Entry, ...] = (*entries_of(0), *entries_of(1))
