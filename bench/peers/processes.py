"""Peers in processes that take turns: while one computes, all others are stopped, since idle threads of some libraries spin."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from . import Skip


class Process:
    """A peer that has prepared a case.

    Parameters
    ----------
    peer, case : str
    rows : int
        Of the batch.
    folder : Path
        Where results are saved.
    """

    def __init__(self, peer: str, case: str, rows: int, folder: Path) -> None:
        path = folder / f"{peer}-{case}.npz"
        command = [sys.executable, "-W", "ignore", "-m", "bench.peers.worker", peer, case, str(rows), str(path)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        answer = ""
        while answer.split(" ")[0] not in ("ready", "skip"):  # libraries print, too
            answer = self.process.stdout.readline()
            if not answer:
                raise RuntimeError(f"{peer} on {case}: {self.process.stderr.read()}")
        if answer.startswith("skip"):
            self.process.wait()
            raise Skip(answer.removeprefix("skip ").strip())
        self.rows = int(answer.split()[1])
        with np.load(path) as saved:
            self.results: list[Any] = [saved[name] for name in saved.files]
        self.process.send_signal(signal.SIGSTOP)

    def seconds(self) -> float:
        """Time one call, with the machine to itself."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        self.process.send_signal(signal.SIGSTOP)
        return float(answer)

    def end(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.communicate()
