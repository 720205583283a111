"""What derivatives need of loops: the tangent of a loop is a loop, and so is its pull-back, from the last step to the first."""

from collections.abc import Iterator, Sequence

import numpy as np

from ..gates import SCAN
from ..gates.arithmetic import add
from ..nodes.custom import substituted
from ..nodes.loops import Loop, carry_leaf, node_of, parts_of, slice_leaf
from ..nodes.node import Node
from ..nodes.shapes import Shape
from ..passes.loops import repeated
from .building import Builder
from .kinds import PULL, PUSH, Received, Wanted
from .transforms import pulled, pushed


class _Step:
    """One step of a loop, as a function of stand-ins: its carry, slices, and what every step reads.

    Attributes
    ----------
    loop : Loop
    outputs : list of Node
        The next carry, and what the step gives.
    carry, slices, outers
        The stand-ins.
    """

    def __init__(self, build: Builder, node: Node) -> None:
        self.build, self.node = build, node
        self.loop: Loop = node.static
        self.initial, self.arrays = node.operands[0], node.operands[1 : 1 + self.loop.sliced]
        self.carry, *leaves = self.loop.graph.inputs
        self.slices, self.outers = leaves[: self.loop.sliced], leaves[self.loop.sliced :]
        for leaf in self.loop.graph.inputs:
            build.keep(leaf)
        self.outputs = build.build(self.loop.graph.outputs)

    def repeated(
        self, outputs: Sequence[Node], carry: Node, own: Node, initial: Node, arrays: Sequence[tuple[Node, Node]], turned: bool
    ) -> list[Node]:  # fmt: skip
        """Return the parts of the value of a loop with other outputs, which may use the stand-ins.

        Parameters
        ----------
        outputs : sequence of Node
            The next carry, and what a step gives.
        carry : Node
            The leaf that stands for the carry.
        own : Node
            What of it stands for this loop's own carry.
        initial : Node
        arrays : sequence of (Node, Node)
            What is sliced, and what stands for a slice.
        turned : bool
        """
        leaves = [slice_leaf(number, leaf.shape) for number, (_, leaf) in enumerate(arrays)]
        given = {id(leaf): new for (_, leaf), new in zip(arrays, leaves, strict=True)}
        given[id(self.carry)] = given.get(id(own), own)
        made = repeated(substituted(outputs, given), carry, leaves, initial, [array for array, _ in arrays], self.loop.length, turned)
        first = 1 + made.static.sliced
        stand_ins = {id(leaf): node for leaf, node in zip(self.outers, self.node.operands[1 + self.loop.sliced :], strict=True)}
        operands = [*made.operands[:first], *substituted(made.operands[first:], stand_ins)]
        (built,) = self.build.build([node_of(made.static, operands)])
        return self.build.build(parts_of(built))


def _moved(build: Builder, node: Node, lead: Shape, inward: bool) -> Node:
    """Return elements with the leading axes moved behind the first of the others, or back."""
    axes = (len(lead), 0) if inward else (0, len(lead))
    return build.pick(np.moveaxis(np.arange(node.size).reshape(node.shape), *axes), [node])


def _joined(build: Builder, nodes: Sequence[Node]) -> Node:
    """Return the elements of nodes, one after another, along one axis."""
    return build.pick(np.arange(sum(node.size for node in nodes)), nodes)


def _part(build: Builder, node: Node, first: int, shape: Shape) -> Node:
    """Return consecutive elements of a node under a shape."""
    return build.pick(first + np.arange(int(np.prod(shape, dtype=int))).reshape(shape), [node])


def _push(build: Builder, node: Node, tangents: Sequence[Node | None], lead: Shape) -> Node | None:
    """Return the tangent of the value: the steps carry, beside their own, the tangent of the carry."""
    step = _Step(build, node)
    loop, size = step.loop, step.loop.carried
    count = int(np.prod(lead, dtype=int))
    carry = carry_leaf(size * (1 + count))
    build.keep(carry)
    own, tangent = _part(build, carry, 0, (size,)), _part(build, carry, size, (*lead, size))
    arrays, given = list(zip(step.arrays, step.slices, strict=True)), dict[int, Node | None]()
    for number, (leaf, moved) in enumerate(zip([*step.slices, *step.outers], tangents[1:], strict=True)):
        given[id(leaf)] = moved
        if moved is not None and number < loop.sliced:
            stand_in = given[id(leaf)] = slice_leaf(number, (*lead, *leaf.shape))
            build.keep(stand_in)
            arrays.append((_moved(build, moved, lead, inward=True), stand_in))
    after, *results = pushed(build, step.outputs, given | {id(step.carry): tangent}, lead)
    still = build.zeros((*lead, size))
    outputs = [_joined(build, [step.outputs[0], still if after is None else after]), *(each for each in results if each is not None)]
    initial = _joined(build, [step.initial, still if tangents[0] is None else tangents[0]])
    last, *kept = step.repeated(outputs, carry, own, initial, arrays, loop.turned)
    parts, waiting = [_part(build, last, size, (*lead, size))], iter(kept)
    for result, shape in zip(results, loop.shapes, strict=True):
        moved = build.zeros((*lead, *shape)) if result is None else _moved(build, next(waiting), lead, inward=False)
        parts.append(build.shaped(moved, (*lead, int(np.prod(shape, dtype=int)))))
    return _beside(build, parts, lead)


def _beside(build: Builder, parts: Sequence[Node], lead: Shape) -> Node:
    """Return nodes of one axis behind the leading ones, put together along that."""
    starts = np.cumsum([0, *(part.size for part in parts)])[:-1]
    places = [start + np.arange(part.size).reshape(part.shape) for start, part in zip(starts, parts, strict=True)]
    return build.pick(np.concatenate(places, axis=len(lead)), parts)


def _split(build: Builder, g: Node, loop: Loop, lead: Shape) -> list[Node]:
    """Return the parts of an upstream gradient: of the last carry, and of what each step gives, slice by slice."""
    places = np.arange(g.size).reshape((*lead, -1)) if g.size else np.zeros(g.shape, int)
    after, *results = np.split(places, np.cumsum(loop.sizes)[:-1], axis=-1)
    shaped = [each.reshape((*lead, *shape)) for each, shape in zip(results, loop.shapes, strict=True)]
    return [build.pick(after, [g]), *(build.pick(np.moveaxis(each, len(lead), 0), [g]) for each in shaped)]


def _pull(build: Builder, node: Node, g: Node, lead: Shape, wanted: Wanted) -> Iterator[Received]:
    """Yield what operands receive: the steps back need the carries, which a loop of their own gives, and carry the sums of gradients."""
    step = _Step(build, node)
    loop, size = step.loop, step.loop.carried
    count = int(np.prod(lead, dtype=int))
    before = carry_leaf(size)
    build.keep(before)
    pairs = list(zip(step.arrays, step.slices, strict=True))
    _, carries = step.repeated([step.outputs[0], step.carry], before, before, step.initial, pairs, loop.turned)
    stand_in = slice_leaf(0, (size,))
    build.keep(stand_in)
    upstream, *given = _split(build, g, loop, lead)
    entering = [slice_leaf(number, each.shape[1:]) for number, each in enumerate(given)]
    asked = [number for number, each in enumerate(wanted) if each]
    summed = [number for number in asked if number > loop.sliced]
    leaves = loop.graph.inputs
    sizes = np.cumsum([count * size, *(count * leaves[number].size for number in summed)]).tolist()
    carry = carry_leaf(sizes[-1])
    for leaf in (carry, *entering):
        build.keep(leaf)
    cotangents = [_part(build, carry, 0, (*lead, size)), *entering]
    received = pulled(build, step.outputs, cotangents, [step.carry, *(leaves[number] for number in asked if number)], lead)
    found = dict(zip([0, *(number for number in asked if number)], received, strict=True))
    sums = [_part(build, carry, first, (*lead, *leaves[number].shape)) for number, first in zip(summed, sizes, strict=False)]
    after = [found[0] if found[0] is not None else build.zeros((*lead, size))]
    for number, sofar in zip(summed, sums, strict=True):
        more = found[number]
        after.append(sofar if more is None else build(add, sofar, more))
    sliced = [number for number in asked if 0 < number <= loop.sliced and found[number] is not None]
    outputs = [_joined(build, after), *(each for number in sliced if (each := found[number]) is not None)]
    initial = _joined(build, [upstream, *(build.zeros(each.shape) for each in sums)])
    arrays = [*pairs, *zip(given, entering, strict=True), (carries, stand_in)]
    last, *kept = step.repeated(outputs, carry, stand_in, initial, arrays, not loop.turned)
    if 0 in asked:
        yield Received(0, _part(build, last, 0, (*lead, size)))
    for number, first in zip(summed, sizes, strict=False):
        yield Received(number, _part(build, last, first, (*lead, *leaves[number].shape)))
    for number, each in zip(sliced, kept, strict=True):
        yield Received(number, _moved(build, each, lead, inward=False))


PULL[SCAN], PUSH[SCAN] = _pull, _push
