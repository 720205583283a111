"""The logarithms."""

from mpmath import log, log1p, mpf, nint

from ..entries import Entry, Fit, Number, Table, rounded

FACTORS = (
    11 / 8, 43 / 32, 41 / 32, 39 / 32, 19 / 16, 37 / 32, 35 / 32, 17 / 16, 33 / 32,
    1.0, 15 / 16, 57 / 64, 27 / 32, 51 / 64, 49 / 64, 23 / 32,
)  # fmt: skip
"""Multiples of 1 / 32 below 1 and of 1 / 64 above near the inverses of sixteen numbers, which differ by 1 / 32 and 1 / 16.

A number of an octave from 45 / 64 on, and so many bits as a format has, makes with its factor a product whose difference from 1 is exact.
"""
FACTORS_OF_AN_OCTAVE = (1.0, 15 / 16, *(float(nint(mpf(1024) / (33 + 2 * part)) / 32) for part in range(2, 13)), 35 / 64, 0.5, 0.5)
"""The same in float32, for sixteen parts of the octave from 1 on; a number just below 2 becomes one just below 1."""
NARROW, WIDE = ("-0.0342", "0.0333"), ("-0.0626", "0.0626")
"""Between which numbers the products less 1 lie, in float64 and in float32."""
LEAST_BIT = {"float64": 41, "float32": 16}
"""Multiples of this power of a half add to multiples of `LN2_CUT`, and to whole exponents, exactly."""


def _factors(kind: str) -> list[float]:
    return list(FACTORS_OF_AN_OCTAVE if kind == "float32" else FACTORS)


def _logs(base: int | None) -> tuple[Table, Table]:
    """Return the tables of the logarithms to a base, None for the natural one."""
    prefix, what = ("LOG", "natural logarithms") if base is None else (f"LOG{base}", f"logarithms to the base {base}")

    def logs(kind: str) -> list[mpf]:
        return [-log(factor) / (1 if base is None else log(base)) for factor in _factors(kind)]

    def cut(kind: str) -> list[mpf]:
        scale = mpf(2) ** LEAST_BIT[kind]
        return [nint(each * scale) / scale for each in logs(kind)]

    def low(kind: str) -> list[mpf]:
        return [each - mpf(rounded(high, kind)) for each, high in zip(logs(kind), cut(kind), strict=True)]

    return (
        Table(f"{prefix}S", cut, 1, f"The {what} of the factors' inverses, cut."),
        Table(f"{prefix}S_LOW", low, 1, "What they lack."),
    )


def _squares(name: str, unit: mpf) -> tuple[Fit, Fit]:
    """Return the polynomials of a logarithm in which that of `e` is `1 / unit`, for float64 and for float32."""
    over = "" if unit == 1 else f" over `log({name[3:]})`"

    def square(name: str, interval: tuple[str, str], degrees: tuple[int | None, int | None], note: str) -> Fit:
        return Fit(
            name, lambda r: (log1p(r) - r) / (r**2 * unit), interval, degrees, note, weight=lambda r: abs(r**2 * unit / log1p(r)),
        )  # fmt: skip

    note = f"`(log(1 + r) - r) / r**2`{over}, the error weighted by `r**2 / log(1 + r)`."
    return square(f"{name}_SQUARE", NARROW, (8, None), note), square(f"{name}_SQUARE_WIDE", WIDE, (None, 4), "The same in float32.")


ENTRIES: tuple[Entry, ...] = (
    Number("LN2_CUT", lambda: log(2), 2, "The logarithm of 2, cut in two; a whole exponent times the first part is exact.", bits=(41, 15)),
    Number("LOG10_2_CUT", lambda: log(2) / log(10), 2, "The logarithm of 2 to the base 10, cut likewise.", bits=(40, 15)),
    Number("ONE_OVER_LN2", lambda: 1 / log(2), 2, "What makes a natural logarithm one to the base 2."),
    Number("ONE_OVER_LN10", lambda: 1 / log(10), 2, "What makes a natural logarithm one to the base 10."),
    Table("FACTORS", _factors, 1, "Short numbers near the inverses of the middles of sixteen parts of an octave."),
    *_logs(None), *_logs(2), *_logs(10),
    *(fit for each in (("LOG", mpf(1)), ("LOG2", log(2)), ("LOG10", log(10))) for fit in _squares(*each)),
    Fit(
        "LOG_CUBIC", lambda r: (log1p(r) - r + r**2 / 2) / r**3, NARROW, (8, None),
        "`(log(1 + r) - r + r**2 / 2) / r**3`, the error weighted by `r**3 / log(1 + r)`.", weight=lambda r: abs(r**3 / log1p(r)),
    ),
    Fit(
        "LOG_CUBIC_WIDE", lambda r: (log1p(r) - r + r**2 / 2) / r**3, WIDE, (None, 4), "The same in float32.",
        weight=lambda r: abs(r**3 / log1p(r)),
    ),
)  # fmt: skip
