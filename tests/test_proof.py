"""What `verify` asks of a program as a whole: arrays that the machine can read, sizes that it can count to, outputs that are its own."""

import dataclasses
import re
import time

import numpy as np
import pytest

import staticgraph as sg
from staticgraph.gates import GATES
from staticgraph.lowering.lowering import lower, own_outputs
from staticgraph.nodes.leaves import check_leaves
from staticgraph.program.runs import joined, of_both_kinds, runs
from staticgraph.program.verify import verify
from staticgraph.records.instruction import ACCUMULATE, MODE, STORE

x, w = sg.input("x", (4, 3)), sg.parameter("w", 3)
OUTPUTS = [x.T[:, ::-1] * 1.5, x @ np.arange(6.0).reshape(3, 2), np.sum(x[::-1] * w), np.exp(np.array([1.0, 2.0, 3.0]) * w), x]
PROGRAM = sg.compile(OUTPUTS).program


WRONG_FORMS = {
    "table as int64": dict(table=PROGRAM.table.astype(np.int64)),
    "table Fortran-ordered": dict(table=np.asfortranarray(PROGRAM.table)),
    "table big-endian": dict(table=PROGRAM.table.astype(">i4")),
    "table every second row": dict(table=np.repeat(PROGRAM.table, 2, axis=0)[::2]),
    "table with four columns": dict(table=np.c_[PROGRAM.table, PROGRAM.table[:, :1]]),
    "table flat": dict(table=PROGRAM.table.ravel()),
    "instructions big-endian": dict(instructions=PROGRAM.instructions.astype(PROGRAM.instructions.dtype.newbyteorder(">"))),
    "instructions every second": dict(instructions=np.repeat(PROGRAM.instructions, 2)[::2]),
    "instructions as words": dict(instructions=PROGRAM.instructions.view(np.int32)),
    "instructions in a matrix": dict(instructions=PROGRAM.instructions[:, None]),
    "instructions not aligned": dict(
        instructions=np.frombuffer(b"\0" + PROGRAM.instructions.tobytes(), np.uint8)[1:].view(PROGRAM.instructions.dtype)
    ),
    "constants big-endian": dict(constants=PROGRAM.constants.astype(">f8")),
    "constants float16": dict(constants=PROGRAM.constants.astype(np.float16)),
    "constants int64": dict(constants=PROGRAM.constants.astype(np.int64)),
    "constants every second": dict(constants=np.repeat(PROGRAM.constants, 2)[::2]),
    "packed of another dtype": dict(packed=PROGRAM.packed.astype(np.float16)),
    "packed every second": dict(packed=np.repeat(PROGRAM.packed, 2)[::2]),
    "constants in a matrix": dict(constants=PROGRAM.constants[None]),
    **{f"{name} as a {type(value).__name__}": {name: value} for name in ("prologue", "rows", "uniforms", "slots", "elements", "lanes")
       for value in (float(getattr(PROGRAM, name)), np.int64(getattr(PROGRAM, name)), True, None)},
    **{f"{name} of 2**31": {name: 2**31} for name in ("prologue", "rows", "uniforms", "slots", "elements", "lanes")},
    "a leaf's row as a float": dict(inputs=(dataclasses.replace(PROGRAM.inputs[0], row=float(PROGRAM.inputs[0].row)),)),
    "a leaf's row beyond 64 bits": dict(inputs=(dataclasses.replace(PROGRAM.inputs[0], row=2**64),)),
    "a leaf's size that overflows": dict(inputs=(dataclasses.replace(PROGRAM.inputs[0], row=2**62, size=2**62 + 2**61),)),
}  # fmt: skip


@pytest.mark.parametrize("change", WRONG_FORMS)
def test_what_the_machine_cannot_read_is_refused(change):
    assert len(PROGRAM.table)
    assert len(PROGRAM.constants)
    assert len(PROGRAM.packed)
    with pytest.raises(ValueError, match="invalid program") as caught:
        verify(dataclasses.replace(PROGRAM, **WRONG_FORMS[change]))
    (name,) = WRONG_FORMS[change]
    assert re.search(r"leaf" if name == "inputs" else name, str(caught.value))


def test_all_arrays_of_a_program_are_read_only():
    for array in (PROGRAM.instructions, PROGRAM.table, PROGRAM.packed, PROGRAM.constants):
        while array is not None:
            assert not array.flags.writeable
            array = array.base


@pytest.mark.parametrize("name", ["sum_", "matmul"])
def test_sizes_whose_product_overflows_are_refused(name):
    """2**30 * 2**30 * 16 is 0 in 64 bits."""
    v, m = sg.input("v", (2, 4, 4)), sg.input("m", (4, 4))
    program = sg.compile(np.sum(v, axis=1) if name == "sum_" else m @ m).program
    opcode = next(gate.opcode for gate in GATES.values() if gate.name == name.rstrip("_"))
    (position,) = np.flatnonzero(program.instructions["opcode"] == opcode)
    for lengths in ((2**30, 2**30, 16), (16, 2**30, 2**30), (2**30, 16, 2**30)):
        instructions = program.instructions.copy()
        instructions["rows"][position], instructions["length"][position], instructions["columns"][position] = lengths
        with pytest.raises(ValueError, match="invalid program"):
            verify(dataclasses.replace(program, instructions=instructions))


def test_an_output_holds_the_value_of_its_own_instruction():
    for number, output in enumerate(PROGRAM.outputs):
        for instruction in range(len(PROGRAM)):
            outputs = list(PROGRAM.outputs)
            outputs[number] = dataclasses.replace(output, instruction=instruction)
            changed = dataclasses.replace(PROGRAM, outputs=tuple(outputs))
            if instruction == output.instruction:
                verify(changed)
            else:
                with pytest.raises(ValueError, match="field 'output'"):
                    verify(changed)


def test_blocks_that_overlap_are_joined():
    first, ends = joined(np.array([5, 0, 7, 2, 20, 20]), np.array([1, 3, 2, 1, 4, 2]))
    assert first.tolist() == [0, 5, 7, 20]
    assert ends.tolist() == [3, 6, 9, 24]
    nothing = np.zeros(0, np.int64)
    assert [len(each) for each in joined(nothing, nothing)] == [0, 0]


def test_rows_are_checked_in_runs():
    """Two owners; the first reads rows 3, 4, 5 in any order and one of them twice, 9 and, as another kind, 6."""
    rows, owner = np.array([5, 3, 9, 4, 4, 6, 0, 1]), np.array([7, 7, 7, 7, 7, 7, 8, 8])
    kind = np.array([0, 0, 0, 0, 0, 1, 1, 1])
    assert [each.tolist() for each in runs(rows, owner, kind)] == [[3, 9, 6, 0], [3, 1, 1, 2], [7, 7, 7, 8], [0, 0, 1, 1]]
    nothing = np.zeros(0, np.int64)
    assert [len(each) for each in runs(nothing, nothing, nothing)] == [0] * 4


def test_rows_of_both_kinds_are_told():
    rows, owner, kind = np.array([2, 1, 2, 2, 1, 1]), np.array([5, 5, 5, 6, 6, 6]), np.array([True, True, False, True, False, False])
    assert of_both_kinds(rows, owner, kind).tolist() == [True, False, True, False, False, False]
    assert len(of_both_kinds(rows[:0], owner[:0], kind[:0])) == 0


def test_adding_to_a_gradient_before_it_is_stored_is_refused():
    """The entries of one instruction count in their order: the first that reaches an element stores, the others add."""
    v = sg.input("v", 3)
    program = sg.compile(np.sum(np.sin(v)[[2, 0, 2, 1, 2]] ** 2)).program
    stores = program.table[:, MODE].tolist()
    assert stores == [STORE, STORE, ACCUMULATE, STORE, ACCUMULATE]
    table = program.table.copy()
    table[0, MODE], table[4, MODE] = ACCUMULATE, STORE
    with pytest.raises(ValueError, match="does not hold a gradient"):
        verify(dataclasses.replace(program, table=table))


def test_lowering_does_not_walk_the_elements_of_a_leaf():
    """Ten million of them: each copy of their numbers would be 80 MB, and some seconds are enough."""
    big, p = sg.input("big", 10**7), sg.parameter("p", 10**7)
    f = sg.compile(np.sum(np.sin(big) * p) + np.sum(big[5:] * p[:-5]))
    started = time.process_time()
    program = lower(f.graph, np.float64, [id(big), id(p)])
    assert time.process_time() - started < 4.0
    assert [leaf.size for leaf in (*program.inputs, *program.parameters)] == [10**7] * 2


def test_many_leaves_and_outputs_take_time_by_their_number():
    """Each was compared with all before it once, which took ten seconds and more."""
    leaves = [sg.input(f"v{number}") for number in range(20_000)]
    outputs = [leaf * 2.0 for leaf in leaves]
    started = time.process_time()
    check_leaves(leaves, leaves)
    own = own_outputs(outputs)
    assert time.process_time() - started < 1.0
    assert list(map(id, own)) == list(map(id, outputs))
