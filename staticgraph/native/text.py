"""A function as LLVM text: a loop over vectors of rows, whose body is written step by step."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..records.instruction import VECTOR_BYTES
from .pacing import Line, paced
from .templates import Template
from .vector_text import VectorText

_LABEL = re.compile(r"^[\w.]+:$", re.MULTILINE)

PARAMETERS = "ptr %frame, i64 %vectors"
"""Of every function: the address of the frame, a table of addresses, and how many vectors of rows there are."""
MOST_IN_PLACE = 3
"""Rows of more elements than so many vectors are transposed by a function: each transposition in place is 24 shuffles (64 in float32),
which take the compiler 2 ms (7 ms). Rosenbrock-100 in place takes 1.8 times as long to compile and 1.2 to run (`bench.choices`)."""
PAST = ", !nontemporal !{i32 1}"
"""What makes a store of a whole line one that goes past the caches."""
AHEAD = 4
"""How many loop iterations ahead arrays of few columns are prefetched; 1, 4, 8 and 16 differ by less than a tenth
(`bench.choices`)."""


class Carried(NamedTuple):
    """A vector in memory that stays in a register while the loop runs: where it is, its name in the loop, and that of its next value."""

    place: str
    name: str
    after: str


class FunctionText(VectorText):
    """A function that is being written.

    Parameters
    ----------
    name : str
    dtype : numpy.dtype
        Of the lanes.
    elsewhere : dict, optional
        The names of rules that another module defines.
    long : bool
        Whether it is one of the functions of a long program, whose loop is written so that compiling takes less (see `loop`).
    """

    def __init__(self, name: str, dtype: np.dtype[Any], elsewhere: Mapping[Template, str] | None = None, long: bool = False) -> None:
        super().__init__(dtype)
        self.name = name
        self.elsewhere, self.long = elsewhere or {}, long
        self.head: list[str] = []
        self.head_of_loop: list[str] = []
        self.end_of_loop: list[tuple[str, str, list[str]]] = []
        self.end: list[tuple[str, str, list[str]]] = []
        self.definitions: dict[str, str] = {}
        self.block = "loop"
        self.turns = "%vectors"
        self.rules: dict[Template, str] = {}
        self.rule_prefix = "rule"
        self.known: dict[tuple[int, int], str] = {}
        self.carried: list[Carried] = []
        self.asked: dict[Line, bool] = {}
        self.pauses: list[int] = []

    def base(self, entry: int, vector_step: int = 0) -> str:
        """Return the address that an entry of the frame holds, advanced by so many bytes for each vector."""
        key = (entry, vector_step)
        if key not in self.known:
            place, held = f"%a{entry}", f"%p{entry}"
            self.head += [f"{place} = getelementptr i64, ptr %frame, i64 {entry}", f"{held} = load ptr, ptr {place}"]
            self.known[key] = held
            if vector_step:
                offset = self.known[key] = f"%b{entry}"
                self.head_of_loop.append(f"{offset}.o = mul i64 %vector, {vector_step}")
                self.head_of_loop.append(f"{offset} = getelementptr i8, ptr {held}, i64 {offset}.o")
        return self.known[key]

    def apply(self, template: Template, operands: Sequence[str]) -> list[str]:
        """Write a rule out; return the names of what it makes. `operands` are those that it uses."""
        self.count += 1
        prefix = f"r{self.count}."
        names = {f"o{number}": text for number, text in zip(template.used, operands, strict=True)}
        self.lines.append(template.text.format(p=prefix, entry=self.block, **names))
        self.definitions.update(template.definitions)
        if template.last is not None:
            self.block = template.last.format(p=prefix)
        return [name.format(p=prefix, entry=self.block) for name in template.made]

    def apply_reading(self, template: Template, read: Callable[[], list[str]]) -> list[str]:
        """Write out a rule with a branch, which begins with what reads the operands; returned are all that the rule has."""
        lines, self.lines = self.lines, []
        operands, reading = read(), "\n".join(self.lines)
        self.lines = []
        made = self.apply(template, [operands[number] for number in template.used])
        (text,) = self.lines
        self.lines = [*lines, _LABEL.sub(lambda label: f"{label[0]}\n{reading}", text, count=1)]
        return made

    def call(self, template: Template, operands: Sequence[str]) -> list[str]:
        """Call a rule, which is written once in the module, or in another one; otherwise like `apply`."""
        name, returned, made = self._rule(template), returned_by(template), self.fresh()
        arguments = ", ".join(f"{template.vector} {operand}" for operand in operands)
        self.lines.append(f"{made} = call {returned} @{name}({arguments})")
        if len(template.made) == 1:
            return [made]
        self.lines += [f"{made}.{k} = extractvalue {returned} {made}, {k}" for k in range(len(template.made))]
        return [f"{made}.{k}" for k in range(len(template.made))]

    def _rule(self, template: Template) -> str:
        """Return the name of a rule's function, written or declared the first time."""
        if template in self.elsewhere:
            name = self.elsewhere[template]
            types = ", ".join([template.vector] * len(template.used))
            self.definitions[name] = f"declare {returned_by(template)} @{name}({types})"
            return name
        name = self.rules.setdefault(template, f"{self.rule_prefix}{len(self.rules)}")
        if name not in self.definitions:
            self.definitions[name] = rule_text(template, name, "internal")
            self.definitions.update(template.definitions)
        return name

    def store_either(
        self, past: str, pieces: Sequence[tuple[str, int, int]], base: str, ask: Callable[[], object] = lambda: None
    ) -> None:  # fmt: skip
        """Store vectors, or their first elements, each at so many bytes from an address.

        They are whole lines, stored past the caches, where `past` holds; otherwise `ask` writes what asks for lines that will be written.
        """

        def stream() -> None:
            for value, offset, count in pieces:
                self.store(value, base, offset, True, count)
                self.lines[-1] += PAST

        def store() -> None:
            ask()
            for value, offset, count in pieces:
                self.store(value, base, offset, False, count)

        self.either(past, stream, store)

    def either(self, condition: str, write: Callable[[], object], otherwise: Callable[[], object]) -> None:
        """Write what runs where a condition holds, and what runs otherwise; without a condition that alone."""
        if not condition:
            otherwise()
            return
        name = self.fresh()[1:]
        self.lines += [f"br i1 {condition}, label %{name}.then, label %{name}.else", f"{name}.then:"]
        write()
        self.lines += [f"br label %{name}", f"{name}.else:"]
        otherwise()
        self.lines += [f"br label %{name}", f"{name}:"]
        self.block = name

    def lines_ahead(self, size: int, first: int) -> list[int]:
        """Return which lines will soon be read or written: of few columns some vectors ahead, of many the same columns of the next rows.

        The processor foresees by itself one run of addresses, not eight side by side, and no line that is only written: Rosenbrock-10
        takes 2.9 ns a row instead of 4.2 (2 threads, out of memory), Rosenbrock-100 50 instead of 87.
        """
        if size > MOST_IN_PLACE * self.width:
            return [(row * size + first) * self.itemsize for row in range(self.width, 2 * self.width)]
        return [(AHEAD * size + line) * VECTOR_BYTES for line in range(size)] if first == 0 else []

    def before_writing(self, base: str, size: int, first: int, past: str) -> Callable[[], None]:
        """Return what writes what comes before columns are stored in place: lines that will be written are asked for.

        Where they may go past the caches it must be there, as these lines are not to be read; otherwise it is spread (see `pacing`).
        """
        lines = [(base, offset) for offset in self.lines_ahead(size, first)]
        self.asked.update(dict.fromkeys([] if past else lines, True))
        return lambda: self.lines.extend(each for line in lines if past for each in self._asking(line, writes=True))

    def pause(self) -> None:
        """Note that here, between two steps, lines of memory may be asked for."""
        self.pauses.append(len(self.lines))

    def prefetch(self, base: str, offset: int, writes: bool) -> None:
        """Ask for the line at so many bytes from an address."""
        self.lines += self._asking((base, offset), writes)

    def _asking(self, line: Line, writes: bool) -> list[str]:
        self.definitions["llvm.prefetch"] = "declare void @llvm.prefetch.p0(ptr, i32, i32, i32)"
        place, (base, offset) = self.fresh(), line
        asking = f"call void @llvm.prefetch.p0(ptr {place}, i32 {int(writes)}, i32 3, i32 1)"
        return [f"{place} = getelementptr i8, ptr {base}, i64 {offset}", asking]

    def memory(self, vectors: int) -> str:
        """Return the address of memory for vectors."""
        name = self.fresh()
        self.head.append(f"{name} = alloca [{vectors} x {self.vector}], align {VECTOR_BYTES}")
        return name

    def carry(self, base: str, offset: int) -> str:
        """Hold the vector at so many bytes from an address in a register; return its name in the loop."""
        name = self.fresh()
        self.head += [f"{name}.p = getelementptr i8, ptr {base}, i64 {offset}"]
        self.head += [f"{name}.f = load {self.vector}, ptr {name}.p, align {VECTOR_BYTES}"]
        self.carried.append(Carried(f"{name}.p", name, name))
        return name

    def loop(self) -> str:
        """Return the function, without what its module must define.

        In a long one, whether there is a next vector is asked in a block of its own: the body then has vectors alone, no single bit that
        the compiler must widen, and it skips one of its four walks through the operations, which take 8 % of its time. In a short one
        it must know that the body runs, as it then computes constants before the loop.
        """
        self.lines = paced(self.lines, self.pauses, self.asked, self._asking)
        for each in self.end_of_loop:
            self.lines += _where(*each)
            self.block = f"{each[1]}.done"
        known = [f"%vector = phi i64 [ 0, %entry ], [ %next, %{self.block} ]"]
        known += [f"{name} = phi {self.vector} [ {name}.f, %entry ], [ {after}, %{self.block} ]" for _, name, after in self.carried]
        stores = [
            f"store {self.vector} {name if self.long else after}, ptr {place}, align {VECTOR_BYTES}" for place, name, after in self.carried
        ]
        body = [*self.head_of_loop, *self.lines, "%next = add i64 %vector, 1"]
        again = [f"%more = icmp slt i64 {'%vector' if self.long else '%next'}, {self.turns}", "br i1 %more, label %loop, label %done"]
        if self.long:
            blocks = ["br label %again", "again:", *known, *again, "loop:", *body, "br label %again"]
        else:
            blocks = ["br label %loop", "loop:", *known, *body, *again]
        lines = [
            f"define void @{self.name}({PARAMETERS}) nounwind {{", "entry:", *self.head, *blocks,
            "done:", *stores, *(line for each in self.end for line in _where(*each)), "ret void", "}", "",
        ]  # fmt: skip
        return "\n".join(lines)

    def module(self) -> str:
        """Return the module of the function."""
        return "\n".join([*self.definitions.values(), self.loop()])


def returned_by(template: Template) -> str:
    """Return the type of what a rule makes."""
    return template.vector if len(template.made) == 1 else f"{{ {', '.join([template.vector] * len(template.made))} }}"


def rule_text(template: Template, name: str, linkage: str) -> str:
    """Return the function of a rule."""
    names, returned = {f"o{number}": f"%o{number}" for number in template.used}, returned_by(template)
    parameters = ", ".join(f"{template.vector} {each}" for each in names.values())
    body = [template.text.format(p="", entry="entry", **names)]
    made = [each.format(p="", entry="entry") for each in template.made]
    result = made[0]
    if len(made) > 1:
        result = "poison"
        for number, each in enumerate(made):
            body.append(f"%s{number} = insertvalue {returned} {result}, {template.vector} {each}, {number}")
            result = f"%s{number}"
    return "\n".join(
        [f"define {linkage} {returned} @{name}({parameters}) noinline nounwind {{\nentry:", *body, f"ret {returned} {result}", "}"]
    )


def rules_text(named: Mapping[Template, str]) -> str:
    """Return the module of rules that other modules call."""
    definitions = dict(each for template in named for each in template.definitions)
    return "\n".join([*definitions.values(), *(rule_text(template, name, "external") for template, name in named.items()), ""])


def _where(condition: str, label: str, lines: Sequence[str]) -> list[str]:
    """Return lines that run where a condition holds."""
    return [f"br i1 {condition}, label %{label}, label %{label}.done", f"{label}:", *lines, f"br label %{label}.done", f"{label}.done:"]
