"""The exponentials."""

from mpmath import exp, log, mpf

from ..entries import Entry, Fit, Number

LN2_2 = "0.3467"

ENTRIES: tuple[Entry, ...] = (
    Number("LN2", lambda: log(2), 2, "The logarithm of 2, cut in two."),
    Number("LOG2_E", lambda: 1 / log(2), 1, "How many doublings `e` is."),
    Fit("EXP", exp, (f"-{LN2_2}", LN2_2), (11, 6), "`exp(r)` within half a doubling.", fixed=(1.0, 1.0)),
    Fit("EXP2", lambda x: mpf(2) ** x, ("-0.5", "0.5"), (12, 6), "`2 ** r`.", fixed=(1.0,)),
)
