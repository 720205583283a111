"""What may compile for long is first prepared in a process of its own, which can be ended: native code cannot be interrupted."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..cases import Case, case
from .peer import LIBRARY, Peer, SkipError

LIMIT = 60.0  # Seconds for all forms of a peer.
LONG = 2000  # Instructions of a case, beyond which libraries are attempted.
# Cases of few instructions that are as slow: sums are unrolled, or Numba has many functions to compile.
SLOW = {("drjit", "network_by_weights"), ("drjit", "mixture"), ("pytensor", "mixture")}
DONE = "prepared "


@dataclass(frozen=True)
class Attempt:
    """The forms that were prepared, in order, and why there were no more; None if there are no more."""

    forms: tuple[str, ...]
    reason: str | None


def is_doubtful(peer: Peer, case: Case) -> bool:
    """Tell whether preparing might take longer than the limit."""
    if peer.kind != LIBRARY:
        return False
    return (peer.name, case.name) in SLOW or len(case.compile(engine="interpreter").program) > LONG


def attempt(peer: Peer, case: Case, dtype: Any = np.float64) -> Attempt:
    """Prepare and call a peer's forms on a few rows in a new process."""
    return within(LIMIT, [sys.executable, "-m", "bench.peers.attempt", peer.name, case.name, np.dtype(dtype).name])


def within(limit: float, command: Sequence[str]) -> Attempt:
    """Run a command that prints the forms that it has prepared; end it, and what it started, after that many seconds."""
    # Its temporary files are in a folder that is removed with whatever it left there when it was ended.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, Path(folder, "output").open("w+") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env=os.environ | {"TMPDIR": folder}, start_new_session=True
        )  # fmt: skip
        try:
            reason = None if process.wait(limit) == 0 else "fails when prepared: "
        except subprocess.TimeoutExpired:
            reason = f"not compiled within {limit:g} s"
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        output.seek(0)
        lines = output.read().splitlines()
    forms = tuple(line.removeprefix(DONE) for line in lines if line.startswith(DONE))
    if reason and reason.endswith(": "):
        reason += next((line for line in lines if "rror" in line), "no message")[:100]
    return Attempt(forms, reason)


def main(peer_name: str, case_name: str, dtype: str) -> None:
    """Prepare the forms here, and print each as soon as it has been called."""
    from . import PEERS

    if hasattr(signal, "alarm"):
        signal.alarm(2 * int(LIMIT))  # Ends this process, in native code too, should the one that watches it have ended before.
    peer, chosen = next(each for each in PEERS if each.name == peer_name), case(case_name)
    # The measuring process will find the same reason to skip.
    with contextlib.suppress(SkipError):
        for form in peer.prepare(chosen, chosen.arguments(chosen.tiny, dtype=dtype)):
            form.call()
            print(f"{DONE}{form.name}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
