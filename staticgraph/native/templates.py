"""Templates: a gate's rule for one vector of lanes as LLVM text, traced once and written out as often as a program needs it."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir

from ..gates import Gate
from ..gates.parts import Part
from ..lanes.code import Code
from ..lanes.one_lane import OneLane, several_lanes
from ..lanes.rules import Alone, Forward, OfPart, Ready, Rule
from ..lanes.value import Lanes

_NAME = re.compile(r'%"([^"]*)"')
_LABEL = re.compile(r"^\{p\}[\w.]+:\n", re.MULTILINE)
_LOCAL = re.compile(r"%\{p\}[\w.]+")
_OPERAND = re.compile(r"\{o(\d+)\}")
_PROFILE = re.compile(r"!prof !\d+")
UNLIKELY = ("!0", '!0 = !{!"branch_weights", i32 1, i32 99}')
"""What the module must define where a rule branches: the branches of rules are to rare cases."""
_SPLAT = re.compile(r"<((?:double|float|i64|i32) [^,<>]+)(?:, \1)+>")


class Need(NamedTuple):
    """A part, or a gate, within a rule: the numbers of the operands that it is computed from, and of those that its results become."""

    rule: Rule
    operands: tuple[int, ...]
    results: range


Applied = tuple[Rule, tuple[int, ...]]
"""A part or a gate within a rule, and the numbers of the operands of the rule that it is applied to."""
MOST_WRITTEN_OUT = 2000
"""Instructions of a rule beyond which gates within it are called; only derivatives of the second order and higher have so many."""
VECTOR, ONE = 0, 1
"""How many lanes a rule is traced on: those of a vector, one, or any power of two."""


class InlineCode(Code):
    """Code in which the gates and the parts of a rule are written out in place, so that independent chains run side by side.

    Unless the rule stands alone, those of its operands, and of what such ones give, are left to others: what they give becomes operands
    of the rule. Not in rare branches, for which nothing is computed that is not there anyway.
    """

    lanes = VECTOR
    plain: type[Code] = Code

    def __init__(self, builder: Any, dtype: np.dtype[Any], rule: Rule) -> None:
        super().__init__(builder, dtype)
        self.alone, self.arity = isinstance(rule, Alone), rule.arity
        self.ready = rule.parts if isinstance(rule, Ready) else ()
        self.missed: dict[Applied, None] = {}
        self.operands: list[Any] = list(builder.function.args)
        self.needs: dict[Applied, Need] = {}
        self.rarely = 0

    def where_any(self, mask: Any, rare: Callable[[], Any], usual: Any) -> Any:
        """Choose by lane, and branch around what is rarely needed."""

        def rarely() -> Any:
            self.rarely += 1
            try:
                return rare()
            finally:
                self.rarely -= 1

        return super().where_any(mask, rarely, usual)

    def part(self, part: Part, operands: Sequence[Any]) -> Any:
        """Note that a part is needed; return its results."""
        found = self._needed(OfPart(part), operands)
        return part.function(*operands) if found is None else found

    def call(self, gate: Gate, operands: Sequence[Any]) -> Lanes:
        """Note that a gate is needed, or write it out; like a call's, its value does not tell the factors it is made of.

        In a rule that is very long already gates are called: written out, third derivatives of `power` take 11 s to compile, not 2.
        """
        found = self._needed(Forward(gate), operands)
        if found is not None:
            return found[0]
        if sum(len(block.instructions) for block in self.builder.function.blocks) > MOST_WRITTEN_OUT:
            return super().call(gate, operands)
        value = gate.forward(*(Lanes(self, self.lift(operand)) for operand in operands))
        return Lanes(self, self.lift(value))

    def _needed(self, rule: Rule, operands: Sequence[Any]) -> tuple[Lanes, ...] | None:
        """Return the results of a rule as further operands, None where it is to be written out."""
        values = [self.lift(operand) for operand in operands]
        if self.alone or not all(value in self.operands for value in values):
            return None
        numbers = tuple(map(self.operands.index, values))
        if self.rarely and (rule, numbers) not in self.ready:
            self.missed.update({(rule, numbers): None} if max(numbers) < self.arity else {})
            return None
        if (rule, numbers) not in self.needs:
            first, count = len(self.operands), len(template(rule, self.dtype, self.lanes).results)
            self.needs[rule, numbers] = Need(rule, numbers, range(first, first + count))
            self.operands += [ir.Argument(self.builder.function, self.vector, f"part{first}.{number}") for number in range(count)]
        return tuple(Lanes(self, self.operands[number]) for number in self.needs[rule, numbers].results)

    def needed(self, used: Collection[int]) -> tuple[Need, ...]:
        """Return the needs that lead to operands that are used."""
        read, found = set(used), []
        for need in reversed(self.needs.values()):
            if not read.isdisjoint(need.results):
                read.update(need.operands)
                found.append(need)
        return tuple(reversed(found))


@dataclass(frozen=True, eq=False)
class Template:
    """LLVM text of a rule.

    Attributes
    ----------
    text : str
        Instructions, for `str.format`: `p` is a prefix that makes names unique, `entry` the block in which the text begins, and
        `o0`, `o1`, ... are the operands.
    used : tuple of int
        The operands that occur.
    made : tuple of str
        The names of the values it makes, again for `str.format`.
    results : tuple of (kind, payload)
        `("made", position)`, `("operand", number)` or `("literal", text)`.
    last : str or None
        The block in which the text ends, None if it is the one where it began.
    definitions : tuple of (name, text)
        What the module must declare or define.
    weight : int
        How many instructions.
    needs : tuple of Need
        The parts and gates whose results are further operands, behind those of the rule.
    rare : tuple of (rule, numbers)
        The parts and gates in rare branches, by the operands of the rule that they are applied to.
    vector : str
        The type of the operands and of the values.
    """

    text: str
    used: tuple[int, ...]
    made: tuple[str, ...]
    results: tuple[tuple[str, Any], ...]
    last: str | None
    definitions: tuple[tuple[str, str], ...]
    weight: int
    needs: tuple[Need, ...]
    rare: tuple[Applied, ...]
    vector: str


class InlineOneLane(InlineCode, OneLane):
    """The same for one lane."""

    lanes = ONE
    plain = OneLane


@cache
def _inline(lanes: int) -> type[InlineCode]:
    """Return the class of code of so many lanes."""
    if lanes in (VECTOR, ONE):
        return InlineOneLane if lanes == ONE else InlineCode
    plain = several_lanes(lanes)
    return type("InlineSeveralLanes", (InlineCode, plain), {"lanes": lanes, "plain": plain})


@cache
def template(rule: Rule, dtype: np.dtype[Any], lanes: int = VECTOR) -> Template:
    """Run a rule on so many lanes, and return what it emitted."""
    module, kind = ir.Module(), _inline(lanes)
    vector = kind.plain(None, dtype).vector
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [vector] * rule.arity), "rule")
    for number, argument in enumerate(function.args):
        argument.name = f"operand{number}"
    code = kind(ir.IRBuilder(function.append_basic_block("entry")), dtype, rule)
    values = [code.lift(value) for value in rule(code, *(Lanes(code, argument) for argument in function.args))]
    return _template(function, code, values)


def _template(function: Any, code: InlineCode, values: list[Any]) -> Template:
    """Return the text of a function; the block where it ends comes last."""
    end, operands = code.builder.block, {operand.name: number for number, operand in enumerate(code.operands)}

    def renamed(match: "re.Match[str]") -> str:
        name = match[1]
        if name in operands:
            return f"{{o{operands[name]}}}"
        return "%{entry}" if name == "entry" else f"%{{p}}{name}"

    def formatted(text: str) -> str:
        escaped = _SPLAT.sub(r"splat (\1)", text.replace("{", "{{").replace("}", "}}"))
        return _PROFILE.sub("!prof !0", _NAME.sub(renamed, escaped))

    lines: list[str] = []
    for block in sorted(function.blocks, key=lambda block: block is end):
        lines += [f"{{p}}{block.name}:"] if block.name != "entry" else []
        lines += [formatted(str(instruction)) for instruction in block.instructions]
    made: list[str] = []
    results = tuple(_result(value, operands, formatted, made) for value in values)
    lines = _live(lines, made)
    used = {int(number) for line in lines for number in _OPERAND.findall(line)}
    last = None if end is function.blocks[0] else f"{{p}}{end.name}"
    others = {name: made for name, made in function.module.globals.items() if made is not function}
    definitions = [(name, _SPLAT.sub(r"splat (\1)", str(made))) for name, made in others.items()]
    definitions += [UNLIKELY] if last else []
    text = "".join(f"{line}\n" for line in lines)
    needs, vector = code.needed(used | {payload for what, payload in results if what == "operand"}), str(code.vector)
    missed = tuple(code.missed)
    return Template(text, tuple(sorted(used)), tuple(made), results, last, tuple(definitions), len(lines), needs, missed, vector)


def _live(lines: list[str], results: list[str]) -> list[str]:
    """Return the lines without values that nothing reads: a product that is added by `fma` is not computed by itself."""
    while True:
        read = {name for line in lines for name in _LOCAL.findall(line.split(" = ", 1)[-1])}.union(results)
        kept = [line for line in lines if " = " not in line or line.split(" = ", 1)[0] in read]
        if len(kept) == len(lines):
            return lines
        lines = kept


def _result(value: Any, operands: dict[str, int], formatted: Callable[[str], str], made: list[str]) -> tuple[str, Any]:
    """Tell what a result is; what is made is added to `made` once."""
    if isinstance(value, ir.Constant):
        return "literal", _SPLAT.sub(r"splat (\1)", value.get_reference())
    if value.name in operands:
        return "operand", operands[value.name]
    name = formatted(value.get_reference())
    if name not in made:
        made.append(name)
    return "made", made.index(name)


@cache
def looks_rarely(rule: Rule, parts: int, dtype: np.dtype[Any]) -> bool:
    """Whether a rule reads the operands from number `parts` on in a rare branch alone."""
    traced = template(rule, dtype)
    entry, *branches = _LABEL.split(traced.text)
    if traced.needs:
        return False
    return len(branches) == 2 and all(f"{{o{number}}}" not in entry + branches[-1] for number in traced.used if number >= parts)
