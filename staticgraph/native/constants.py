"""Constants of a function in one table: code that may lie anywhere then takes one address for all, instead of one for each constant.

Where the compiler may not choose where constants lie, as in code that a process compiles for itself, each of them takes an instruction of
ten bytes and a register for its address: a seventh of the instructions of Black-Scholes.
"""

import re

_CONSTANT = re.compile(r"\b0x([0-9a-f]{16})\b")
_SPLAT = re.compile(r"splat \((?:double|float) 0x([0-9a-f]{16})\)")
_VECTOR = re.compile(r"<(\d+) x (?:double|float)>")
_FRACTION = (1 << 52) - 1


class Constants:
    """The table of a function.

    Parameters
    ----------
    name : str
        Of the table.
    element : str
        The type of a constant.
    """

    def __init__(self, name: str, element: str) -> None:
        self.name, self.element = name, element
        self.places: dict[str, int] = {}
        self.count = 0

    def pooled(self, lines: list[str]) -> list[str]:
        """Return the lines of a function in which constants are read from the table, but for powers of two, which simplify code."""
        made: list[str] = []
        for line in "\n".join(lines).split("\n"):
            made += [line] if " = phi " in line else self._read(line)
        return made

    def _read(self, line: str) -> list[str]:
        before: list[str] = []
        vector = _VECTOR.search(line)

        def splat(found: re.Match[str]) -> str:
            assert vector is not None
            return self._spread(found[1], vector[0], before) if _counts(found[1]) else found[0]

        def number(found: re.Match[str]) -> str:
            return self._loaded(found[1], before) if _counts(found[1]) else found[0]

        line = _SPLAT.sub(splat, line)
        if vector is None:
            line = _CONSTANT.sub(number, line)
        return [*before, line]

    def _loaded(self, constant: str, before: list[str]) -> str:
        place = self.places.setdefault(constant, len(self.places))
        self.count += 1
        name = f"%k{self.count}"
        before += [f"{name}.p = getelementptr {self.element}, ptr %constants, i64 {place}", f"{name} = load {self.element}, ptr {name}.p"]
        return name

    def _spread(self, constant: str, vector: str, before: list[str]) -> str:
        number = self._loaded(constant, before)
        lanes = _VECTOR.fullmatch(vector)
        assert lanes is not None
        before += [
            f"{number}.i = insertelement {vector} poison, {self.element} {number}, i64 0",
            f"{number}.v = shufflevector {vector} {number}.i, {vector} poison, <{lanes[1]} x i32> zeroinitializer",
        ]
        return f"{number}.v"

    def table(self) -> list[str]:
        """Return the table, if there is anything in it."""
        numbers = ", ".join(f"{self.element} 0x{each}" for each in self.places)
        return [f"@{self.name} = internal constant [{len(self.places)} x {self.element}] [{numbers}], align 64"] if numbers else []

    def address(self) -> list[str]:
        """Return what takes the table's address: of a register that an assembler wrote, the compiler does not know what it points to."""
        return [f'%constants = call ptr asm "", "=r,0"(ptr @{self.name})'] if self.places else []


def _counts(constant: str) -> bool:
    return bool(int(constant, 16) & _FRACTION)
