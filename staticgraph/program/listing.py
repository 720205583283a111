"""A program as text: one line an instruction, with the user's names and shapes."""

from collections import Counter
from typing import Any

from ..kinds import of
from ..nodes.naming import names_of
from ..nodes.node import CONSTANT, Node


def listing(program: Any) -> str:
    """Return the program as text; the last column names the values that receive a gradient from the instruction."""
    names, table = _names(program), []
    for number, (node, record, (name, source)) in enumerate(zip(program.origins, program.instructions, described(program), strict=True)):
        operands = [] if node is None else _receivers(node, int(record["backward"]))
        reached = dict.fromkeys(_name(operand, names) for operand in operands)
        table.append((str(number), name, "" if node is None else str(node.shape), source, ", ".join(reached)))
    widths = [max((len(line[column]) for line in table), default=0) for column in range(5)]
    lines = []
    for number, line in enumerate(table):
        if number == 0 and program.prologue:
            lines.append("prologue, once a call:")
        if number == program.prologue:
            lines.append(f"body, for every tile of {program.lanes} rows of the batch:")
        position, name, shape, formula, receivers = (text.ljust(width) for text, width in zip(line, widths, strict=True))
        gradient = f"  gradient to {receivers}" if receivers.strip() else ""
        lines.append(f"{position.rjust(widths[0] + 2)}  {name} {shape} {'=' if name.strip() else ' '} {formula}{gradient}".rstrip())
    size = f"{program.rows} rows and {program.uniforms} uniform rows of {program.dtype}"
    return "\n".join([f"{len(program)} instructions, {size}", *lines])


def described(program: Any) -> list[tuple[str, str]]:
    """Return for each instruction the name of the value that it computes, and what it computes it from."""
    names = _names(program)
    return [
        ("", f"clear {record['rows']} gradient row(s)") if node is None else (names[id(node)], formula(node, names))
        for node, record in zip(program.origins, program.instructions, strict=True)
    ]


def _names(program: Any) -> dict[int, str]:
    """Return the nodes' names by identity: the graph's, and of outputs that are copies what they copy, with `.copy`."""
    names = names_of(program.nodes)
    copies = Counter[str]()
    for node in program.origins:
        if node is not None and id(node) not in names:
            copied = names[id(node.operands[0])]
            copies[copied] += 1
            names[id(node)] = f"{copied}.copy{copies[copied] if copies[copied] > 1 else ''}"
    return names


def _receivers(node: Node, needs: int) -> list[Node]:
    if node.gate is None or not needs:
        return []
    serves = of(node.gate).serves
    return [operand for number, operand in enumerate(node.operands) if serves(needs, number)]


def _name(node: Node, names: dict[int, str]) -> str:
    """Return a node's name, and a small constant's value."""
    if node.role == CONSTANT:
        return f"{float(node.static.flat[0]):g}" if node.size == 1 else f"constant{node.shape}"
    return names[id(node)]


def formula(node: Node, names: dict[int, str]) -> str:
    """Return what a gate's value is computed from."""
    operands = [_name(operand, names) for operand in node.operands]
    gate = node.gate
    assert gate is not None
    if len(operands) == 2 and not gate.symbol.isalpha():
        return f"{operands[0]} {gate.symbol} {operands[1]}"
    if len(operands) > 4:
        operands = [*operands[:3], f"... {len(operands)} nodes"]
    return f"{gate.name}({', '.join(operands)})"
