"""The exponentials."""

from mpmath import expm1, log, mpf

from ..entries import Entry, Fit, Number, Table, rounded

STEPS = 16
HALF_STEP = "0.02167"
"""A little more than half a sixteenth of the logarithm of 2."""


def _powers(kind: str) -> list[mpf]:
    return [mpf(2) ** (mpf(step) / STEPS) for step in range(STEPS)]


def _powers_low(kind: str) -> list[mpf]:
    return [power / rounded(power, kind) - 1 for power in _powers(kind)]


ENTRIES: tuple[Entry, ...] = (
    Number("LN2_STEP", lambda: log(2) / STEPS, 2, "A sixteenth of the logarithm of 2, cut in two."),
    Number("STEPS_OF_E", lambda: STEPS / log(2), 1, "How many sixteenths of a doubling `e` is."),
    Table("POWERS", _powers, 1, "The powers of 2 to every sixteenth."),
    Table("POWERS_LOW", _powers_low, 1, "By which parts of themselves those numbers are less than the powers."),
    Fit(
        "EXP_SQUARE", lambda r: (expm1(r) - r) / r**2, (f"-{HALF_STEP}", HALF_STEP), (5, 2),
        "`(exp(r) - 1 - r) / r**2` within half a sixteenth of a doubling, the error weighted by `r`.", weight=abs,
    ),
    Fit(
        "EXP_TAIL", lambda r: (expm1(r) - r) / r**2, (f"-{HALF_STEP}", HALF_STEP), (4, 1),
        "The same where it is added to 1, the error weighted by the square of `r`.", weight=lambda r: r**2,
    ),
    Fit(
        "EXP2_LINEAR", lambda r: expm1(r * log(2)) / r, ("-0.03126", "0.03126"), (5, 2),
        "`(2**r - 1) / r` there, the error weighted by `r`.", weight=abs,
    ),
)  # fmt: skip
