"""The committed numbers of the kernels are those that `tools/coefficients.py` derives; the long fits are left to its command."""

import importlib

import mpmath
import pytest

from tools.coefficients import DIGITS, FAMILIES, FORMATS, TARGET, derive, text
from tools.entries import Fit, Pieces

MOST_TERMS = 6
ENTRIES = [
    (family, entry) for family in FAMILIES for entry in importlib.import_module(f"tools.fits.{family}").ENTRIES
    if not isinstance(entry, Pieces)
]  # fmt: skip


@pytest.mark.parametrize(("family", "entry"), ENTRIES, ids=lambda each: getattr(each, "name", each))
def test_derived_again(family, entry):
    committed = getattr(importlib.import_module(f"staticgraph.gates.coefficients.{family}"), entry.name)
    if isinstance(entry, Fit):
        entry = entry._replace(degrees=tuple(None if degree is None or degree > MOST_TERMS else degree for degree in entry.degrees))
    with mpmath.workdps(DIGITS):
        found = derive(entry)
    for kind, numbers in zip(FORMATS, committed, strict=True):
        assert not found[kind] or tuple(found[kind]) == numbers


def test_every_committed_file_has_a_family():
    assert {path.stem for path in TARGET.glob("*.py")} - {"__init__"} == set(FAMILIES)


def test_the_file_of_a_family():
    entries = tuple(entry for family, entry in ENTRIES if family == "exponential" and not isinstance(entry, Fit))
    with mpmath.workdps(DIGITS):
        made = text("exponential", entries)
    assert made in (TARGET / "exponential.py").read_text(encoding="utf-8") + "\n"
