"""When a program is compiled, and whether compiled code is there."""

import warnings
from functools import partial

from ..compiler.memory import NoMemoryError
from ..compiler.worker import NoThreadError, StoppedError, Ticket, resume, submit, working
from ..native.engine import NativeCode, compile_program, is_kept, load_program
from ..native.loops import StepsCode, are_kept, compile_steps, load_steps
from ..native.size import MOST_ELEMENTS, TooLargeError, count_elements, runs_in_loops
from ..program.program import Program
from .choice import AUTO, INTERPRETER, NATIVE, Choice

COMPILE_NS, COMPILE_ELEMENT_NS = 3e7, 2e5
"""About how long compiling takes: for any program, and for each of its element operations (0.1 to 0.3 ms). An interpreter that has
worked that long has shown that the program is hot."""
LOAD_SECONDS = 0.5
"""The longest that a call waits for code on disk. Loading takes 3 to 7 ms, and the first time in a process 0.1 s, for the driver; what
takes longer waits for a compilation."""


Code = NativeCode | StepsCode
"""The compiled code of a whole program, or of what its loops and long strips repeat."""


def _compile(program: Program, seeded: bool) -> Code:
    return compile_steps(program) if runs_in_loops(program) else compile_program(program, seeded)


def _load(program: Program, seeded: bool) -> Code | None:
    return load_steps(program) if runs_in_loops(program) else load_program(program, seeded)


class Specialization:
    """The compiled code of one program, for upstream gradients of 1 and for those from outside.

    Parameters
    ----------
    program : Program
    choice : Choice
        Which engine its function has.
    name : str
        What warnings call the function.
    """

    def __init__(self, program: Program, choice: Choice, name: str) -> None:
        self.program, self.choice, self.name = program, choice, name
        self.elements = len(program) if runs_in_loops(program) and not program.loops else count_elements(program)
        self.worked = {False: 0.0, True: 0.0}
        self.codes: dict[bool, Code] = {}
        self.tickets: dict[bool, Ticket[Code]] = {}
        self.searches: dict[bool, Ticket[Code | None] | None] = {}
        self.failed = False

    @property
    def used(self) -> bool:
        """Whether it has run, or compiled code has been asked for."""
        return any(self.worked.values()) or bool(self.tickets)

    @property
    def native(self) -> bool:
        """Whether there is compiled code for all that it has been used for."""
        wanted = [seeded for seeded in (False, True) if self.worked[seeded] or seeded in self.tickets]
        return bool(wanted) and not self.failed and all(self._ready(seeded) for seeded in wanted)

    def code(self, seeded: bool, work_ns: float) -> Code | None:
        """Return the compiled code for a call of so much work; None if the interpreter is to run.

        In the engine `"native"` it is compiled if need be; in `"auto"` when the interpreter has worked long enough, in the background,
        while what is on disk is used at once.
        """
        self.worked[seeded] += work_ns
        found = self.codes.get(seeded)
        if found is not None or self.failed or self.choice.engine == INTERPRETER:
            return found
        if self.choice.engine == NATIVE:
            self.request(seeded)
            self.wait(seeded)
        else:
            if self._pays(seeded):
                self.request(seeded)
            self._search(seeded)
        return self.codes.get(seeded) if self._ready(seeded) else None

    def _search(self, seeded: bool) -> None:
        """Look for the code on disk, once, and load it; wait for that unless the worker compiles something meanwhile."""
        if seeded not in self.searches:
            waits = not working()
            found = are_kept(self.program) if runs_in_loops(self.program) else is_kept(self.program, seeded)
            search = self.searches[seeded] = submit(partial(_load, self.program, seeded), first=True) if found else None
            if search is not None and waits:
                search.wait(LOAD_SECONDS)
        search = self.searches[seeded]
        if search is None:
            return
        if not search.done:
            resume()
        elif search.found is not None:
            self.codes[seeded] = search.found

    def _pays(self, seeded: bool) -> bool:
        """Whether the interpreter has worked for as long as compiling would take."""
        return self.elements <= MOST_ELEMENTS and self.worked[seeded] > COMPILE_NS + COMPILE_ELEMENT_NS * self.elements

    def request(self, seeded: bool) -> None:
        """Have the code compiled in the background."""
        if seeded not in self.tickets and not self.failed:
            self.tickets[seeded] = submit(partial(_compile, self.program, seeded))

    def wait(self, seeded: bool) -> None:
        """Wait until the code that was asked for is there, or cannot be had."""
        if seeded in self.tickets:
            self.tickets[seeded].wait()
            self._ready(seeded)

    def _ready(self, seeded: bool) -> bool:
        """Take the code if it is there; warn if it cannot be had."""
        ticket = self.tickets.get(seeded)
        if seeded in self.codes or ticket is None:
            return seeded in self.codes
        if not ticket.done:
            resume()
            return False
        try:
            self.codes[seeded] = ticket.result()
        except NoThreadError as failure:  # there may be one later, when the interpreter has worked as long again
            self.worked[seeded] = 0.0
            self.tickets.pop(seeded, None)
            self._warn(failure)
        except StoppedError:
            self.failed = True
        except Exception as failure:
            self.failed = True
            self._warn(failure)
        return seeded in self.codes

    def _warn(self, failure: Exception) -> None:
        """Say once why there is no compiled code, unless nobody asked for it and the program is just too large."""
        large = isinstance(failure, TooLargeError)
        if not self.choice.warned and not (large and self.choice.engine == AUTO):
            self.choice.warned = True
            why = str(failure) if isinstance(failure, (TooLargeError, NoMemoryError)) else f"{type(failure).__name__}: {failure}"
            warnings.warn(f"{self.name} stays on the interpreter, as it could not be compiled: {why}", RuntimeWarning, stacklevel=2)
