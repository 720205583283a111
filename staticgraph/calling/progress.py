"""How far a long call has come, on stderr."""

import sys
import time

SECONDS, SECONDS_IN_A_FILE = 0.1, 10.0
"""Between two lines on a terminal, and where all of them stay."""
WIDTH = 24


class Progress:
    """A line of text that is written again and again.

    Parameters
    ----------
    name : str
        What goes on.
    total : int
        Rows that there are.
    shown : bool
    """

    def __init__(self, name: str, total: int, shown: bool) -> None:
        self.name, self.total, self.shown = name, total, shown and sys.stderr is not None
        self.begun = time.monotonic()
        self.pause = SECONDS if self.shown and sys.stderr.isatty() else SECONDS_IN_A_FILE
        self.written = self.begun - self.pause
        self.done = 0
        self.to(0)

    def to(self, done: int) -> None:
        """Say that so many rows are done."""
        self.done = done
        now = time.monotonic()
        if self.shown and now >= self.written + self.pause:
            self.written = now
            self._write(self._left(now - self.begun))

    def end(self) -> None:
        """Say what was done, and leave the line."""
        if self.shown:
            seconds = time.monotonic() - self.begun
            self._write(f"{'in' if self.done == self.total else 'stopped after'} {_time(seconds)}")
            sys.stderr.write("\n")

    def _left(self, seconds: float) -> str:
        return f"{_time(seconds / self.done * (self.total - self.done))} left" if self.done else ""

    def _write(self, end: str) -> None:
        part = self.done / self.total if self.total else 1.0
        bar = ("#" * int(part * WIDTH)).ljust(WIDTH)
        sys.stderr.write(f"\r{self.name} {part:4.0%} [{bar}] {self.done:,} of {self.total:,} rows {end:<20}")
        sys.stderr.flush()


def _time(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
