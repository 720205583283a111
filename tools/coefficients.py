"""Derive the polynomials of the elementary functions: `python -m tools.coefficients [family ...] [--write]`.

Every polynomial is declared in a file of `tools/fits/`; this makes the file of the same name in `staticgraph/gates/coefficients/`, or
without `--write` prints it. Each polynomial says how far it is from its function.
"""

import importlib
import sys
from pathlib import Path
from typing import Any

import mpmath

from .entries import Entry, Fit, Number, Pieces, Table, rounded
from .minimax import error, fit

FAMILIES = (
    "exponential", "logarithm", "hyperbolic", "trigonometric", "normal", "gamma", "inverse_normal", "bessel", "roots", "inverse_hyperbolic",
)  # fmt: skip
TARGET = Path(__file__).parent.parent / "staticgraph" / "gates" / "coefficients"
DIGITS = 60
FORMATS = ("float64", "float32")
FULL = (53, 24)


def derive(entry: Entry) -> dict[str, list[float]]:
    """Return the numbers of an entry for each format."""
    if isinstance(entry, Number):
        return {kind: _parts(entry.value(), entry.parts, kind, bits) for kind, bits in zip(FORMATS, entry.bits, strict=True)}
    if isinstance(entry, Table):
        return {
            kind: [part for value in entry.values(kind) for part in _parts(value, entry.parts, kind, bits)]
            for kind, bits in zip(FORMATS, FULL, strict=True)
        }
    if isinstance(entry, Pieces):
        return {"float64": [], "float32": entry.tables()}
    return {kind: _fitted(entry, degree, kind) for kind, degree in zip(FORMATS, entry.degrees, strict=True)}


def _fitted(entry: Fit, degree: int | None, kind: str) -> list[float]:
    if degree is None:
        return []
    return fit(entry.function, entry.interval, degree, weight=entry.weight, rounding=kind, fixed=entry.fixed)


def _parts(value: Any, count: int, kind: str, bits: int) -> list[float]:
    with mpmath.workprec(bits):
        parts = [float(+value)]
    while len(parts) < count:
        parts.append(rounded(value - mpmath.fsum(parts), kind))
    return parts


def largest_error(entry: Fit, coefficients: list[float]) -> float:
    """Return the largest weighted error, as a power of two."""
    return float(mpmath.log(error(coefficients, entry.function, entry.interval, weight=entry.weight), 2))


def text(family: str, entries: tuple[Entry, ...]) -> str:
    """Return the file of a family."""
    lines = [f'"""Numbers of the {family} kernels, made by `python -m tools.coefficients {family} --write`."""', ""]
    lines += ["from ..formats import Constant", ""]
    for entry in entries:
        found = derive(entry)
        note = entry.note
        print(f"{entry.name} ...", file=sys.stderr)
        if isinstance(entry, Fit):
            errors = (largest_error(entry, found[kind]) for kind in FORMATS if found[kind])
            what = "Relative error" if entry.weight is None else "Weighted error"
            note += f" {what} {' and '.join(f'2**{each:.1f}' for each in errors)}."
        lines += [f"{entry.name} = Constant("]
        lines += [f"    ({' '.join(f'{each!r},' for each in found[kind])})," for kind in FORMATS]
        lines += [")", f'"""{note}"""', ""]
    return "\n".join(_folded(line) for line in lines).rstrip() + "\n"


def _folded(line: str) -> str:
    """Return a line broken at spaces where it is longer than 140 columns."""
    if len(line) <= 140:
        return line
    cut = line.rindex(" ", 0, 140)
    return line[:cut] + "\n" + _folded(("     " if line.startswith(" ") else "") + line[cut + 1 :])


def main(arguments: list[str]) -> None:
    """Derive the families that are named, or all."""
    mpmath.mp.dps = DIGITS
    for family in [each for each in arguments if not each.startswith("--")] or FAMILIES:
        made = text(family, importlib.import_module(f"tools.fits.{family}").ENTRIES)
        if "--write" in arguments:
            (TARGET / f"{family}.py").write_text(made, encoding="utf-8")
        else:
            print(made)


if __name__ == "__main__":
    main(sys.argv[1:])
