"""What a function can tell of its inside, for given arguments."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..gates import ELEMENTWISE
from ..inspecting.causes import cause_backward, cause_forward, is_finite, sent
from ..inspecting.reports import Explanation, NotFinite, NotFiniteReport, Step
from ..nodes.custom import is_custom
from ..nodes.naming import names_of
from ..nodes.node import DATA, OPERATION, PARAMETER, Node
from ..nodes.picture import Picture, drawn
from ..nodes.picture import short as label
from ..program.listing import formula
from ..records.table import Array
from ..running.lazily import Lazily
from .destinations import made
from .insides import CHECKED_ROWS, Insides, chosen, of_row
from .kinks import Kinks
from .plan import Plan
from .raising import Raises


class Inspection(Kinks):
    """A function that can be looked into."""

    @Lazily
    def _insides(self) -> Insides:
        return Insides(self.graph, self.dtype, self.__name__, not self._custom)

    def draw(self, /, *args: Any, row: int = 0, depth: int | None = None, **named: Any) -> Picture:
        """Return a picture of the graph, which notebooks show.

        Parameters
        ----------
        *args, **named
            As in a call; then each edge shows the value that flows forward, above, and the gradient that flows back, below, in one row.
            Without any, the graph alone is shown.
        row : int, optional
            Of the batch.
        depth : int, optional
            Show what is within so many gates of the outputs; by default all, or of a large graph as much as can be read.

        Returns
        -------
        Picture
            `.svg` is its text, `.save("graph.svg")` writes it.

        Raises
        ------
        TypeError, ValueError
            As in a call; if there is no such row, or for a depth below 0.
        """
        graph = self.graph
        if not args and not named:
            self._check_by_position("draw", args, *(["row"] if row != 0 else []), *([] if depth is None else ["depth"]))
            return graph.draw(depth=depth)
        self._check_by_position("draw", args, "row", "depth")
        _, values, upstream = self._in_row(args, named, row)

        def flow(node: Node, number: int) -> tuple[str, str]:
            operand = node.operands[number]
            flows = id(node) in upstream and id(operand) in upstream
            return label(values[id(operand)]), label(sent(node, values, upstream)[number]) if flows else ""

        ends = [(label(values[id(node)]), "" if node.boolean or self._custom else "1") for node in graph.outputs]
        return drawn(graph.nodes, graph.outputs, depth, flow, dict(enumerate(ends)))

    def _in_row(self, args: tuple[Any, ...], named: dict[str, Any], row: Any) -> tuple[int, dict[int, Array], dict[int, Array]]:
        """Return the number of a row, the value of each node in it, and the gradients that arrive."""
        arguments, rows = self._arrays(args, named)
        count = 1 if rows is None else rows
        if isinstance(row, bool) or not isinstance(row, (int, np.integer)) or not -count <= row < count:
            expected = f"a row of the batch, from 0 to {count - 1}" if count else "a batch that has rows, to look at one of them"
            raise ValueError(f"row: expected {expected}, got {row!r}{'' if count else ' of 0'}")
        number = int(row) % count
        one = chosen(arguments, self.inputs, slice(number, number + 1))
        return number, of_row(self._insides.values(one, 1), 0), of_row(self._insides.upstream(one, 1), 0)

    def explain(self, /, *args: Any, row: int = 0, **named: Any) -> Explanation:
        """Return what each gate does in one row: formula, value, local derivatives, the gradient that arrives, and the user's line.

        Parameters
        ----------
        *args, **named
            As in a call.
        row : int, optional
            Of the batch.

        Returns
        -------
        report
            An entry for each leaf and gate, in order: `.rows .name .formula .gate .value .local .upstream .line`; it prints as a table.

        Raises
        ------
        TypeError, ValueError
            As in a call; if there is no such row.
        """
        self._check_by_position("explain", args, "row")
        number, values, upstream = self._in_row(args, named, row)
        names, steps = names_of(self.graph.nodes), []
        for node in dict.fromkeys((*self.inputs, *self._insides.gates)):
            of = formula(node, names) if node.role == OPERATION else ""
            gate = node.gate.name if node.gate is not None else node.role
            name = names.get(id(node), str(node.name))
            received = None if node.boolean or self._custom else upstream.get(id(node), np.zeros(node.shape, self.dtype))
            steps.append(Step(np.array([number]), name, of, gate, values[id(node)], _local(node, values), received, node.line))
        return Explanation(steps)

    def raises(self, /, *args: Any, **named: Any) -> Raises:
        """Return for which rows the Python function that was traced would raise, and what: those whose results are NaN for that reason.

        Parameters
        ----------
        *args, **named
            As in a call.

        Returns
        -------
        report
            A tuple that prints: one entry, with `.rows`, `.exception` and `.line`, for each place that raises for any row.

        Raises
        ------
        TypeError, ValueError
            As in a call.
        """
        arguments, rows = self._arrays(args, named)
        return Raises(()) if self._guards is None else self._guards.found(arguments, rows, self.dtype)

    def find_nonfinite(self, /, *args: Any, **named: Any) -> NotFiniteReport:
        """Return where NaN or infinity first appears, in the rows in which it reaches an output or a gradient.

        Parameters
        ----------
        *args, **named
            As in a call.

        Returns
        -------
        report
            An entry for each place: `.rows .gate .line .direction .operands .value .upstream`; empty if all is finite. Where only sums over
            rows overflow, those are the parameters, with all rows.

        Raises
        ------
        TypeError, ValueError
            As in a call.
        """
        arguments, rows = self._arrays(args, named)
        found: dict[tuple[int, bool], list[Any]] = defaultdict(list)
        examples: dict[tuple[int, bool], NotFinite] = {}
        count, sums = 1 if rows is None else rows, dict[int, Array]()
        for numbers in self._suspects(arguments, count, sums):
            for rows_alike, example, key in self._causes(chosen(arguments, self.inputs, numbers), numbers):
                found[key].append(rows_alike)
                examples.setdefault(key, example)
        entries = [example._replace(rows=np.sort(np.concatenate(found[key]))) for key, example in examples.items()]
        if not entries:
            overflowing = [node for node in self._insides.wanted if id(node) in sums and not is_finite(sums[id(node)])]
            entries = [_entry(node, True, {}, sums)._replace(rows=np.arange(count)) for node in overflowing]
        if self._custom and self._scalar:
            entries += self._of_custom_gradients(arguments, rows, [each.rows for each in entries])
        return NotFiniteReport(sorted(entries, key=lambda each: int(each.rows[0])))

    def _of_custom_gradients(self, arguments: list[Array], rows: int | None, known: list[Array]) -> list[NotFinite]:
        """Return an entry for the rows whose gradient alone is not finite, with gradients of the user's own."""
        wrong, found = np.zeros(1 if rows is None else rows, bool), self._gradients(arguments, rows, None, None, None, None)
        leaves = [leaf for leaf in self.inputs if leaf.role != DATA]
        for leaf, gradient in zip(leaves, map(np.asarray, found), strict=True):
            if leaf.role != PARAMETER:
                wrong |= _wrong(gradient) if rows is not None else not is_finite(gradient)
        if not wrong.any() and not known:
            wrong[:] = not all(map(is_finite, map(np.asarray, found)))
        wrong[np.concatenate([np.zeros(0, np.int64), *known])] = False
        line = next(node.line for node in self._source.nodes if is_custom(node))
        entry = NotFinite(np.flatnonzero(wrong), "custom_gradient", line, "backward", (), np.array(np.nan), None)
        return [entry] if wrong.any() else []

    def _suspects(self, arguments: list[Array], rows: int, sums: dict[int, Array]) -> Iterator[Array]:
        """Yield, in chunks, rows in which a result is not finite, or only sums over them tell that one may be; collect those sums."""
        most, count = self._insides.chunk, min(rows, CHECKED_ROWS)
        room = made(self._values, count), made(self._looked_at.destinations, count)
        for start in range(0, rows, CHECKED_ROWS):
            own = chosen(arguments, self.inputs, slice(start, start + CHECKED_ROWS))
            wrong, received = self._wrong_rows(own, min(CHECKED_ROWS, rows - start), room)
            with np.errstate(all="ignore"):
                sums.update((leaf, sums.get(leaf, 0.0) + each) for leaf, each in received.items())
            if not all(map(is_finite, received.values())):
                right = np.flatnonzero(~wrong)
                others = self._wrong_rows(chosen(own, self.inputs, right), len(right), room)[1] if wrong.any() else received
                wrong |= not all(map(is_finite, others.values()))
            numbers = start + np.flatnonzero(wrong)
            yield from (numbers[first : first + most] for first in range(0, len(numbers), most))

    @property
    def _looked_at(self) -> Plan:
        """The plan whose results are looked at: values alone where gradients are the user's own."""
        return self._plan(None if self._custom else self._default)

    def _wrong_rows(
        self, arguments: list[Array], rows: int, room: tuple[list[Array], list[Array]]
    ) -> tuple[Array, dict[int, Array]]:  # fmt: skip
        """Return for each row whether a result is not finite, and the sums over rows by leaf; the results are written into a room."""
        plan = self._looked_at
        summed = [each.summed for each in plan.destinations]
        own = [value[:rows] for value in room[0]]
        received = [each if sums else each[:rows] for each, sums in zip(room[1], summed, strict=True)]
        plan.run(arguments, rows, own, received)
        wrong = np.zeros(rows, bool)
        for each in (*own, *(each for each, sums in zip(received, summed, strict=True) if not sums)):
            wrong |= _wrong(each)
        leaves = zip(self._insides.wanted, received, summed, strict=True)
        return wrong, {id(leaf): each for leaf, each, sums in leaves if sums}

    def _causes(self, arguments: list[Array], numbers: Array) -> Iterator[tuple[Array, NotFinite, tuple[int, bool]]]:
        """Yield rows in which the same nodes are not finite, with what makes them so; a row in which nothing is wrong is left out."""
        inside, graph = self._insides, self.graph
        values, upstream = inside.values(arguments, len(numbers)), inside.upstream(arguments, len(numbers))
        patterns = [_pattern(each, len(numbers)) for each in (*values.values(), *upstream.values())]
        order = {id(node): number for number, node in enumerate((*graph.inputs, *graph.nodes))}
        for alike in _alike(np.array(patterns)):
            own, arrived = of_row(values, alike[0]), of_row(upstream, alike[0])
            causes, backward = cause_forward(graph.outputs, own), False
            if not causes and arrived:
                backward = True
                causes = cause_backward(graph.nodes, inside.wanted, own, arrived, inside.active)
            if causes:
                node = (max if backward else min)(causes, key=lambda each: order[id(each)])
                yield numbers[alike], _entry(node, backward, own, arrived), (id(node), backward)


def _local(node: Node, values: dict[int, Array]) -> tuple[Array, ...]:
    """Return the derivatives of an elementwise gate in its operands, of the value's shape."""
    gate = node.gate
    if gate is None or node.boolean or gate.kind != ELEMENTWISE:
        return ()
    value = values[id(node)]
    with np.errstate(all="ignore"):
        found = gate.contributions(np.ones_like(value), value, *(values[id(operand)] for operand in node.operands))
    return tuple([np.broadcast_to(np.asarray(0.0 if each is None else each, value.dtype), value.shape) for each in found])


def _wrong(value: Array) -> Array:
    """Return for each row whether a value is not finite."""
    with np.errstate(all="ignore"):
        if np.isfinite(np.sum(value)):  # faster than looking at each; it may overflow
            return np.zeros(len(value), bool)
    finite = np.isfinite(value).reshape(len(value), -1)
    return ~np.asarray(finite.all(axis=1))


def _pattern(value: Array, rows: int) -> Array:
    """Return for each row whether a value is finite; of conditions what they are, as those decide what matters."""
    told = value if value.dtype == bool else np.isfinite(value)
    return np.broadcast_to(told.reshape(len(told), -1).all(axis=1), rows)


def _alike(patterns: Array) -> list[list[int]]:
    """Return the columns that are alike: packed into bytes, which takes a tenth of the time of NumPy's `unique`."""
    packed = np.packbits(patterns, axis=0).T
    length, data = packed.shape[1], packed.tobytes()
    found: dict[bytes, list[int]] = {}
    for number in range(len(packed)):
        found.setdefault(data[number * length : (number + 1) * length], []).append(number)
    return list(found.values())


def _entry(node: Node, backward: bool, values: dict[int, Array], upstream: dict[int, Array]) -> NotFinite:
    """Return the entry of a cause, without its rows."""
    gate = node.gate.name if node.gate is not None else f"{node.role} {node.name}" if node.name else node.role
    operands: Sequence[Array] = tuple([values[id(operand)] for operand in node.operands])
    value: Any = tuple(sent(node, values, upstream)) if backward else values[id(node)]
    direction = "backward" if backward else "forward"
    return NotFinite(np.zeros(0, np.int64), gate, node.line, direction, tuple(operands), value, upstream[id(node)] if backward else None)

