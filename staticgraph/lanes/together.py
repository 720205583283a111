"""Many modules compiled at once, on all cores."""

import threading
from collections.abc import Iterator

from ..compiler.helpers import side_by_side
from ..compiler.worker import check_stopped, hurried, on_thread
from .ieee import ieee
from .objects import LEVEL, compiled_by, target_machine


def compiled_all(texts: Iterator[str], count: int, level: int = LEVEL) -> list[bytes]:
    """Return the object code of so many modules, in their order. The text of one is written while others are compiled.

    Two cores take 0.57 of the time of one. Between two steps of the worker's thread none of them is in LLVM.
    """
    taking, numbered = threading.Lock(), enumerate(texts)
    objects: dict[int, bytes] = {}
    ended: list[bool] = []

    def compile_some() -> None:
        machine = target_machine(level)
        with ieee():
            while not ended:
                with taking:
                    number, text = next(numbered, (count, ""))
                if number == count:
                    return
                objects[number] = compiled_by(machine, text)
                if on_thread() and hurried():
                    ended.append(True)

    with ieee():  # what helpers use of it is then loaded, for which they would wait for the thread that waits for them
        while len(objects) < count:
            check_stopped()
            ended.clear()
            side_by_side(compile_some, count - len(objects))
    return [objects[number] for number in range(count)]
