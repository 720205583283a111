"""The error function and the normal distribution."""

from collections.abc import Callable

from mpmath import erf, erfc, exp, log, mpf, pi, sqrt

from ..entries import Entry, Fit, Number

ERF_MIDDLE, NORMAL_MIDDLE = 3.5, 5.0
"""The argument at which `t` is 0: near these the degree that an accuracy takes is least."""
ERF_POLE, NORMAL_POLE = 0.875, 1.25
"""What makes `(pole + x) tail(x)` nearly constant at `x = 0`, where `t` has its largest rounding errors."""
LIMIT = 10**6
"""From here on the asymptotic series gives all digits."""


def erf_tail(x: mpf) -> mpf:
    """`exp(x**2) erfc(x)`."""
    if x < LIMIT:
        return exp(x * x) * erfc(x)
    term = total = mpf(1)
    for number in range(1, 10):
        term *= -(2 * number - 1) / (2 * x * x)
        total += term
    return total / (x * sqrt(pi))


def normal_tail(x: mpf) -> mpf:
    """`exp(x**2 / 2)` times the normal distribution function of `-x`."""
    return erf_tail(x / sqrt(mpf(2))) / 2


def numerator(tail: Callable[[mpf], mpf], pole: float, middle: float) -> Callable[[mpf], mpf]:
    """Return `(pole + x) tail(x)` as a function of `t = (x - middle) / (x + middle)`."""

    def of_t(t: mpf) -> mpf:
        x = middle * (1 + t) / (1 - t)
        return (pole + x) * tail(x)

    return of_t


def entries_of(prefix: str, tail: Callable[[mpf], mpf], pole: float, middle: float, what: str) -> tuple[Entry, ...]:
    """Return what the kernel of a tail takes."""
    of_t = numerator(tail, pole, middle)
    return (
        Number(f"{prefix}_POLE", lambda: mpf(pole), 1, f"What `{what}` is multiplied by, less `x`."),
        Number(f"{prefix}_MIDDLE", lambda: mpf(middle), 1, f"The argument at which `t` is 0 for `{what}`."),
        Number(f"{prefix}_CENTRE", lambda: of_t(mpf(0)), 2, f"`({pole} + x) {what}` there, in two parts."),
        Fit(
            f"{prefix}_SLOPE", lambda t: (of_t(t) - of_t(mpf(0))) / t, (-1, 1), (23, 11),
            f"How `({pole} + x) {what}` differs from that, over `t`, the error weighted to be relative to it.",
            weight=lambda t: abs(t) / of_t(t),
        ),
    )  # fmt: skip


ENTRIES: tuple[Entry, ...] = (
    Number("ERF_SLOPE_AT_ZERO", lambda: 2 / sqrt(pi), 2, "The derivative of `erf` at 0, in two parts."),
    Number("DENSITY_AT_ZERO", lambda: 1 / sqrt(2 * pi), 2, "The density of the normal distribution at 0, in two parts."),
    *entries_of("ERF", erf_tail, ERF_POLE, ERF_MIDDLE, "exp(x**2) erfc(x)"),
    *entries_of("NORMAL", normal_tail, NORMAL_POLE, NORMAL_MIDDLE, "exp(x**2 / 2) ndtr(-x)"),
    Fit(
        "ERF_NEAR_ZERO", lambda w: erf(sqrt(w)) / sqrt(w) - 1, (0, "0.712"), (11, 6),
        "`erf(x) / x - 1` as a polynomial in `x**2` up to `x = 27 / 32`, the error weighted to be relative to `erf`.",
        weight=lambda w: sqrt(w) / erf(sqrt(w)),
    ),
    Number("LOG_ERFC_OF_1", lambda: log(erfc(1)), 2, "`log(erfc(1))` in two parts."),
    Fit(
        "LOG_ERFC_SLOPE", lambda d: log(erfc(1 + d) / erfc(1)) / d, ("-0.15625", 5), (17, 8),
        "How `log(erfc(1 + d))` differs from that from `d = -5 / 32` to 5, over `d`, the error weighted by `d erfc(1 + d)`.",
        weight=lambda d: abs(d) * erfc(1 + d),
    ),
)  # fmt: skip
