"""Rules as C: the text of a template of one lane, which has a dozen kinds of instructions, written out as a function.

Every operation of IEEE 754 stays what it is, so that any C compiler that keeps to the standard makes the same bits.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..native.templates import Template

_NAME = re.compile(r"%\{p\}([\w.]+)|\{o(\d+)\}")
_TABLE = re.compile(r'@"staticgraph\.table\.[^"]*?(\w{16})"')
_ELEMENTS = re.compile(r"(?:double|float) +(0x[0-9a-f]+)")
_SIGNS = {"fadd": "+", "fsub": "-", "fmul": "*", "fdiv": "/"}
_WHOLE = {"add": "+", "sub": "-", "shl": "<<", "and": "&", "or": "|", "xor": "^"}
_RELATIONS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_FUNCTIONS = {name: name for name in ("fma", "fabs", "sqrt", "copysign")}


class Types:
    """What C calls the numbers of a precision, and the functions on them."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.double = dtype.itemsize == 8
        self.number, self.whole, self.natural = ("double", "int64_t", "uint64_t") if self.double else ("float", "int32_t", "uint32_t")
        self.suffix = "" if self.double else "f"

    def literal(self, text: str) -> str:
        """Return a number, which LLVM writes as the representation of a double, in C."""
        value = float(np.uint64(int(text, 16)).view(np.float64))
        if np.isnan(value):
            return f"from_bits(0x{'7ff8000000000000' if self.double else '7fc00000'})"
        if np.isinf(value):
            return "INFINITY" if value > 0 else "-INFINITY"
        return f"{value!r}{self.suffix}" if value == int(value) and abs(value) < 1e6 else f"{value.hex()}{self.suffix}"

    def integer(self, value: int) -> str:
        """Return an integer; one far from 0 by its representation."""
        mask = (1 << (64 if self.double else 32)) - 1
        return str(value) if abs(value) < 1 << 16 else f"({self.whole}){value & mask:#x}u"

    def helpers(self, text: str) -> str:
        """Return what the functions of rules in a text use; a compiler warns of more."""
        reads = f"static inline {self.whole} to_bits({self.number} x) {{ representation r; r.number = x; return r.bits; }}\n"
        makes = f"static inline {self.number} from_bits({self.whole} x) {{ representation r; r.bits = x; return r.number; }}\n"
        used = (reads if re.search(r"\bto_bits\(", text) else "") + (makes if re.search(r"\bfrom_bits\(", text) else "")
        return f"typedef union {{ {self.number} number; {self.whole} bits; }} representation;\n{used}" if used else ""


def literal(types: Types, operand: str) -> str | None:
    """Return a constant in C, None for what is none."""
    operand = operand.strip()
    return types.literal(operand) if operand.startswith("0x") else None


class RuleText:
    """The statements of a rule.

    Parameters
    ----------
    template : Template
    types : Types
    """

    def __init__(self, template: Template, types: Types) -> None:
        self.template, self.types = template, types
        self.blocks: dict[str, list[str]] = {}
        block = "entry"
        for line in template.text.splitlines():
            if line.endswith(":"):
                block = line[3:-1]
            else:
                self.blocks.setdefault(block, []).append(line)
        self.lines: list[str] = []
        self._write("entry", 1)

    def name(self, operand: str) -> str:
        """Return an operand in C."""
        operand = operand.strip()
        found = _NAME.fullmatch(operand)
        if found:
            return f"t{found[1].replace('.', '_')}" if found[1] else f"o{found[2]}"
        found_number = literal(self.types, operand)
        return self.types.integer(int(operand)) if found_number is None else found_number

    def _write(self, block: str, depth: int) -> str | None:
        """Write a block and what follows it out; return the block where it ends and the label that it goes to."""
        indent = "    " * depth
        for line in self.blocks.get(block, []):
            if line.startswith("br i1"):
                condition, inside, after = (part.strip() for part in line[5:].split(", !prof")[0].split(","))
                return self._branch(block, self.name(condition), inside[len("label %{p}") :], after[len("label %{p}") :], depth)
            if line.startswith("br label"):
                return block
            if " = phi" not in line:
                self.lines.append(indent + self._statement(line))
        return block

    def _branch(self, before: str, condition: str, inside: str, after: str, depth: int) -> str | None:
        """Write out what is done under a condition, and what follows."""
        indent = "    " * depth
        choices = [self._choices(line) for line in self.blocks.get(after, []) if " = phi" in line]
        for name, chosen in choices:
            usual = next(value for label, value in chosen.items() if label == before)
            self.lines.append(f"{indent}{self.types.number} {name} = {usual};")
        self.lines.append(f"{indent}if ({condition}) {{")
        ends = self._write(inside, depth + 1)
        self.lines += [f"{indent}    {name} = {chosen[str(ends)]};" for name, chosen in choices]
        self.lines.append(f"{indent}}}")
        return self._write(after, depth)

    def _choices(self, line: str) -> tuple[str, dict[str, str]]:
        """Return the name of what a block begins with, and by the block before it what it is."""
        name, text = line.split(" = ", 1)
        pairs = re.findall(r"\[([^,\]]+), %(\{p\}[\w.]+|\{entry\})\]", text)
        return self.name(name), {label[3:] if label.startswith("{p}") else "entry": self.name(value) for value, label in pairs}

    def _statement(self, line: str) -> str:
        name, text = line.split(" = ", 1)
        operation, rest = text.strip().split(" ", 1)
        made, expression = _EXPRESSIONS[operation](self, rest.strip())
        return f"const {made} {self.name(name)} = {expression};"

    def table(self, text: str) -> str:
        """Return the name of a constant table."""
        found = _TABLE.search(text)
        assert found is not None
        return f"table_{found[1]}"


def tables(template: Template, types: Types) -> dict[str, str]:
    """Return the constant tables that a rule reads, by name."""
    made = {}
    for _, text in template.definitions:
        found = _TABLE.search(text)
        if found is not None:
            numbers = ", ".join(map(types.literal, _ELEMENTS.findall(text)))
            made[f"table_{found[1]}"] = f"static const {types.number} table_{found[1]}[] = {{{numbers}}};"
    return made


Expression = Callable[[RuleText, str], tuple[str, str]]


def _pair(rest: str) -> tuple[str, str, str]:
    """Split `type a, b`."""
    kind, operands = rest.split(" ", 1)
    a, b = operands.split(",")
    return kind, a, b


def _arithmetic(operation: str) -> Expression:
    def write(rule: RuleText, rest: str) -> tuple[str, str]:
        _, a, b = _pair(rest)
        return rule.types.number, f"{rule.name(a)} {_SIGNS[operation]} {rule.name(b)}"

    return write


def _whole(operation: str) -> Expression:
    """Integers wrap around, as only natural numbers do in C; on truth values the same are `&&`, `||` and, with -1, `!`."""

    def write(rule: RuleText, rest: str) -> tuple[str, str]:
        kind, a, b = _pair(rest)
        x, y = rule.name(a), rule.name(b)
        if kind == "i1":
            return "int", f"!{x}" if operation == "xor" else f"{x} {_WHOLE[operation] * 2} {y}"
        natural = rule.types.natural
        return rule.types.whole, f"({rule.types.whole})(({natural}){x} {_WHOLE[operation]} ({natural}){y})"

    return write


def _shifted(rule: RuleText, rest: str) -> tuple[str, str]:
    _, a, b = _pair(rest)
    return rule.types.whole, f"{rule.name(a)} >> {rule.name(b)}"


def _negative(rule: RuleText, rest: str) -> tuple[str, str]:
    return rule.types.number, f"-{rule.name(rest.split(' ', 1)[1])}"


def _compared(rule: RuleText, rest: str) -> tuple[str, str]:
    relation, operands = rest.split(" ", 1)
    _, a, b = _pair(operands.strip())
    return "int", f"{rule.name(a)} {_RELATIONS[relation if relation in _RELATIONS else relation[1:]]} {rule.name(b)}"


def _chosen(rule: RuleText, rest: str) -> tuple[str, str]:
    condition, a, b = (part.strip().split(" ", 1) for part in rest.split(","))
    kind = rule.types.number if a[0] in ("double", "float") else rule.types.whole
    return kind, f"{rule.name(condition[1])} ? {rule.name(a[1])} : {rule.name(b[1])}"


def _represented(rule: RuleText, rest: str) -> tuple[str, str]:
    kind, operand = rest.split(" to ")[0].split(" ", 1)
    if kind in ("double", "float"):
        return rule.types.whole, f"to_bits({rule.name(operand)})"
    return rule.types.number, f"from_bits({rule.name(operand)})"


def _counted(rule: RuleText, rest: str) -> tuple[str, str]:
    return rule.types.number, f"({rule.types.number}){rule.name(rest.split(' to ')[0].split(' ', 1)[1])}"


def _called(rule: RuleText, rest: str) -> tuple[str, str]:
    function, operands = rest.split("(", 1)
    name = _FUNCTIONS[function.split("llvm.")[1].split(".")[0]]
    given = [operand.strip().split(" ", 1)[1] for operand in operands.rstrip(")").split(",")]
    return rule.types.number, f"{name}{rule.types.suffix}({', '.join(map(rule.name, given))})"


def _placed(rule: RuleText, rest: str) -> tuple[str, str]:
    index = rest.rsplit(" ", 1)[1]
    return f"{rule.types.number} *", f"&{rule.table(rest)}[{rule.name(index)}]"


def _read(rule: RuleText, rest: str) -> tuple[str, str]:
    return rule.types.number, f"*{rule.name(rest.rsplit(' ', 1)[1])}"


_EXPRESSIONS: dict[str, Expression] = {
    **{name: _arithmetic(name) for name in _SIGNS}, **{name: _whole(name) for name in _WHOLE}, "ashr": _shifted, "fneg": _negative,
    "fcmp": _compared, "icmp": _compared, "select": _chosen, "bitcast": _represented, "uitofp": _counted, "call": _called,
    "getelementptr": _placed, "load": _read,
}  # fmt: skip


def rule_function(name: str, template: Template, types: Types) -> str:
    """Return a rule as a C function: of its operands that are used, to its result, or to what its last parameters point to."""
    written = RuleText(template, types)
    given = [f"{types.number} o{number}" for number in template.used]
    made = [written.name(each) for each in template.made]
    if len(made) == 1:
        head, end = f"static inline {types.number} {name}({', '.join(given)})", [f"    return {made[0]};"]
    else:
        results = [f"{types.number} *r{number}" for number in range(len(made))]
        head, end = f"static inline void {name}({', '.join([*given, *results])})", [f"    *r{k} = {each};" for k, each in enumerate(made)]
    return "\n".join([head + " {", *written.lines, *end, "}", ""])


def expression(template: Template, types: Types, operands: Sequence[str]) -> str | None:
    """Return a rule of one instruction as an expression of its operands, None for a longer one."""
    if template.weight != 1 or len(template.made) != 1:
        return None
    (line,) = RuleText(template, types).lines
    names = {f"o{number}": operand for number, operand in zip(template.used, operands, strict=True)}
    return re.sub(r"\bo\d+\b", lambda found: names[found[0]], line.split(" = ", 1)[1].rstrip(";"))
