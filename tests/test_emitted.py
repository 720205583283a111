"""The code that rules become: the same bits whatever instructions it has, the bits of the rule on arrays, and no math library in it."""

import platform
import re
from functools import cache

import numpy as np
import pytest
from ulps import combinations, same_bits

from staticgraph.gates import ELEMENTWISE, GATES
from staticgraph.gates.analysis import contributions
from tools.accuracy import NAMES
from tools.emit import INSTRUCTION_SETS, Emitted, runnable_sets
from tools.samples import ELEMENTS, draw

ELEMENTWISE_GATES = [gate for gate in GATES.values() if gate.kind == ELEMENTWISE]
DTYPES = [np.float64, np.float32]
on_x86 = pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="compares instruction sets of x86-64")


def named(gate_and_dtype):
    gate, dtype = gate_and_dtype
    return f"{gate.name}-{dtype.__name__}"


def arguments(gate, dtype):
    """Return spicy values, and samples of the whole domain where there are some."""
    columns = combinations(dtype, gate.arity)
    if gate.name in NAMES and gate.name not in ELEMENTS:
        drawn = draw(gate.name, dtype, 4000, np.random.default_rng(gate.opcode))
        columns = [np.concatenate(pair) for pair in zip(columns, drawn, strict=True)]
    return columns


@pytest.fixture(scope="module", params=[(gate, dtype) for gate in ELEMENTWISE_GATES for dtype in DTYPES], ids=named)
def emitted(request):
    """A gate, a dtype, and what its value and all contributions become together on a processor, once for all tests of the gate."""
    gate, dtype = request.param
    received = [number for number, each in enumerate(contributions(gate)) if each is not None]

    def rule(g, *operands):
        value = gate.forward(*operands)
        made = gate.contributions(g, value, *operands)
        return [value, *(made[number] for number in received)]

    return gate, dtype, cache(lambda processor: Emitted(rule, gate.arity + 1, dtype, processor, results=1 + len(received)))


def test_lanes_give_the_bits_of_arrays(emitted):
    gate, dtype, on = emitted
    columns = [column[:600] for column in arguments(gate, dtype)]
    with np.errstate(all="ignore"):
        expected = gate.forward(*columns)
    value, *_ = on(next(iter(runnable_sets()), ""))(np.ones(len(columns[0])), *columns)
    assert same_bits(value, np.asarray(expected).astype(dtype))


@on_x86
def test_instruction_sets_give_the_same_bits(emitted):
    """The best set of this processor beside one of the others: of each gate, all of them, as they take turns with the dtype."""
    gate, dtype, on = emitted
    columns = arguments(gate, dtype)
    upstream = np.resize(np.array([1.0, -0.75, 3.0], dtype), len(columns[0]))
    best, *others = runnable_sets()
    turn = gate.opcode + DTYPES.index(dtype)
    sets = [best, *([others[turn % len(others)]] if others else [])]
    first, *rest = (on(processor)(upstream, *columns) for processor in sets)
    for other in rest:
        assert all(same_bits(one, two) for one, two in zip(first, other, strict=True))


@on_x86
def test_no_math_library_is_called(emitted):
    """Neither by LLVM's intermediate code, whose intrinsics may become calls, nor by the assembly."""
    _, _, on = emitted
    made = on(next(iter(runnable_sets()), INSTRUCTION_SETS["AVX2"]))
    declared = re.findall(r"^declare .*? @([\w.]+)\(", made.code, re.MULTILINE)
    assert {name.split(".")[1] for name in declared if name.startswith("llvm.")} <= {"assume", "copysign", "fabs", "fma", "is", "sqrt"}
    assert all(name.startswith("llvm.") for name in declared)
    named = set(re.findall(r"\$([A-Za-z_][\w.]*)|\b(?:call|jmp)q?\s+([A-Za-z_][\w.]*)", made.assembly))
    assert all("staticgraph" in name for pair in named for name in pair if name), named
