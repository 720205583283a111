"""A program as text: one line an instruction, with the user's names, shapes and lines."""

import os
from collections import Counter
from typing import Any

from ..kinds import of
from ..nodes.loops import is_scan
from ..nodes.naming import names_of
from ..nodes.node import CONSTANT, Node


def listing(program: Any) -> str:
    """Return the program as text; the last column names the values that receive a gradient from the instruction."""
    names, table = _names(program), []
    for number, (node, record, (name, source)) in enumerate(zip(program.origins, program.instructions, described(program), strict=True)):
        operands = [] if node is None else _receivers(node, int(record["backward"]))
        reached = dict.fromkeys(_name(operand, names) for operand in operands)
        receivers = f"gradient to {', '.join(reached)}" if reached else ""
        shape, where = ("", "") if node is None else (str(node.shape), os.path.basename(node.line))
        table.append((str(number), name, shape, source, receivers, f"# {where}" if where else ""))
    widths = [max((len(line[column]) for line in table), default=0) for column in range(6)]
    lines = []
    for number, line in enumerate(table):
        if number == 0 and program.prologue:
            lines.append("prologue, once a call:")
        if number == program.prologue:
            lines.append(f"body, for every tile of {program.lanes} rows of the batch:")
        lines += [f"loop {each}, {loop.count} steps:" for each, loop in enumerate(program.loops) if loop.first == number]
        position, name, shape, formula, receivers, where = (text.ljust(width) for text, width in zip(line, widths, strict=True))
        computed = f"{position.rjust(widths[0] + 2)}  {name} {shape} {'=' if name.strip() else ' '} {formula}"
        lines.append("  ".join([computed, *([receivers] if widths[4] else []), where]).rstrip())
    size = f"{program.rows} rows and {program.uniforms} uniform rows of {program.dtype}"
    return "\n".join([f"{len(program)} instructions, {size}", *lines])


def described(program: Any) -> list[tuple[str, str]]:
    """Return for each instruction the name of the value that it computes, and what it computes it from."""
    names = _names(program)
    return [
        ("", f"clear {record['rows']} gradient row(s)") if node is None else (names[id(node)], _formula(node, names, record))
        for node, record in zip(program.origins, program.instructions, strict=True)
    ]


def _names(program: Any) -> dict[int, str]:
    """Return the nodes' names by identity: the graph's, in a step behind the loop's, and of outputs that are copies, with `.copy`."""
    names = names_of(program.nodes)
    for node, record in zip(program.origins, program.instructions, strict=True):
        if node is not None and is_scan(node):  # a loop within another stands behind it
            graph, loop = node.static.graph, int(record["table"])
            outer = zip(graph.inputs[1 + node.static.sliced :], node.operands[1 + node.static.sliced :], strict=True)
            inner = {key: f"loop{loop}.{name}" for key, name in names_of([*graph.inputs[: 1 + node.static.sliced], *graph.nodes]).items()}
            names = inner | names | {id(leaf): names[id(operand)] for leaf, operand in outer}
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


def _formula(node: Node, names: dict[int, str], record: Any) -> str:
    told = formula(node, names)
    return told.replace(node.gate.name, f"loop {record['table']}", 1) if node.gate is not None and is_scan(node) else told


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
