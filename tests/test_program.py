"""The instruction array: its layout, its proof, its listing, its rows. Every change that could mislead the machine is caught."""

import dataclasses

import numpy as np
import pytest

import staticgraph as sg
from staticgraph.gates import GATES, LAYOUT
from staticgraph.program.program import choose_lanes
from staticgraph.program.verify import verify
from staticgraph.records.instruction import (
    BY_VECTOR,
    CLEAR,
    FIRST,
    FLAT,
    GUARD,
    INSTRUCTION,
    MODE,
    PACKED,
    SOURCE,
    STRIDE,
    TARGET,
    Instruction,
)

FIELDS = ["opcode", "backward", "rows", "length", "columns", "out", "a", "b", "c", "gradient", "to_a", "to_b", "to_c"]
FIELDS += ["flags", "table", "reserved"]


def test_an_instruction_is_one_cache_line():
    assert INSTRUCTION.itemsize == 64
    assert list(INSTRUCTION.names) == list(Instruction._fields) == FIELDS
    assert {INSTRUCTION[name] for name in FIELDS} == {np.dtype(np.int32)}
    assert [CLEAR, *STRIDE, *FIRST, FLAT, GUARD, BY_VECTOR, PACKED] == [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512]


def network():
    w, b = sg.parameter("w", (4, 3)), sg.parameter("b", 4)
    x, t = sg.input("x", 3), sg.input("t")
    hidden = np.tanh(w @ x + np.exp(b))
    return np.square(np.sum(hidden[::-1] * hidden) - t) + np.linalg.norm(w)


def routed():
    x, y, z = sg.inputs("x y z")
    v = sg.input("v", (2, 3))
    return np.clip(x, y, z) * np.where(x > y, np.sqrt(x), z * x) + np.max(v, axis=1)[0] * np.sum(v * v[:, ::-1]) + v[0, 1] * v[1, 0]


def chain():
    x, y = sg.inputs("x y")
    return np.exp(x * y) / (x + y * y) - np.maximum(x, y) * x


def uniform():
    w, u = sg.parameter("w", 3), sg.parameter("u")
    return [np.sum(np.sin(w) * u), sg.logsumexp(w * w), sg.stack([w, w * u])[1:, ::-1]]


def several():
    x, w = sg.input("x", (2, 2)), sg.parameter("w", (2, 2))
    return [x @ w, w @ x, x @ x, x > w, x * w[0, 1], x[0], x, sg.constant(2.0) * 1]


def packed():
    x, a, b, c = sg.input("x", 3), sg.parameter("a", (4, 3)), sg.parameter("b", (2, 3)), sg.parameter("c", (3, 2))
    return [np.arange(12.0).reshape(4, 3) @ x + a @ x, np.sum(x @ (b * c.T).T), np.square(a @ x) * 2.5]


def accumulated():
    x, w = sg.input("x", (2, 3)), sg.parameter("w", 4)
    return [np.cumprod(x, axis=1) * np.maximum.accumulate(x), np.sum(np.cumsum(w) * x[0, 0])]


def repeated():
    x, w = sg.input("x", (3, 2)), sg.parameter("w", 2)
    return list(sg.scan(lambda c, each: (sg.fori(0, 3, lambda k, y: np.sin(y * w) * k, c)[::-1] + each, np.sum(c)), x[0] * 2.0, x))


MADE = (network, routed, chain, uniform, several, packed, accumulated, repeated)
PROGRAMS = {make.__name__: sg.compile(make()).program for make in MADE}
PLACES = [(name, position) for name, program in PROGRAMS.items() for position in range(len(program))]


def changed(program, position, **fields):
    """Return a program with other values in an instruction's fields."""
    instructions = program.instructions.copy()
    for field, value in fields.items():
        instructions[field][position] = value
    return dataclasses.replace(program, instructions=instructions)


def rejected(program):
    with pytest.raises(ValueError, match="invalid program"):
        verify(program)
    return True


@pytest.mark.parametrize("name", PROGRAMS)
def test_compiled_programs_are_valid_and_read_only(name):
    program = PROGRAMS[name]
    verify(program)
    assert program.instructions.dtype == INSTRUCTION
    assert len(program) == len(program.instructions) == len(program.origins)
    with pytest.raises(ValueError, match="read-only"):
        program.instructions["out"] = 0
    with pytest.raises(dataclasses.FrozenInstanceError):
        program.rows = 3


def test_the_programs_cover_every_kind_of_instruction():
    opcodes = {int(code) for program in PROGRAMS.values() for code in program.instructions["opcode"]}
    kinds = {gate.kind for gate in GATES.values() if gate.opcode in opcodes}
    assert kinds == {gate.kind for gate in GATES.values()}
    assert CLEAR in opcodes
    flags = np.bitwise_or.reduce(np.concatenate([program.instructions["flags"] for program in PROGRAMS.values()]))
    assert flags == sum((*STRIDE, *FIRST, FLAT, GUARD, BY_VECTOR, PACKED)) - STRIDE[2] - FIRST[2] + (flags & (STRIDE[2] | FIRST[2]))
    for field in FIELDS[:-1]:
        assert any(program.instructions[field].any() for program in PROGRAMS.values())


@pytest.mark.parametrize("value", [2**30, -(2**30), -1, 2**31 - 1, -(2**31)])
@pytest.mark.parametrize("field", FIELDS)
def test_numbers_out_of_range_are_caught_in_every_field(field, value):
    for name, position in PLACES:
        program = PROGRAMS[name]
        instruction = program.instructions[position]
        if value == -1 and field in ("a", "b", "c", "to_a", "to_b", "to_c") and position >= program.prologue and instruction[field]:
            continue  # `~0`: the first uniform row, or the first accumulator
        if instruction[field] == value or (value == -1 and field in ("a", "b", "c")):
            continue
        assert rejected(changed(program, position, **{field: value})), (name, position)


@pytest.mark.parametrize("field", FIELDS)
def test_the_next_number_is_caught_where_it_means_nothing(field):
    """An unused field is 0; one more or less of a size, a row or a gradient somewhere leaves the program inconsistent."""
    caught = 0
    for name, position in PLACES:
        program = PROGRAMS[name]
        for step in (1, -1):
            try:
                verify(changed(program, position, **{field: int(program.instructions[field][position]) + step}))
            except ValueError as error:
                assert "invalid program" in str(error)
                caught += 1
    assert caught >= (1.99 if field in ("reserved", "columns") else 0.6) * len(PLACES)


@pytest.mark.parametrize("name, position", PLACES)
def test_a_missing_instruction_is_caught(name, position):
    """Its value is read, or its gradient is passed on; where its row held another value before, the outputs are not what they were."""
    program = PROGRAMS[name]
    prologue = program.prologue - (position < program.prologue)
    instructions, origins = np.delete(program.instructions, position), program.origins[:position] + program.origins[position + 1 :]
    assert rejected(dataclasses.replace(program, instructions=instructions, origins=origins, prologue=prologue))


@pytest.mark.parametrize("name", ["chain", "network", "routed"])
def test_reading_before_writing_is_caught(name):
    program = PROGRAMS[name]
    order = np.arange(len(program))
    first, last = (program.prologue, len(program)) if program.prologue < len(program) - 1 else (0, program.prologue)
    order[first:last] = order[first:last][::-1]
    assert rejected(dataclasses.replace(program, instructions=program.instructions[order]))


def test_adding_to_a_gradient_that_was_not_written_is_caught():
    caught = 0
    for name, position in PLACES:
        program = PROGRAMS[name]
        for bit in FIRST:
            if program.instructions["flags"][position] & bit:
                assert rejected(changed(program, position, flags=program.instructions["flags"][position] & ~bit))
                caught += 1
    assert caught > 10


def test_passing_on_a_gradient_that_is_not_complete_is_caught():
    for name, position in PLACES:
        program = PROGRAMS[name]
        if program.instructions["backward"][position] and program.instructions["opcode"][position] != CLEAR:
            written = {int(row) for field in ("to_a", "to_b", "to_c") for row in program.instructions[field] if row >= 0}
            spare = program.rows + 1 if position >= program.prologue else program.uniforms + 1
            assert written
            grown = dataclasses.replace(program, rows=program.rows + 200, uniforms=program.uniforms + 200)
            verify(grown)
            assert rejected(changed(grown, position, gradient=spare))


def test_overwriting_what_backward_reads_is_caught():
    x, y = sg.inputs("x y")
    program = sg.compile(np.exp(x * y) * np.exp(x + y)).program
    verify(program)
    values = [position for position in range(len(program)) if GATES["exp"].opcode == program.instructions["opcode"][position]]
    first, second = values
    taken = int(program.instructions["out"][first])
    replaced = changed(program, second, out=taken)
    last = len(program) - 1
    assert rejected(changed(replaced, last, b=taken)) or rejected(changed(replaced, last, a=taken))


def test_overwriting_an_operand_that_backward_reads_is_caught():
    x, y = sg.inputs("x y")
    program = sg.compile(np.sin(x) * y + np.sin(y)).program
    code, out = program.instructions["opcode"].tolist(), program.instructions["out"].tolist()
    first, second = (position for position in range(len(program)) if code[position] == GATES["sin"].opcode)
    product, total = code.index(GATES["multiply"].opcode), code.index(GATES["add"].opcode)
    if first > product:
        first, second = second, first
    assert first < product < second < total
    field = "a" if program.instructions["a"][total] == out[second] else "b"
    assert rejected(changed(changed(program, second, out=out[first]), total, **{field: out[first]}))


@pytest.mark.parametrize("name, column, value", [
    (name, column, value) for name in ("network", "routed", "uniform") for column in (SOURCE, TARGET, MODE)
    for value in (2**30, -(2**30), 7)
])  # fmt: skip
def test_every_entry_of_the_layout_table_is_checked(name, column, value):
    program = PROGRAMS[name]
    layout = [gate.opcode for gate in GATES.values() if gate.kind == LAYOUT]
    assert len(program.table) == program.instructions["rows"][np.isin(program.instructions["opcode"], layout)].sum() > 0
    if column != MODE and value == 7:
        return
    for entry in range(len(program.table)):
        table = program.table.copy()
        table[entry, column] = value
        if column == TARGET and not table[entry, MODE]:
            continue
        assert rejected(dataclasses.replace(program, table=table))


def test_what_is_packed_is_no_row_and_no_row_is_packed():
    program = PROGRAMS["packed"]
    assert len(program.packed) == 12
    assert program.elements == 24
    assert [leaf.packed for leaf in program.parameters] == [True, False, False]
    for position in range(len(program)):
        flags = program.instructions["flags"][position]
        # A product may read rows and elements of these numbers: it would be another program, and a valid one.
        if program.instructions["opcode"][position] != GATES["matmul"].opcode:
            assert rejected(changed(program, position, flags=flags ^ PACKED))
    for number, leaf in enumerate(program.parameters):
        leaves = list(program.parameters)
        leaves[number] = dataclasses.replace(leaf, packed=not leaf.packed)
        assert rejected(dataclasses.replace(program, parameters=tuple(leaves)))
    assert rejected(dataclasses.replace(program, inputs=tuple(dataclasses.replace(leaf, packed=True) for leaf in program.inputs)))
    assert rejected(dataclasses.replace(program, packed=program.packed[:-1]))
    assert rejected(dataclasses.replace(program, uniforms=program.packed_rows - 1))
    first = dataclasses.replace(program.parameters[1], row=0)
    assert rejected(dataclasses.replace(program, parameters=(program.parameters[0], first, program.parameters[2])))


LEAF_LISTS = ["inputs", "parameters", "outputs", "shared"]


@pytest.mark.parametrize("name", PROGRAMS)
def test_sizes_and_places_beside_the_instructions_are_checked(name):
    program = PROGRAMS[name]
    size = len(program)
    changes = [{"prologue": -1}, {"prologue": size + 1}, {"lanes": 0}, {"lanes": -16}, {"lanes": 7}, {"rows": program.rows - 1}]
    changes += [{"rows": -1}] + ([{"uniforms": program.uniforms - 1}] if program.uniforms else [])
    changes += [{"slots": program.slots - 1}] if program.slots else []
    changes += [{"table": program.table[:-1]}] if len(program.table) else []
    changes += [{"elements": program.elements - 1}] if program.elements else []
    changes += [{"elements": program.elements + 16}] if program.uniforms else []
    for each in changes:
        assert rejected(dataclasses.replace(program, **each)), each
    for attribute in LEAF_LISTS:
        for number, record in enumerate(getattr(program, attribute)):
            for field in ("row", "gradient", "slot", "size"):
                for value in (2**30, -5):
                    if getattr(record, field, None) is not None:
                        records = list(getattr(program, attribute))
                        records[number] = dataclasses.replace(record, **{field: value})
                        assert rejected(dataclasses.replace(program, **{attribute: tuple(records)})), (attribute, field, value)


def test_the_listing_shows_the_users_names_and_shapes():
    position, matrix = sg.input("position", (2, 3)), sg.parameter("matrix", (4, 2))
    program = sg.compile(np.tanh(matrix @ position), [position, matrix]).program
    text = str(program)
    for word in ("position", "matrix", "tanh", "@", "(4, 3)"):
        assert word in text
    for program in PROGRAMS.values():
        lines = str(program).splitlines()
        assert len(program) <= len(lines) <= len(program) + 8
        assert all(line == line.rstrip() and len(line) < 200 for line in lines)


@pytest.mark.parametrize("length", [50, 500])
def test_values_that_backward_does_not_read_give_their_rows_back(length):
    x = node = sg.input("x")
    for _ in range(length):
        node = node * 1.5 + 0.25
    program = sg.compile(node).program
    assert len(program) == 2 * length
    assert program.rows <= 6
    for _ in range(length):
        node = np.sin(node)
    forward = sg.compile([node], [x]).program
    assert length < forward.rows <= length + 8


@pytest.mark.parametrize(
    ("rows", "dtype", "lanes"),
    [
        (0, np.float64, 1024), (2, np.float64, 512), (3, np.float64, 512), (5, np.float64, 256), (13, np.float64, 128),
        (5000, np.float64, 128), (10_000, np.float64, 64), (2, np.float32, 1024), (10**7, np.float32, 16),
    ],
)  # fmt: skip
def test_the_fewer_the_rows_the_more_lanes(rows, dtype, lanes):
    assert choose_lanes(rows, np.dtype(dtype), instructions=max(1, rows)) == lanes


def test_long_strips_have_fewer_lanes():
    assert choose_lanes(5000, np.dtype(float), instructions=78) == 16
    assert choose_lanes(5000, np.dtype(float), instructions=79) == 128


def test_a_tile_may_be_as_large_as_its_accumulators():
    assert choose_lanes(2600, np.dtype(float), instructions=6, slots=512 * 512) == 512
    assert choose_lanes(2600, np.dtype(float), instructions=6, slots=64 * 64) == 32


def test_all_programs_that_sum_over_rows_have_the_same_lanes():
    x, y = sg.inputs("x y")
    f = sg.compile(np.hypot(x, y) * x)
    assert f.program.lanes > 128
    f(np.ones(3), np.ones(3))
    f.grad(np.ones(3), np.ones(3), wrt="y")
    assert {plan.executor.program.lanes for asked, plan in f._plans.items() if asked is not None} == {f.program.lanes}
    assert len(f._plans) == 3
