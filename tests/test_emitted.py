"""The code that rules become: the same bits whatever instructions it has, the bits of the rule on arrays, and no math library in it."""

import platform
import re

import numpy as np
import pytest
from ulps import combinations, same_bits

from staticgraph.gates import ELEMENTWISE, GATES
from staticgraph.gates.analysis import contributions, is_elementary
from tools.accuracy import NAMES
from tools.emit import INSTRUCTION_SETS, Emitted, runnable_sets
from tools.samples import ELEMENTS, draw

ELEMENTARY = [gate for gate in GATES.values() if gate.kind == ELEMENTWISE and is_elementary(gate)]
DTYPES = [np.float64, np.float32]
on_x86 = pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="compares instruction sets of x86-64")


def arguments(gate, dtype):
    """Return spicy values, and samples of the whole domain where there are some."""
    columns = combinations(dtype, gate.arity)
    if gate.name in NAMES and gate.name not in ELEMENTS:
        drawn = draw(gate.name, dtype, 4000, np.random.default_rng(gate.opcode))
        columns = [np.concatenate(pair) for pair in zip(columns, drawn, strict=True)]
    return columns


def backward(gate, number):
    """Return the rule of what one operand receives from an upstream gradient, as a function of lanes."""
    return lambda g, *operands: gate.contributions(g, gate.forward(*operands), *operands)[number]


def code_of(gate, dtype, processor=""):
    """Return the emitted value and contributions."""
    received = [number for number, each in enumerate(contributions(gate)) if each is not None]
    rules = [Emitted(gate.forward, gate.arity, dtype, processor)]
    return rules + [Emitted(backward(gate, number), gate.arity + 1, dtype, processor) for number in received]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("gate", ELEMENTARY, ids=lambda gate: gate.name)
def test_lanes_give_the_bits_of_arrays(gate, dtype):
    columns = [column[:600] for column in arguments(gate, dtype)]
    with np.errstate(all="ignore"):
        expected = gate.forward(*columns)
    assert same_bits(Emitted(gate.forward, gate.arity, dtype)(*columns), expected)


@on_x86
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("gate", ELEMENTARY, ids=lambda gate: gate.name)
def test_instruction_sets_give_the_same_bits(gate, dtype):
    columns = arguments(gate, dtype)
    upstream = np.resize(np.array([1.0, -0.75, 3.0], dtype), len(columns[0]))
    results = []
    for processor in runnable_sets():
        value, *received = code_of(gate, dtype, processor)
        results.append([value(*columns), *(each(upstream, *columns) for each in received)])
    for other in results[1:]:
        assert all(same_bits(one, two) for one, two in zip(results[0], other, strict=True))


@on_x86
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("gate", [gate for gate in GATES.values() if gate.kind == ELEMENTWISE], ids=lambda gate: gate.name)
def test_no_math_library_is_called(gate, dtype):
    """Neither by LLVM's intermediate code, whose intrinsics may become calls, nor by the assembly."""
    for emitted in code_of(gate, dtype, INSTRUCTION_SETS["AVX2"]):
        declared = re.findall(r"^declare .*? @([\w.]+)\(", emitted.code, re.MULTILINE)
        assert {name.split(".")[1] for name in declared if name.startswith("llvm.")} <= {"assume", "fabs", "fma", "is", "sqrt"}
        assert all(name.startswith("llvm.") for name in declared)
        named = set(re.findall(r"\$([A-Za-z_][\w.]*)|\b(?:call|jmp)q?\s+([A-Za-z_][\w.]*)", emitted.assembly))
        assert all("staticgraph" in name for pair in named for name in pair if name), named
