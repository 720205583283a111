"""The exponentials."""

from mpmath import exp, expm1, log

from ..entries import Entry, Fit, Number

HALF_LN2 = "0.34658"
"""A little more than half the logarithm of 2."""

ENTRIES: tuple[Entry, ...] = (
    Number("LN2", lambda: log(2), 2, "The logarithm of 2, cut in two."),
    Number("LOG2_E", lambda: 1 / log(2), 1, "How many doublings `e` is."),
    Fit(
        "EXP_CUBIC", lambda r: (expm1(r) - r - r**2 / 2) / r**3, (f"-{HALF_LN2}", HALF_LN2), (9, 4),
        "`(exp(r) - 1 - r - r**2 / 2) / r**3` within half a doubling, the error weighted by `r**3 / exp(r)`.",
        weight=lambda r: abs(r**3) / exp(r),
    ),
)  # fmt: skip
