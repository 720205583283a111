"""The name under which compiled code of a program is kept."""

import numpy as np

from ..compiler import store
from ..compiler.sources import digest
from ..gates import BY_OPCODE
from ..lanes.library import SOURCES
from ..lanes.objects import processor
from ..machine.interpreter import MACHINE
from ..program.program import Program
from .frame import Build


def content_key(program: Program, build: Build) -> str:
    """Return the hash of all that compiled code follows from."""
    places = [(leaf.size, leaf.row, leaf.gradient) for leaf in program.inputs]
    places += [(output.size, output.row, output.gradient) for output in program.outputs]
    sizes = (program.prologue, program.rows, program.uniforms, program.elements, program.lanes, len(program.inputs))
    loops = [loop.words() for loop in program.loops]
    gates = [str(BY_OPCODE[opcode]) for opcode in np.unique(program.instructions["opcode"]).tolist()]  # opcodes of slopes differ by process
    arrays = (array.tobytes() for array in (program.instructions, program.table, program.packed, program.constants))
    described = (str(program.dtype), *sizes, places, loops, build.seeded, sorted(build.columns), gates)
    return store.key("program", repr(described), *arrays, compiler_digest(), processor())


def compiler_digest() -> str:
    """Return the hash of all sources that compiled code follows from, beside the program."""
    return digest(*MACHINE, *SOURCES, "native")
