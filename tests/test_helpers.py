"""Modules that several threads compile."""

import re
import threading

import pytest

import staticgraph as sg
from staticgraph.compiler import helpers, stacks, steps, worker
from staticgraph.lanes import together
from staticgraph.lanes.objects import Loaded, compiled
from staticgraph.native import engine
from staticgraph.native.frame import PLAIN

TEXTS = [f"define i64 @f{number}() {{\nret i64 {number}\n}}\n" for number in range(7)]


@pytest.fixture(autouse=True)
def three_cores(monkeypatch):
    monkeypatch.setattr(helpers, "count_cores", lambda: 3)


def done_by_the_worker(job):
    return worker.submit(job, first=True).result()


def test_objects_have_the_order_and_the_bytes_of_their_texts():
    objects = done_by_the_worker(lambda: together.compiled_all(iter(TEXTS), len(TEXTS)))
    assert objects == done_by_the_worker(lambda: [compiled(text) for text in TEXTS])
    loaded = done_by_the_worker(lambda: Loaded(objects))
    assert all(done_by_the_worker(lambda number=number: loaded.address(f"f{number}")) for number in range(len(TEXTS)))


def test_the_worker_and_its_helpers_work_at_once():
    together_at = threading.Barrier(3)
    names = []

    def work():
        names.append(threading.current_thread().name)
        together_at.wait(10)

    done_by_the_worker(lambda: helpers.side_by_side(work, 5))
    assert sorted(names) == ["staticgraph-compiler", "staticgraph-helper", "staticgraph-helper"]


@pytest.mark.parametrize("most", [0, 1, 2])
def test_no_more_work_than_there_is(most):
    done = []
    done_by_the_worker(lambda: helpers.side_by_side(lambda: done.append(1), most))
    assert len(done) == max(1, most)


def test_others_than_the_worker_work_alone():
    names = []
    helpers.side_by_side(lambda: names.append(threading.current_thread()), 5)
    assert names == [threading.current_thread()]


@pytest.mark.parametrize("name", ["start", "check_memory"])
def test_where_threads_or_memory_are_refused_the_worker_works_alone(name, monkeypatch):
    def refuse(*_):
        raise RuntimeError if name == "start" else helpers.NoMemoryError

    monkeypatch.setattr(stacks if name == "start" else helpers, name, refuse)
    assert done_by_the_worker(lambda: together.compiled_all(iter(TEXTS), len(TEXTS))) == [compiled(text) for text in TEXTS]


@pytest.mark.parametrize("who", ["staticgraph-compiler", "staticgraph-helper"])
def test_a_failure_is_raised_when_all_have_finished(who):
    begun, finished = threading.Barrier(3), []

    def work():
        begun.wait(10)
        if threading.current_thread().name == who:
            raise ArithmeticError(who)
        finished.append(1)

    with pytest.raises(ArithmeticError, match=who):
        done_by_the_worker(lambda: helpers.side_by_side(work, 3))
    assert finished


def test_what_llvm_refuses_is_told():
    texts = [*TEXTS, "define i64 @f() {\n"]
    with pytest.raises(RuntimeError, match="parsing error"):
        done_by_the_worker(lambda: together.compiled_all(iter(texts), len(texts)))


def test_a_fork_waits_for_no_more_than_the_modules_at_hand(monkeypatch):
    """While a thread waits to fork every module of the worker's thread is a step of its own."""
    ends = []
    monkeypatch.setattr(helpers, "count_cores", lambda: 1)
    monkeypatch.setattr(steps, "forking", lambda: True)
    monkeypatch.setattr(together, "check_stopped", lambda: ends.append(1))
    objects = done_by_the_worker(lambda: together.compiled_all(iter(TEXTS), len(TEXTS)))
    assert objects == [compiled(text) for text in TEXTS]
    assert len(ends) == len(TEXTS)


def test_called_rules_are_written_once_a_program():
    texts = []
    x = sg.input("x")
    value = x
    for number in range(400):
        value = sg.sin(value) + sg.exp(-value) * (1.0 + number)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "compiled_all", lambda given, count, level: texts.extend(given) or [b""] * count)
        program = sg.compile(value, [x], engine="interpreter").program
        done_by_the_worker(lambda: engine._built(program, PLAIN))
    rules = [name for text in texts for name in re.findall(r"define .*@(\w*rule\w*)\(", text)]
    called = {name for text in texts for name in re.findall(r"call .*@(\w*rule\w*)\(", text)}
    assert len(texts) > 2 and rules and len(rules) == len(set(rules)) and called <= set(rules)
