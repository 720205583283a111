"""Every evaluation of every test runs on both engines, and the bytes are compared."""

import copy
import gc
import os
from collections import Counter
from dataclasses import replace

import hardware
import numpy as np
import pytest
from energies import p, v, x, y

import staticgraph as sg
from staticgraph.compiler import store
from staticgraph.gates import BY_OPCODE, ELEMENTWISE
from staticgraph.kinds.kind import guards
from staticgraph.native import engine, loops, schedule
from staticgraph.native.frame import Build
from staticgraph.native.key import content_key
from staticgraph.records.instruction import GUARD
from staticgraph.records.table import SUMS
from staticgraph.running import choice
from staticgraph.running.choice import NATIVE, VARIABLE, Choice
from staticgraph.running.executor import Executor

os.environ[VARIABLE] = "interpreter"  # a test that wants another engine says so


class Unkept:
    """A store for native code: programs are compiled by every session, as code that an earlier one has kept would hide what the compiler
    does now. The kernels for products of matrices, which no program changes, are kept, as the interpreter is: they take two seconds."""

    def __init__(self):
        self.kernels = set()

    def key(self, kind, *parts):
        name = store.key(kind, *parts)
        if kind == "kernels":
            self.kernels.add(name)
        return name

    def is_there(self, name):
        return name in self.kernels and store.is_there(name)

    def load(self, name):
        return store.load(name) if name in self.kernels else None

    def save(self, name, objects):
        if name in self.kernels:
            store.save(name, objects)


engine.store = loops.store = Unkept()
hardware.use()


def pytest_collection_finish():
    """Let the garbage collector pass by what stays, the tests themselves, and come more rarely: it took a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Let processes begin at different files, and take tests from each other at the end (as an option it would disable benchmarks)."""
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log)


@pytest.fixture(scope="module", autouse=True)
def frozen():
    """Let it pass by what earlier modules have left, too: Numba's compiler and ours end with a collection, of 30 ms otherwise."""
    gc.freeze()


MOST_ELEMENTS, MOST_ROWS = 500, 50_000
"""Larger programs take seconds to compile; larger batches are there to be measured."""
MOST_TIMES = 4
"""A test that calls one function for each of hundreds of points compares the first of them."""
_twins: dict[str, Executor] = {}
_times: Counter[str] = Counter()
ONE_IN = 16
"""Of the programs of instructions that earlier ones had too, one in so many is compiled: compiling all took a third of the tests' time."""
_met: set[tuple[object, ...]] = set()


def twin(executor, key):
    """Return an executor of the same program that runs native code."""
    if key not in _twins:
        _twins[key] = Executor(executor.program, Choice(NATIVE), "twin")
    found = _twins[key]
    found.program = executor.program  # leaves' names are no part of the key
    return found


def with_a_vector(executor, call):
    """Return the call with results of its own, and with a whole vector of rows before its own if it has none."""
    rows = call.rows if call.rows >= executor.width else executor.width + call.rows

    def fresh(place, array):
        batched = array.ndim > place.axes
        if place.written:
            return np.empty((rows, *array.shape[1:]) if batched and place.group != SUMS else array.shape, array.dtype)
        return np.resize(array, (rows, *array.shape[1:])) if batched else array

    form = copy.copy(call.form)
    form.bindings = {}
    arrays = [fresh(place, array) for place, array in zip(form.places, call.arrays, strict=True)]
    return replace(call, form=form, arrays=arrays, rows=rows, apart=True, sums=None if call.sums is None else np.empty_like(call.sums))


def new_to_both(program, seeded):
    """Whether a program has something that none had before: a gate, what its backward rule serves, a kind with such flags and lengths."""
    found, dtype = {(program.dtype, seeded)}, program.dtype
    for opcode, backward, flags, *lengths in program.instructions[["opcode", "backward", "flags", "rows", "length", "columns"]].tolist():
        gate = BY_OPCODE[opcode]
        kind = gate and gate.kind
        found |= {(dtype, opcode), (kind, flags, *(min(each, 2) for each in lengths))}
        if kind == ELEMENTWISE and backward:
            found |= {(dtype, opcode, "backward"), (opcode, backward, guards(gate, backward, bool(flags & GUARD)))}
        elif backward:
            found.add((dtype, opcode, backward))
    new = not found <= _met
    _met.update(found)
    return new


def compare(executor, call):
    """Evaluate on both engines and compare all results byte by byte."""
    program, build = executor.program, Build(call.form.seeded)
    key = f"{content_key(program, build)} {program.slots}"  # accumulators that no instruction names are memory that a twin has
    _times[key] += 1
    if _times[key] > MOST_TIMES or (key not in _twins and int(key[1:3], 16) % ONE_IN and not new_to_both(program, call.form.seeded)):
        return
    first, second = with_a_vector(executor, call), with_a_vector(executor, call)
    run(executor, first)
    with pytest.MonkeyPatch.context() as patch:
        if int(key[0], 16) % 2:  # every second program is cut into small functions that call their rules
            patch.setattr(schedule, "MOST_ALONE", 40)
            patch.setattr(schedule, "MOST_INSTRUCTIONS", 40)
            patch.setattr(schedule, "MOST_LONG", 0)
        run(twin(executor, key), second)
    if call.sums is not None:  # a part of a batch leaves them open
        assert first.sums.tobytes() == second.sums.tobytes(), "the engines differ"
    for place, a, b in zip(first.form.places, first.arrays, second.arrays, strict=True):
        assert not place.written or (place.group == SUMS and call.sums is not None) or a.tobytes() == b.tobytes(), "the engines differ"


run = Executor.run


@pytest.fixture
def one_engine():
    """Let the interpreter alone run: for tests whose programs other tests run on both engines."""


@pytest.fixture(autouse=True)
def both_engines(request, monkeypatch):
    """Compare the engines whenever a function is called with a batch; the tests of the native engine do that themselves."""
    if request.module.__name__.startswith("test_native") or "one_engine" in request.fixturenames:
        return

    def run_both(self, call):
        done = run(self, call)
        if done and 0 < call.rows <= MOST_ROWS and self.native.elements <= MOST_ELEMENTS:
            compare(self, call)
        return done

    monkeypatch.setattr(Executor, "run", run_both)


@pytest.fixture
def own_engine(monkeypatch):
    """Undo what is chosen above: for tests of the native engine itself."""
    monkeypatch.delenv(VARIABLE, raising=False)
    yield
    choice._chosen = None


@pytest.fixture(scope="session")
def product():
    return sg.compile(x * x * y)


@pytest.fixture(scope="session")
def energy():
    """A function of every kind of leaf: `x * sum(p * v**2) + y`."""
    return sg.compile(x * np.sum(p * v * v) + y, inputs=[x, v, p, y])
