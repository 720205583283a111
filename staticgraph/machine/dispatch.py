"""Dispatch tables: the addresses of the kernels that a program's instructions run, and of those that every program needs."""


from collections.abc import Mapping

import numpy as np

from ..gates import BY_OPCODE
from ..kinds import of, opcodes_with
from ..lanes import adding, comparing, moving, narrowing
from ..lanes.kernels import CLEARING, Kernel
from ..lanes.library import addresses
from ..program.program import Program
from ..records.instruction import GUARD, Instruction, records

# isort: off
from ..records.table import (
    ADD, BEGIN, COMPARING, COPY, ENTER, FOLD, GATHERING, LOAD, MASKING, NARROWING, SCATTERING, STEP_COUNT, STORE, WEIGHING, Array,
)  # fmt: skip
# isort: on

MOVERS = {LOAD: moving.LOAD, STORE: moving.STORE, WEIGHING: moving.WEIGHING}
ADDERS = {BEGIN: adding.BEGIN, ADD: adding.ADD, COPY: adding.COPY, FOLD: adding.FOLD, ENTER: adding.ENTER}
STAGERS = {GATHERING: moving.GATHERING, SCATTERING: moving.SCATTERING, NARROWING: narrowing.NARROW}
MASKERS = {MASKING: adding.MASK}
COMPARERS = {COMPARING: comparing.COMPARE}
"""By their numbers in `table`: what every program needs, what sums over rows, native code, its sums, and calls with `out` need."""


def common(program: Program, native: bool) -> dict[int, Kernel]:
    """Return the kernels that all programs of its kind use, on either engine."""
    summing = any(leaf.gradient is not None for leaf in program.parameters)
    return MOVERS | (ADDERS if summing else {}) | (STAGERS if native else {}) | (MASKERS if native and summing else {})


def dispatch(program: Program, steps: Array) -> None:
    """Enter the addresses of the kernels for each of a program's instructions, or of its first ones: forward, backward and guarded."""
    instructions = program.instructions[: len(steps)]
    representatives, which = _alike(instructions)
    chosen = [_kernels(instruction) for instruction in records(instructions[representatives])]
    found = addresses(program.dtype, [kernel for kernels in chosen for kernel in kernels if kernel is not None])
    made = np.array([[0 if kernel is None else found[kernel.name] for kernel in kernels] for kernels in chosen], np.int64)
    steps[:] = made.reshape(-1, STEP_COUNT)[which]


def enter(program: Program, shared: Array, kernels: Mapping[int, Kernel]) -> None:
    """Enter the addresses of kernels that do not belong to an instruction."""
    if not all(shared[number] for number in kernels):
        found = addresses(program.dtype, kernels.values())
        for number, kernel in kernels.items():
            shared[number] = found[kernel.name]


def _alike(instructions: Array) -> tuple[list[int], Array]:
    """Return one instruction of each kind, by its number, and for every instruction of which kind it is: there are many, and few kinds."""
    opcode, guarded = instructions["opcode"].astype(np.int64), instructions["flags"] & GUARD != 0
    kinds = (opcode << 4 | instructions["backward"] << 1 | guarded) << 32
    varied = np.flatnonzero(opcodes_with("varied")[opcode])
    kinds[varied] += varied
    _, first, which = np.unique(kinds, return_index=True, return_inverse=True)
    return first.tolist(), which


def _kernels(instruction: Instruction) -> tuple[Kernel | None, ...]:
    """Return the kernels of an instruction: forward, backward and guarded."""
    gate = BY_OPCODE[instruction.opcode]
    if gate is None:
        return None, CLEARING, CLEARING
    kind = of(gate)
    forward = kind.forward_kernel(gate, instruction)
    if not instruction.backward:
        return forward, None, None
    guarded = kind.backward_kernel(gate, instruction, guarded=True)
    return forward, guarded if instruction.flags & GUARD else kind.backward_kernel(gate, instruction, guarded=False), guarded
