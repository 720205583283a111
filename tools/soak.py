"""Interrupt, fork and refuse threads at random moments, and look for hangs, crashes and wrong bytes.

    python -m tools.soak [--events 2000] [--processes 4] [--seed 0] [--seconds 900]

Each process does its share of the events with a seed of its own, one process after another; the first event that hangs, crashes or gives
other bytes ends the run with status 1 and names its seed, with which `--processes 1 --seed SEED` repeats it. 2,000 events take about two
minutes; the tests run a few hundred.
"""

import argparse
import faulthandler
import gc
import os
import random
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

ROWS = 4_000
CHILD_SECONDS = 30


class InterruptionError(Exception):
    """What the signal handler raises."""


class Interrupter:
    """Raises exceptions from a signal handler, the first after a random time and perhaps some more right after it."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.armed: list[None] = []
        signal.signal(signal.SIGALRM, self._handle)

    def _handle(self, *_: Any) -> None:
        if self.armed:
            self.armed.pop()
            raise InterruptionError

    def during(self, action: Callable[[], Any], longest: float) -> bool:
        """Run an action that is interrupted within so many seconds; return whether it was."""
        delay, again, times = self.rng.uniform(1e-5, longest), self.rng.choice([0.0, 2e-5, 5e-4]), self.rng.choice([1, 1, 2, 4])
        try:
            try:
                self.armed.extend([None] * times)
                signal.setitimer(signal.ITIMER_REAL, delay, again)
                action()
            finally:
                self.armed.clear()  # one call of C: from here on nothing is raised
        except InterruptionError:
            return True
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        return False


class Soak:
    """The events of one process."""

    def __init__(self, seed: int) -> None:
        import numpy as np

        import staticgraph as sg
        from staticgraph.running import threads

        self.np, self.sg, self.threads = np, sg, threads
        self.rng = random.Random(seed)
        self.interrupter = Interrupter(self.rng)
        self.serial = seed * 1_000_000
        self.given = np.random.default_rng(seed).normal(size=(ROWS, 8)), np.linspace(-1.0, 1.0, 8)
        self.functions = [self.compiled(engine, 0.5) for engine in ("interpreter", "native")]
        self.interrupter.during(lambda: self.functions[0].grad(*self.given, threads=2), 0.5)  # perhaps the first call of the process
        self.expected = self.bytes_of(self.functions[0].value_and_grad(*self.given, threads=1))

    def compiled(self, engine: str, factor: float) -> Any:
        """Return a function of two leaves that depends on a number."""
        x, p = self.sg.input("x", 8), self.sg.parameter("p", 8)
        return self.sg.compile(self.np.sum(self.np.tanh(x * p * factor) ** 2 + self.np.exp(-x * x) * p), [x, p], engine=engine)

    def other(self) -> float:
        """Return a number that no function has had."""
        self.serial += 1
        return 1.0 + self.serial * 2.0**-40

    def bytes_of(self, results: Any) -> bytes:
        """Return the bytes of a value and its gradients."""
        value, gradients = results
        return b"".join(array.tobytes() for array in (value, *gradients))

    def check(self) -> None:
        """Check that calls on both engines and compiling work."""
        for function in self.functions:
            assert self.bytes_of(function.value_and_grad(*self.given, threads=self.rng.choice([1, 2, 3]))) == self.expected, "other bytes"

    def interrupt_call(self) -> None:
        """Interrupt a call; nothing may be written afterwards."""
        function, np = self.rng.choice(self.functions), self.np
        out = np.full(ROWS, np.nan), (np.full((ROWS, 8), np.nan), np.full(8, np.nan))
        given = self.rng.choice([None, out])
        if self.interrupter.during(lambda: function.value_and_grad(*self.given, threads=self.rng.choice([2, 3, 4]), out=given), 1e-3):
            before = self.bytes_of(out)
            time.sleep(0.002)
            assert self.bytes_of(out) == before, "a helper went on after the exception"
        self.check()

    def interrupt_compilation(self) -> None:
        """Interrupt compiling, or the wait for it; afterwards it works."""
        factor = self.other()
        self.interrupter.during(lambda: self.compiled("native", factor), 0.03)
        if self.rng.random() < 0.3:
            assert self.compiled("native", self.other()).engine == "native", "not compiled"

    def interrupt_request(self) -> None:
        """Interrupt a request in the background, and drop what it is for."""
        function = self.compiled("interpreter", self.other())
        self.interrupter.during(partial(function.specialize, wait=self.rng.random() < 0.5), 0.005)
        if self.rng.random() < 0.3:
            function.specialize()
            assert function.engine == "native", "not compiled"
            assert len(self.bytes_of(function.value_and_grad(*self.given))) == len(self.expected)
        del function
        if self.rng.random() < 0.1:
            gc.collect()

    def fork(self) -> None:
        """Fork, perhaps interrupted, while something is compiled and other threads ask for more or call first; the child works, too."""
        function = self.compiled("interpreter", self.other())
        function.specialize(wait=False)
        asker = threading.Thread(target=lambda: self.compiled("interpreter", self.other()).specialize(wait=False))
        caller = threading.Thread(target=lambda: function.value_and_grad(*self.given, threads=1))
        asker.start()
        caller.start()
        time.sleep(self.rng.uniform(0, 0.03))
        parent, found = os.getpid(), []

        def forked() -> None:
            found.append(os.fork())

        try:
            if self.rng.random() < 0.5:
                self.interrupter.during(forked, 0.01)
            else:
                forked()
        finally:
            if os.getpid() != parent:
                self._child(function)
        _repair_logging()
        asker.join()
        caller.join()
        _, status = os.waitpid(-1, 0) if found or _has_child() else (0, 0)
        assert status == 0, f"a child ended with status {status}"

    def _child(self, function: Any) -> None:
        """What a child does; a hang ends by a signal."""
        status = 1
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_REAL, CHILD_SECONDS)
            self.check()
            assert len(self.bytes_of(function.value_and_grad(*self.given, threads=1))) == len(self.expected)
            function.specialize(wait=True)
            status = 0 if function.engine == "native" and self.compiled("native", self.other()).engine == "native" else 3
        finally:
            os._exit(status)

    def refuse(self) -> None:
        """Call, perhaps interrupted, while the system refuses threads: all of them, or some."""
        import _thread

        real, chance = _thread.start_new_thread, self.rng.choice([0.5, 1.0])

        def start(*arguments: Any) -> int:
            if self.rng.random() < chance:
                raise RuntimeError("can't start new thread")
            return real(*arguments)

        self.threads._pools.clear()
        # Both names: the second is what `threading.Thread.start` looks up.
        _thread.start_new_thread = threading._start_new_thread = start  # type: ignore[attr-defined]
        try:
            if self.rng.random() < 0.5:
                function = self.rng.choice(self.functions)
                self.interrupter.during(lambda: function.grad(*self.given, threads=self.rng.choice([2, 4])), 1e-3)
            self.check()
        finally:
            _thread.start_new_thread = threading._start_new_thread = real  # type: ignore[attr-defined]
        self.check()

    def run(self, events: int) -> Counter[str]:
        """Do random events; return how many of each."""
        kinds = [self.interrupt_call, self.interrupt_compilation, self.interrupt_request, self.fork, self.refuse]
        done: Counter[str] = Counter()
        for number in range(events):
            (event,) = self.rng.choices(kinds, (6, 3, 3, 2, 2))
            print(f"event {number}: {event.__name__}", flush=True)
            event()
            done[event.__name__] += 1
        self.check()
        assert self.compiled("native", self.other()).engine == "native"
        return done


def _has_child() -> bool:
    """Whether a child is left to be waited for: its fork may have been interrupted before its number was known."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT | os.WNOHANG)
    except ChildProcessError:
        return False
    return True


def _repair_logging() -> None:
    """Free the lock that `logging` takes around a fork by functions in Python, which an interruption may cut short."""
    import logging

    logging._lock._at_fork_reinit()  # type: ignore[attr-defined]


def _work(seed: int, events: int) -> None:
    """Be one of the processes."""
    faulthandler.enable()
    faulthandler.register(signal.SIGUSR1, all_threads=True)
    warnings.simplefilter("ignore")
    shown = sys.unraisablehook

    def show(found: Any) -> None:
        # What an interruption does to the handlers of forks that others have registered is theirs.
        if found.exc_type is not InterruptionError and "un-acquired" not in str(found.exc_value):
            shown(found)

    sys.unraisablehook = show
    print(f"done {dict(Soak(seed).run(events))}", flush=True)


def soak(seed: int, events: int, seconds: float) -> str | None:
    """Run one process; return what went wrong, None if nothing did."""
    command = [sys.executable, "-m", "tools.soak", "--work", "--seed", str(seed), "--events", str(events)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGUSR1)  # where all threads are
        time.sleep(1)
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        return f"seed {seed}: not finished after {seconds} s\n{output[-4000:]}"
    if process.returncode or not output.splitlines()[-1].startswith("done"):
        return f"seed {seed}: exit status {process.returncode}\n{output[-4000:]}"
    return None


def main() -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.soak", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--events", type=int, default=2000)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=900.0, help="the time limit of each process")
    parser.add_argument("--work", action="store_true", help="be one of the processes")
    options = parser.parse_args()
    if options.work:
        _work(options.seed, options.events)
        return 0
    start = time.perf_counter()
    share = -(-options.events // options.processes)
    for number in range(options.processes):
        wrong = soak(options.seed + number, share, options.seconds)
        if wrong is not None:
            print(wrong)
            return 1
        rate = share * (number + 1) / (time.perf_counter() - start)
        print(f"seed {options.seed + number}: {share} events without a hang, a crash or a wrong byte; {rate:.1f} a second", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
