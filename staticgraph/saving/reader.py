"""Taking fields from bytes, one after another, none of which is trusted."""

from struct import Struct
from typing import Any

import numpy as np

from .layout import INTEGER, PLACE


class Reader:
    """Bytes that are read from the beginning to the end; a field that they do not hold is a `ValueError` before anything is made of it."""

    def __init__(self, data: memoryview) -> None:
        self.data = data
        self.place = 0

    @property
    def left(self) -> int:
        """How many bytes have not been taken."""
        return len(self.data) - self.place

    def expect(self, length: int, what: str) -> None:
        """Raise `ValueError` unless so many bytes are left."""
        if length > self.left:
            raise ValueError(f"{what} would take {length} bytes, but {self.left} are left")

    def take(self, length: int, what: str) -> memoryview:
        """Return the next bytes."""
        self.expect(length, what)
        self.place += length
        return self.data[self.place - length : self.place]

    def fields(self, form: Struct, what: str) -> tuple[Any, ...]:
        """Return the next fields of a form."""
        return form.unpack(self.take(form.size, what))

    def integers(self, count: int, what: str) -> list[int]:
        """Return the next signed integers of 64 bits."""
        found: list[int] = np.frombuffer(self.take(count * INTEGER.itemsize, what), INTEGER).tolist()
        return found

    def places(self, count: int, most: int, what: str) -> list[int]:
        """Return the next numbers of 32 bits, all of them smaller than `most`."""
        found: list[int] = np.frombuffer(self.take(count * PLACE.itemsize, what), PLACE).tolist()
        if found and max(found) >= most:
            raise ValueError(f"{what}: number {max(found)}, of {most} there are before")
        return found

    def string(self, what: str) -> str:
        """Return the next string."""
        (length,) = np.frombuffer(self.take(PLACE.itemsize, what), PLACE).tolist()
        return text(self.take(length, what), what)


def text(data: memoryview, what: str) -> str:
    """Return bytes as text."""
    try:
        return str(data, "utf-8", "surrogatepass")
    except UnicodeDecodeError:
        raise ValueError(f"{what} is no text in UTF-8") from None
