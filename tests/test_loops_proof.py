"""What `verify` asks of loops: whatever their records say, kernels stay within the rows, and steps find what they read."""

import dataclasses

import pytest
from loops import CASES

import staticgraph as sg
from staticgraph.program.verify import verify
from staticgraph.records.loop import NONE

PROGRAMS = {name: sg.compile(*make(True), engine="interpreter").program for name, make in CASES.items()}
FAR = {"large": 2**30, "negative": -(2**30), "largest": 2**31 - 1, "nothing": NONE, "beyond 32 bits": 2**31, "a float": 1.0, "true": True}
UNREAD = {"upstream", "results.upstream"}
"""Nothing reads these where no gradient enters."""


def changes(loop, value):
    """Yield the loop with that value in each of its fields, and in each field of its parts."""
    for field in dataclasses.fields(loop):
        parts = getattr(loop, field.name)
        if not isinstance(parts, tuple):
            yield field.name, parts, dataclasses.replace(loop, **{field.name: value(parts)})
            continue
        for number, part in enumerate(parts):
            for inner in dataclasses.fields(part):
                old = getattr(part, inner.name)
                changed = dataclasses.replace(part, **{inner.name: value(old)})
                yield f"{field.name}.{inner.name}", old, dataclasses.replace(
                    loop, **{field.name: (*parts[:number], changed, *parts[number + 1 :])}
                )


def with_loop(program, number, loop):
    return dataclasses.replace(program, loops=(*program.loops[:number], loop, *program.loops[number + 1 :]))


def refused(program):
    try:
        verify(program)
    except ValueError as error:
        assert "invalid program" in str(error)
        return True
    return False


@pytest.mark.parametrize("name", PROGRAMS)
def test_compiled_loops_are_valid(name):
    verify(PROGRAMS[name])


@pytest.mark.parametrize("far", FAR)
def test_numbers_out_of_range_are_caught_in_every_field(far):
    for program in PROGRAMS.values():
        for number, loop in enumerate(program.loops):
            for field, old, changed in changes(loop, lambda _: FAR[far]):
                if type(old) is type(FAR[far]) and old == FAR[far]:
                    continue
                nowhere = far == "nothing" and field in ("target", "slices.target")  # a gradient that nobody receives
                unread = field in UNREAD and type(FAR[far]) is int and FAR[far] < 2**31 and not loop.size
                assert refused(with_loop(program, number, changed)) or nowhere or unread, (field, old)


def test_the_next_number_is_mostly_caught():
    """One more or less of a row leaves another one that holds a value, sometimes; of a size or a length it never fits."""
    caught, tried, sizes = 0, 0, {"first", "last", "count", "size", "spacing", "slices.size", "results.size", "outers.size", "result"}
    for program in PROGRAMS.values():
        for number, loop in enumerate(program.loops):
            for step in (-1, 1):
                for field, _, changed in changes(loop, lambda old, step=step: old + step):
                    found = refused(with_loop(program, number, changed))
                    caught, tried = caught + found, tried + 1
                    assert found or field not in sizes or field == "slices.size", field
    assert caught > 0.7 * tried


def test_regions_belong_to_one_instruction_each():
    program = PROGRAMS["nested"]
    loops = program.loops
    assert refused(dataclasses.replace(program, loops=loops[:1]))
    assert refused(dataclasses.replace(program, loops=(*loops, loops[-1])))
    assert refused(dataclasses.replace(program, loops=loops[::-1]))
    assert refused(dataclasses.replace(program, main=program.main - 1))
    assert refused(dataclasses.replace(program, loops=(loops[0], loops[0])))


def changed_region(program, field, value):
    """Yield programs with another value in a field of an instruction of a region."""
    for position in range(program.main, len(program)):
        instructions = program.instructions.copy()
        if instructions[field][position] != value:
            instructions[field][position] = value
            yield dataclasses.replace(program, instructions=instructions)


@pytest.mark.parametrize("field", ["out", "gradient", "to_a", "to_b"])
def test_a_region_writes_its_own_rows_alone(field):
    """Row 0 is that of a leaf of the body."""
    program = PROGRAMS["pendulum"]
    assert program.loops[0].begin > 0
    for changed in changed_region(program, field, 0):
        assert refused(changed)
    for changed in changed_region(program, "to_a", -1):
        assert refused(changed)


def test_an_instruction_that_is_lost_is_missed():
    for program in PROGRAMS.values():
        for position in range(program.main, len(program)):
            instructions = program.instructions.copy()
            if instructions["opcode"][position]:
                instructions["opcode"][position] = 0
                assert refused(dataclasses.replace(program, instructions=instructions))
