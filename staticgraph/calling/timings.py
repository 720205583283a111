"""Where the time goes: what `Function.profile` returns, and how it reads."""

from collections.abc import Iterator
from dataclasses import dataclass

from ..nodes.origins import code_of

SHOWN = 40
"""Instructions that `print` shows; the others are one line."""


@dataclass(frozen=True)
class Timing:
    """The time of one instruction.

    Attributes
    ----------
    number : int
        Its place in the program's instruction array.
    name : str
        The value that it computes, as the program's listing names it.
    source : str
        What it computes the value from.
    time : float
        Seconds a call, forward and backward.
    share : float
        Of the time of all instructions, from 0 to 1.
    ns_per_row : float
        Nanoseconds a row of the batch, forward and backward.
    forward, backward : float
        The two parts of `ns_per_row`.
    line : str
        The user's `file:line`.
    """

    number: int
    name: str
    source: str
    time: float
    share: float
    ns_per_row: float
    forward: float
    backward: float
    line: str


@dataclass(frozen=True)
class LineTiming:
    """The time of the instructions that come from one line of the user's.

    Attributes
    ----------
    line : str
        `file:line`.
    code : str
        What stands there, where the file can be read.
    time, share, ns_per_row : float
        As of an instruction.
    """

    line: str
    code: str
    time: float
    share: float
    ns_per_row: float


class ByLine(tuple[LineTiming, ...]):
    """Times by line, the longest first; it prints."""

    __slots__ = ()

    def __str__(self) -> str:
        lines = [f"{each.share:6.1%} {each.ns_per_row:9.3f}  {each.line}  {each.code}".rstrip() for each in self]
        return "\n".join([f"{'share':>6} {'ns a row':>9}  line", *lines])


@dataclass(frozen=True)
class Profile:
    """The times of a program's instructions, in the order of the program; `print` shows them sorted.

    Attributes
    ----------
    timings : tuple of Timing
        One for each instruction; `len`, indexing and iteration go over them.
    name : str
        The function's.
    rows : int
        Rows of the batch.
    reading, writing : float
        Nanoseconds a row that bringing the arguments into the tile takes, and the results out of it.
    """

    timings: tuple[Timing, ...]
    name: str
    rows: int
    reading: float
    writing: float

    def __len__(self) -> int:
        return len(self.timings)

    def __iter__(self) -> Iterator[Timing]:
        return iter(self.timings)

    def __getitem__(self, number: int) -> Timing:
        return self.timings[number]

    def by_line(self) -> ByLine:
        """Return the times of the user's lines, the longest first."""
        lines: dict[str, list[Timing]] = {}
        for each in self.timings:
            lines.setdefault(each.line, []).append(each)
        found = [
            LineTiming(line, code_of(line), *(sum(getattr(each, name) for each in own) for name in ("time", "share", "ns_per_row")))
            for line, own in lines.items()
        ]
        return ByLine(sorted(found, key=lambda each: -each.time))

    def __str__(self) -> str:
        ordered = sorted(self.timings, key=lambda each: -each.time)
        computing = sum(each.ns_per_row for each in ordered)
        total = computing + self.reading + self.writing
        lines = [
            f"{self.name}: {total:.4g} ns a row on one thread of the interpreter, {self.rows} row(s): {len(self)} instructions "
            f"{computing:.4g}, reading arguments {self.reading:.4g}, writing results {self.writing:.4g}",
            f"{'share':>6} {'ns a row':>9} {'forward':>9} {'backward':>9}  instruction",
        ]
        for each in ordered[:SHOWN]:
            numbers = f"{each.share:6.1%} {each.ns_per_row:9.3f} {each.forward:9.3f} {each.backward:9.3f}"
            lines.append(f"{numbers}  {each.number}: {each.name}{' = ' if each.name else ''}{each.source}")
        if rest := ordered[SHOWN:]:
            share, time = sum(each.share for each in rest), sum(each.ns_per_row for each in rest)
            lines.append(f"{share:6.1%} {time:9.3f} {'':19}  {len(rest)} others")
        return "\n".join(lines)
