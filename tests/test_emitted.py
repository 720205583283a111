"""The code that rules become: the bits of the rule on arrays, whatever instructions it has, and no math library in it."""

import platform
import re

import numpy as np
import pytest
from ulps import combinations, same_bits

from staticgraph.gates import ELEMENTWISE, GATES
from staticgraph.gates.analysis import contributions
from staticgraph.gates.formats import format_of
from staticgraph.gates.primitives import bits, of_sixteen
from staticgraph.kinds import KINDS
from staticgraph.lanes import permuting
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
        drawn = draw(gate.name, dtype, 1500, np.random.default_rng(gate.opcode))
        columns = [np.concatenate(pair) for pair in zip(columns, drawn, strict=True)]
    return columns


@pytest.fixture(scope="module", params=[(gate, dtype) for gate in ELEMENTWISE_GATES for dtype in DTYPES], ids=named)
def emitted(request):
    """A gate, a dtype, and what its value and all contributions become together, for one set of instructions: they take turns.

    A compilation takes a tenth of a second. What all sets are compared with are arrays, whose bits are the same everywhere.
    """
    gate, dtype = request.param
    received = [number for number, each in enumerate(contributions(gate)) if each is not None]
    sets = runnable_sets()

    def rule(g, *operands):
        value = gate.forward(*operands)
        made = gate.contributions(g, value, *operands)
        return [value, *(made[number] for number in received)]

    processor = sets[(gate.opcode + DTYPES.index(dtype)) % len(sets)] if sets else ""
    return gate, dtype, rule, Emitted(rule, gate.arity + 1, dtype, processor, results=1 + len(received))


def test_lanes_give_the_bits_of_arrays(emitted):
    gate, dtype, rule, made = emitted
    columns = arguments(gate, dtype)
    upstream = np.resize(np.array([1.0, -0.75, 3.0], dtype), len(columns[0]))
    with np.errstate(all="ignore"):
        expected = rule(upstream, *columns)
    for found, each in zip(made(upstream, *columns), expected, strict=True):
        assert same_bits(found, np.asarray(np.broadcast_to(each, found.shape)).astype(dtype))


@on_x86
def test_no_math_library_is_called(emitted):
    """Neither by LLVM's intermediate code, whose intrinsics may become calls, nor by the assembly; SSE2 lacks the fused multiply-add."""
    *_, made = emitted
    declared = re.findall(r"^declare .*? @([\w.]+)\(", made.code, re.MULTILINE)
    permutations = {f"llvm.x86.{name}" for name in permuting.NAMES.values()}
    instructions = {name.split(".")[1] for name in declared if name.startswith("llvm.") and name not in permutations}
    assert instructions <= {"assume", "copysign", "fabs", "fma", "is", "sqrt"}
    assert all(name.startswith("llvm.") for name in declared)
    if made.processor == INSTRUCTION_SETS["SSE2"]:
        return
    named = set(re.findall(r"\$([A-Za-z_][\w.]*)|\b(?:call|jmp)q?\s+([A-Za-z_][\w.]*)", made.assembly))
    assert all("staticgraph" in name for pair in named for name in pair if name), named


@on_x86
@pytest.mark.parametrize("dtype", DTYPES, ids=["double", "single"])
@pytest.mark.parametrize("processor", runnable_sets())
def test_tables_of_sixteen(processor, dtype):
    """Whatever permutation of registers takes their elements, and whatever else stands in the integer."""
    table, numbers = tuple(1.5**k for k in range(16)), np.arange(-40.0, 40.0)
    shifter = format_of(dtype(1.0)).shifter
    made = Emitted(lambda x: of_sixteen(table, bits(x + shifter)), 1, dtype, processor)
    assert same_bits(made(numbers), np.array(table, dtype)[numbers.astype(int) & 15])
    permutations = {"x86-64-v4": "vperm", "x86-64-v3": "vpermps" if dtype == np.float32 else "", "x86-64": ""}
    assert permutations[processor] in made.assembly
    assert ("vperm" in made.assembly) == bool(permutations[processor])


@on_x86
@pytest.mark.parametrize("dtype", DTYPES, ids=["double", "single"])
def test_kernels_of_two_vectors_take_tables_out_of_registers(dtype):
    """By loads, one after another, the interpreter took three times as long for functions of tables."""
    kernel = KINDS[ELEMENTWISE].forward_kernel(GATES["exp"], None)
    permutes = (permuting.best(), np.dtype(dtype).itemsize) in permuting.NAMES
    assert ("@llvm.x86.avx" in kernel.text(np.dtype(dtype)).replace('"', "")) == permutes
