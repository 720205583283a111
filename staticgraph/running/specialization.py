"""When a program is compiled, and whether compiled code is there."""

import warnings
from functools import partial

from ..compiler.memory import NoMemoryError
from ..compiler.worker import NoThreadError, StoppedError, Ticket, resume, submit, working
from ..native.engine import NativeCode, compile_program, is_kept, load_program
from ..native.frame import IN_ROWS, Build
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


MOST_BUILDS = 4
"""Codes of a program for arrays in columns that are compiled, by which arrays these are. Further layouts go through staging memory: ten
arrays have a thousand."""


def _compile(program: Program, build: Build) -> Code:
    return compile_steps(program) if runs_in_loops(program) else compile_program(program, build)


def _load(program: Program, build: Build) -> Code | None:
    return load_steps(program) if runs_in_loops(program) else load_program(program, build)


class Specialization:
    """The compiled code of one program: for upstream gradients of 1 and for those from outside, for arrays in rows and in columns.

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
        self.worked: dict[Build, float] = {}
        self.codes: dict[Build, Code] = {}
        self.tickets: dict[Build, Ticket[Code]] = {}
        self.searches: dict[Build, Ticket[Code | None] | None] = {}
        self.failed = False

    @property
    def used(self) -> bool:
        """Whether it has run, or compiled code has been asked for."""
        return any(self.worked.values()) or bool(self.tickets)

    @property
    def native(self) -> bool:
        """Whether there is compiled code for all that it has been used for."""
        wanted = {build for build, work in list(self.worked.items()) if work} | set(self.tickets)
        for build in wanted:
            self._ready(build)
        return bool(wanted) and all(build in self.codes or self._other(build) is not None for build in wanted)

    def code(self, build: Build, work_ns: float, few: bool = False) -> Code | None:
        """Return the compiled code for a call of so much work; None if the interpreter is to run.

        In the engine `"native"` it is compiled if need be; in `"auto"` when the interpreter has worked long enough, in the background,
        while what is on disk is used at once. Code for another layout serves until there has been as much work on this one; a `few` rows,
        less than a vector, go through staging memory whatever their layout.
        """
        found = self.codes.get(build)
        if found is not None:
            return found
        if few and build.columns:
            return self.code(IN_ROWS[build.seeded], work_ns)
        self.worked[build] = self.worked.get(build, 0.0) + work_ns
        other, due = self._other(build), self._pays(build)
        waits, missed = self.choice.engine == NATIVE, build in self.searches and self.searches[build] is None
        if self.failed or self.choice.engine == INTERPRETER or (other and missed and not due):
            return other
        if due or (waits and other is None):
            self.request(build)
        if waits:
            self.wait(build)
        if build not in self.codes:
            self._search(build)
        return self.codes[build] if self._ready(build) else other

    def _other(self, build: Build) -> Code | None:
        """Return code for another layout of the arrays: what it does not read or write in place goes through staging memory."""
        plain = self.codes.get(IN_ROWS[build.seeded])
        return plain or next((code for each, code in list(self.codes.items()) if each.seeded == build.seeded), None)

    def _search(self, build: Build) -> None:
        """Look for the code on disk, once, and load it; wait for that unless the worker compiles something meanwhile."""
        if build not in self.searches:
            waits = not working()
            found = are_kept(self.program) if runs_in_loops(self.program) else is_kept(self.program, build)
            search = self.searches[build] = submit(partial(_load, self.program, build), first=True) if found else None
            if search is not None and waits:
                search.wait(LOAD_SECONDS)
        search = self.searches[build]
        if search is None:
            return
        if not search.done:
            resume()
        elif search.found is not None:
            self.codes[build] = search.found

    def _pays(self, build: Build) -> bool:
        """Whether there has been as much work on the interpreter, or through staging memory, as compiling would take."""
        return self.elements <= MOST_ELEMENTS and self.worked[build] > COMPILE_NS + COMPILE_ELEMENT_NS * self.elements

    def request(self, build: Build) -> None:
        """Have the code compiled in the background."""
        if build not in self.tickets and not self.failed and (not build.columns or self._few()):
            self.tickets[build] = submit(partial(_compile, self.program, build))

    def _few(self) -> bool:
        return sum(bool(each.columns) for each in self.tickets) < MOST_BUILDS

    def wait(self, build: Build) -> None:
        """Wait until the code that was asked for is there, or cannot be had."""
        if build in self.tickets:
            self.tickets[build].wait()
            self._ready(build)

    def _ready(self, build: Build) -> bool:
        """Take the code if it is there; warn if it cannot be had."""
        ticket = self.tickets.get(build)
        if build in self.codes or ticket is None:
            return build in self.codes
        if not ticket.done:
            resume()
            return False
        try:
            self.codes[build] = ticket.result()
        except NoThreadError as failure:  # there may be one later, when the interpreter has worked as long again
            self.worked[build] = 0.0
            self.tickets.pop(build, None)
            self._warn(failure)
        except StoppedError:
            self.failed = True
        except Exception as failure:
            self.failed = True
            if self._other(build) is None:
                self._warn(failure)
        return build in self.codes

    def _warn(self, failure: Exception) -> None:
        """Say once why there is no compiled code, unless nobody asked for it and the program is just too large."""
        large = isinstance(failure, TooLargeError)
        if not self.choice.warned and not (large and self.choice.engine == AUTO):
            self.choice.warned = True
            why = str(failure) if isinstance(failure, (TooLargeError, NoMemoryError)) else f"{type(failure).__name__}: {failure}"
            warnings.warn(f"{self.name} stays on the interpreter, as it could not be compiled: {why}", RuntimeWarning, stacklevel=2)
