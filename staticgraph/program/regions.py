"""The proof for loops: a step finds what it reads, whichever step it is, and changes nothing but its region's own rows.

Within a step the rows of its region are followed by themselves: what others hold was proved where the loop's instruction stands.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..kinds.kind import LIMIT
from ..records.instruction import MODE, SKIP, SOURCE, TARGET
from ..records.loop import NONE, LoopRecord
from .events import GRADIENT, HELD, NEED_GRADIENT, NEED_SAME, NEED_THIS, NEED_VALUE, NOTHING, UNCHANGED, Events
from .following import Checked, add_section, moments
from .program import Program
from .repeats import loop_instructions
from .runs import joined, ramp

Array = np.ndarray[Any, Any]
OWNED = -10
"""Less a loop's number: what its region's own rows hold between its forward and its backward pass."""
LOOP = "table"
"""The field of an instruction that names its loop."""


def add_loops(program: Program, checked: Checked, section: Events, tiles: dict[bool, Events], numbers: Array) -> None:
    """Add the events of the loops among the instructions of a section, and check their regions."""
    for number in loop_instructions(program):
        if numbers[0] <= number <= numbers[-1]:
            _add_loop(program, checked, section, tiles, number)


def _add_loop(program: Program, checked: Checked, section: Events, tiles: dict[bool, Events], number: int) -> None:
    """Add what a loop as a whole reads and writes: all the time, as its steps take turns."""
    index = int(checked.fields["table"][number])
    loop, backward = program.loops[index], checked.fields["backward"][number] != 0
    forward_moments, backward_moments = moments(len(program))
    start, back = forward_moments[number], backward_moments[number]
    first, sizes = _check_region(program, checked, section, tiles, number)
    arrays = [(each.array, each.size * loop.count) for each in loop.slices]
    for rows, counts, again in (_blocks([(loop.initial, loop.size)], False), _blocks(arrays, True), (first, sizes, True)):
        for where, chosen in ((section, rows >= 0), (tiles[False], rows < 0)):
            row = np.where(rows < 0, ~rows, rows)[chosen]
            seen = where.add(LOOP, row, counts[chosen], start, UNCHANGED, NEED_VALUE, number)
            if again:
                where.add(LOOP, row, counts[chosen], start + 3, UNCHANGED, NEED_SAME, number, seen)
                if backward:
                    where.add(LOOP, row, counts[chosen], back, UNCHANGED, NEED_SAME, number, seen)
    own, count = np.array([loop.begin]), loop.end - loop.begin
    section.add(LOOP, own, count, start + 2, OWNED - index)
    if backward:
        section.add(LOOP, own, count, back, UNCHANGED, NEED_THIS, number, OWNED - index)
        section.add(LOOP, own, count, back + 5, NOTHING)
        rows, counts, _ = _blocks([(row, size) for row, size in targets_of(loop) if row >= 0], False)
        section.add(LOOP, rows, counts, back + 1, UNCHANGED, NEED_GRADIENT, number)


def targets_of(loop: LoopRecord) -> list[tuple[int, int]]:
    """Return the rows that gradients are added to at last, or `~slot` of the accumulators, and how many they are."""
    found = [(loop.target, loop.size), *((each.target, each.size * loop.count) for each in loop.slices)]
    return [each for each in [*found, *((each.target, each.size) for each in loop.outers)] if each[0] != NONE]


def _blocks(blocks: Sequence[tuple[int, int]], again: bool) -> tuple[Array, Array, bool]:
    rows, counts = np.array(blocks, np.int64).reshape(-1, 2).T
    return rows, counts, again


def _check_region(program: Program, checked: Checked, section: Events, tiles: dict[bool, Events], number: int) -> tuple[Array, Array]:
    """Follow one step; return the blocks of rows that it reads of those around it."""
    index = int(checked.fields["table"][number])
    loop, backward = program.loops[index], checked.fields["backward"][number] != 0
    numbers, middle, end = np.arange(loop.first, loop.last), 4 * len(program), 4 * len(program) + 2 + 8 * len(program)
    _check_own(program, checked, numbers, loop, section is tiles[False])
    inner = Events(section.rows, section.least)
    given = [(loop.carry, loop.size), *((each.row, each.size) for each in loop.slices)]
    sums = [(each.gradient, each.size) for each in loop.outers]
    beside = [] if not backward else [(loop.checkpoints, loop.size * -(-loop.count // loop.spacing))]
    beside += [(row, size) for row, size in ((loop.block, loop.size * loop.spacing), (loop.held, loop.size)) if row != NONE]
    beside += [(loop.kept, loop.keeps * (loop.count if loop.spacing == 1 else loop.spacing))] if loop.kept != NONE else []
    _check_apart(number, loop, [*given, *sums, *beside])
    read = _read_outside(program, checked, numbers, loop)
    for blocks, state in ((given, HELD), (sums, GRADIENT), (beside, OWNED - index)):
        inner.add(LOOP, *_blocks(blocks, False)[:2], -1, state)
    inner.add(LOOP, *read, -1, HELD)
    within = {False: inner, True: tiles[True]} if section is tiles[False] else tiles
    add_section(program, checked, inner, within, numbers)
    add_loops(program, checked, inner, within, numbers)
    left = [(loop.after, loop.size), *((each.row, each.size) for each in loop.results)]
    inner.add(LOOP, *_blocks(left, False)[:2], middle, UNCHANGED, NEED_VALUE, number)
    if backward:
        enter = [(loop.after_gradient, loop.size), *((each.gradient, each.size) for each in loop.results)]
        inner.add(LOOP, *_blocks([each for each in enter if each[0] != NONE], False)[:2], middle + 1, GRADIENT)
        made = [(loop.carry_gradient, loop.size), *((each.gradient, each.size) for each in loop.slices), *sums]
        made = [each for each in made if each[0] != NONE]
        inner.add(LOOP, *_blocks(made, False)[:2], end, UNCHANGED, NEED_GRADIENT, number)
        inner.add(LOOP, *_blocks(beside, False)[:2], end, UNCHANGED, NEED_THIS, number, OWNED - index)
    inner.check()
    return read


def _error(number: int, what: str) -> ValueError:
    return ValueError(f"invalid program: instruction {number}: field {LOOP!r}: {what}; a program is made by compile and never changed")


def _check_apart(number: int, loop: LoopRecord, blocks: Sequence[tuple[int, int]]) -> None:
    """Check that what a step is given, and what waits between steps, are rows of the region, apart from each other."""
    first, sizes = np.array(sorted(blocks), np.int64).reshape(-1, 2).T
    ends = first + sizes
    if np.any(ends[:-1] > first[1:]) or np.any((sizes > 0) & ((first < loop.begin) | (ends > loop.end))):
        raise _error(number, "the loop's rows are not the region's own, or not apart from each other")
    if loop.carry != loop.after and abs(loop.carry - loop.after) < loop.size:
        raise _error(number, "the rows of the carry and of the next one overlap")


def _check_own(program: Program, checked: Checked, numbers: Array, loop: LoopRecord, uniform: bool) -> None:
    """Check that a region writes its own rows alone."""
    fields, sizes = checked.fields, checked.sizes[numbers]
    for name in ("out", "gradient"):
        rows = fields[name][numbers]
        used = (sizes > 0) & ((fields["backward"][numbers] != 0) if name == "gradient" else ~checked.clear[numbers])
        _require_own(numbers, loop, rows, sizes, used)
    for operand in range(3):
        used = checked.serves[operand, numbers] & (checked.operand_sizes[operand, numbers] > 0)
        _require_own(numbers, loop, checked.targets[operand, numbers], checked.operand_sizes[operand, numbers], used)
    owner, entries = _entries(program, checked, numbers)
    _require_own(owner, loop, entries[:, TARGET], 1, (entries[:, MODE] != SKIP) & (fields["backward"][owner] != 0))
    if uniform and np.any(entries[:, SOURCE] < 0):
        raise _error(int(owner[0]), "a region of the prologue reads no other tile")
    for number in numbers[checked.repeats[numbers]].tolist():
        within = program.loops[int(fields["table"][number])]
        blocks = [(within.begin, within.end - within.begin), *targets_of(within)]
        if any(first < loop.begin or first + size > loop.end for first, size in blocks):
            raise _error(number, "a loop within another writes rows outside")


def _require_own(numbers: Array, loop: LoopRecord, rows: Array, sizes: Any, used: Array) -> None:
    bad = used & ((rows < loop.begin) | (rows + sizes > loop.end))
    if np.any(bad):
        raise _error(int(numbers[np.argmax(bad)]), "a region writes rows that are not its own")


def _entries(program: Program, checked: Checked, numbers: Array) -> tuple[Array, Array]:
    """Return the entries of the table that some instructions use, and whose each is."""
    tabled = numbers[checked.tabled[numbers]]
    rows = checked.fields["rows"][tabled]
    return np.repeat(tabled, rows), program.table[ramp(checked.fields["table"][tabled], rows)].astype(np.int64)


def _read_outside(program: Program, checked: Checked, numbers: Array, loop: LoopRecord) -> tuple[Array, Array]:
    """Return the blocks of rows of its own tile that a region, or one within it, reads and does not own."""
    which, place = np.nonzero(checked.present[:, numbers])
    rows, counts = checked.operands[which, numbers[place]], checked.operand_sizes[which, numbers[place]]
    _, entries = _entries(program, checked, numbers)
    first, sizes = [rows, entries[:, SOURCE]], [counts, np.ones(len(entries), np.int64)]
    for number in numbers[checked.repeats[numbers]].tolist():
        within = program.loops[int(checked.fields["table"][number])]
        blocks = [(within.initial, within.size), *((each.array, each.size * within.count) for each in within.slices)]
        deeper = _read_outside(program, checked, np.arange(within.first, within.last), within)
        for one, others, more in zip((first, sizes), _blocks(blocks, False)[:2], deeper, strict=True):
            one += [others, more]
    all_first, all_sizes = np.concatenate(first), np.concatenate(sizes)
    outside = (all_first >= 0) & ((all_first < loop.begin) | (all_first >= loop.end)) & (all_sizes > 0)
    starts, ends = joined(all_first[outside], all_sizes[outside])
    return starts, ends - starts


def check_regions(program: Program) -> None:
    """Check that the records of loops are of the kind that kernels read, and that their regions follow each other to the end."""
    first = program.main
    for loop in program.loops:
        if any(type(word) is not int or not -LIMIT <= word < LIMIT for word in loop.words()) or loop.first != first or loop.last < first:
            raise ValueError(f"invalid program: loops: expected ints, and regions one after another from instruction {program.main} on")
        first = loop.last
    if first != len(program):
        raise ValueError(f"invalid program: {len(program)} instructions, but the last region ends at {first}")


def check_loops(program: Program, checked: Checked) -> None:
    """Check the records of loops, each by itself, and that each belongs to one instruction, which stands before its region."""
    numbers = loop_instructions(program)
    if sorted(int(checked.fields["table"][number]) for number in numbers) != list(range(len(program.loops))):
        raise ValueError("invalid program: loops: expected one for each instruction that repeats others")
    for number in numbers:
        _check_record(program, checked, number)


def _check_record(program: Program, checked: Checked, number: int) -> None:
    fields = {name: int(values[number]) for name, values in checked.fields.items()}
    loop = program.loops[fields["table"]]
    backward = fields["backward"] != 0
    parts = [(loop.result, loop.size), *((each.array, each.size * loop.count) for each in loop.results)]
    ends = np.cumsum([fields["out"], *(size for _, size in parts)]).tolist()
    counted = (fields["length"], fields["columns"]) == (loop.count, 1) and loop.count >= 1 and loop.spacing >= 1
    if number >= loop.first or not counted or loop.turned not in (0, 1):
        raise _error(number, f"a region from {loop.first} on, and {loop.count} steps")
    if [row for row, _ in parts] != ends[:-1] or ends[-1] != fields["out"] + fields["rows"] or not loop.begin <= loop.end:
        raise _error(number, "results elsewhere than in the rows of the value")
    sizes = [each.size for each in loop.slices] + [each.size for each in loop.results] + [each.size for each in loop.outers]
    if min([loop.size, loop.keeps, *sizes]) < 0:
        raise _error(number, "a negative number of rows")
    gradients = [(loop.after_gradient, loop.upstream, loop.result)]
    gradients += [(each.gradient, each.upstream, each.array) for each in loop.results]
    moved = [row - fields["gradient"] - (value - fields["out"]) for gradient, row, value in gradients if gradient != NONE]
    ways = [(loop.carry_gradient, loop.target), *((each.gradient, each.target) for each in loop.slices)]
    lone = any(target != NONE and gradient == NONE for gradient, target in ways)
    if any(moved) or lone or (loop.carry_gradient == NONE and loop.after_gradient != NONE):
        raise _error(number, "gradients that come from elsewhere")
    beside = [(loop.held, loop.carry_gradient != NONE), (loop.block, loop.spacing > 1)]
    if any((row != NONE) != needed for row, needed in beside) or (loop.kept == NONE and loop.keeps):
        raise _error(number, "rows for gradients or carries that are missing, or not needed")
    if not backward and (targets_of(loop) or loop.checkpoints != NONE or loop.outers):
        raise _error(number, "gradients although backward passes by")
    if backward and (loop.checkpoints == NONE or any(NONE in (each.gradient, each.target) for each in loop.outers)):
        raise _error(number, "no checkpoints, or no rows for a sum")
