"""How compiled code takes the place of kernels: as steps of loops, which kernels that repeat instructions call, or as loops over strips."""

import numpy as np

from ..native.loops import StepsCode
from ..program.program import Program
from ..records.loop import LOOPS
from ..records.table import BACKWARD_STEP, GUARDED_STEP, WORD_BYTES, Array
from .scratch import address_of


def beside_loops(program: Program, steps: Array, laps: int, code: StepsCode | None = None) -> tuple[Array, ...]:
    """Return the layout table, and before it, if there are loops, the address of what they need; and then what must live as long.

    With `code` compiled steps run in the place of regions. They read backward what they kept forward: a call has one table throughout.
    """
    if not program.loops:
        return (program.table,)
    words = [np.array(loop.words(), np.int64) for loop in program.loops]
    for number, word, address in () if code is None else code.steps:
        words[number][word] = address
    context = np.zeros(LOOPS + len(words), np.int64)
    context[:LOOPS] = address_of(steps), address_of(program.instructions), laps
    context[LOOPS:] = list(map(address_of, words))
    memory = np.zeros(2 * WORD_BYTES + program.table.nbytes, np.uint8)  # an empty part would begin nowhere
    memory[:WORD_BYTES].view(np.int64)[0] = address_of(context)
    table = memory[WORD_BYTES:]
    table[: program.table.nbytes] = program.table.view(np.uint8).ravel()
    return table, context, *words


def replaced(kernels: Array, code: StepsCode) -> tuple[Array, ...]:
    """Return the addresses of the kernels of all instructions, where loops over strips stand in the place of what they do.

    They guard zeros, so that they serve wherever guards are asked for, too.
    """
    made = kernels.copy()
    for number, word, address in code.steps:
        made[number, word] = address
        if word == BACKWARD_STEP:
            made[number, GUARDED_STEP] = address
    return (made,)
