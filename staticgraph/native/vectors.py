"""Vectors of values of one row as LLVM text."""

from collections.abc import Callable, Hashable, Sequence
from typing import Any

from .gathering import Column, Lane, Made, Number, Picked, Read, Same, Source, Transposed, recipe
from .vector_text import VectorText


class Vectors(VectorText):
    """The vectors of one width in a text of numbers.

    Parameters
    ----------
    text : FunctionText
        The text, which has `place(base, number)`.
    width : int
    read : callable
        Returns the name of a source as a number.
    """

    def __init__(self, text: Any, width: int, read: Callable[[Source], str]) -> None:
        super().__init__(text.dtype)
        self.text, self.width, self.read = text, width, read
        self.lines, self.vector = text.lines, f"<{width} x {self.element}>"
        self.known: dict[Hashable, str] = {}

    def fresh(self) -> str:
        """Return a new name."""
        name: str = self.text.fresh()
        return name

    def gather(self, sources: Sequence[Source]) -> str:
        """Return the name of the vector that begins with these lanes; any others follow."""
        key = tuple(sources)
        if key not in self.known:
            self.known[key] = self._made((*key, *key[-1:] * (self.width - len(key))), len(key))
        return self.known[key]

    def _made(self, sources: tuple[Source, ...], needed: int) -> str:
        found = recipe(sources, needed)
        if isinstance(found, Same):
            return self._same(found.source)
        if isinstance(found, Made):
            return str(found.vector)
        if isinstance(found, Read):
            return self._column(found.first)
        return self._transposed(found) if isinstance(found, Transposed) else self._picked(found, sources)

    def _same(self, source: Source) -> str:
        number = self.read(source)
        if isinstance(source, Number) and source.literal:
            return f"splat ({self.element} {number})"
        return self.shuffle(self._insert("poison", number, 0), "poison", [0] * self.width)

    def _insert(self, vector: str, number: str, lane: int) -> str:
        name = self.fresh()
        self.lines.append(f"{name} = insertelement {self.vector} {vector}, {self.element} {number}, i64 {lane}")
        return name

    def _column(self, first: Column) -> str:
        """Read columns from one on."""
        if first not in self.known:
            place, name = self.text.place(first.base, first.number), self.fresh()
            self.lines.append(f"{name} = load {self.vector}, ptr {place}, align {self.itemsize}")
            self.known[first] = name
        return self.known[first]

    def _transposed(self, found: Transposed) -> str:
        key = found.first, found.stride
        if (key, 0) not in self.known:
            rows = [self._column(found.first._replace(number=found.first.number + row * found.stride)) for row in range(self.width)]
            self.known.update({(key, number): name for number, name in enumerate(self.transposed(rows))})
        return self.known[key, found.column]

    def _picked(self, found: Picked, sources: tuple[Source, ...]) -> str:
        lanes = [None if place is None else (self._whole(place[0]), place[1]) for place in found.places]
        constants = [lanes[n] is None and isinstance(each, Number) and each.literal for n, each in enumerate(sources)]
        if any(constants):
            texts = [self.read(each) if constant else "poison" for each, constant in zip(sources, constants, strict=True)]
            vector = f"<{', '.join(f'{self.element} {each}' for each in texts)}>"
            lanes = [(vector, lane) if constant else known for lane, (known, constant) in enumerate(zip(lanes, constants, strict=True))]
        known = [each for each in lanes if each is not None]
        made = "poison"
        if known:
            names = list(dict.fromkeys(name for name, _ in known))
            filled = [(known[0][0], lane) if each is None else each for lane, each in enumerate(lanes)]
            made = self.picked(names, [(names.index(name), lane) for name, lane in filled])
        for lane, (source, each) in enumerate(zip(sources, lanes, strict=True)):
            if each is None:
                made = self._insert(made, self.read(source), lane)
        return made

    def _whole(self, source: Lane | Column) -> str:
        """Return the vector of this width that has lanes of another one, or columns, from one on."""
        if isinstance(source, Column):
            return self._column(source)
        if source.width == self.width:
            return str(source.vector)
        if source not in self.known:
            mask = [source.lane + lane if lane < source.width else None for lane in range(self.width)]
            chosen = ", ".join("i32 poison" if lane is None else f"i32 {lane}" for lane in mask)
            given = f"<{source.width} x {self.element}>"
            name = self.fresh()
            self.lines.append(f"{name} = shufflevector {given} {source.vector}, {given} poison, <{self.width} x i32> <{chosen}>")
            self.known[source] = name
        return self.known[source]
