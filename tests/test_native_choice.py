"""Which of the two engines runs, and when it changes."""

import pickle
import subprocess
import sys
import threading
import time
import warnings

import numpy as np
import pytest
from engines import assert_same_bytes, rosenbrock

import staticgraph as sg
from staticgraph.native import engine, schedule, size
from staticgraph.running import choice, specialization

pytestmark = pytest.mark.usefixtures("own_engine")
RNG = np.random.default_rng(0)


def test_native_is_compiled_before_compile_returns():
    x = sg.input("x", 5)
    f = sg.compile(rosenbrock(x), engine="native")
    assert f.engine == "native"


def test_the_interpreter_stays_until_it_is_specialized():
    x = sg.input("x", 5)
    f = sg.compile(rosenbrock(x), engine="interpreter")
    values = RNG.normal(size=(100_000, 5))
    before = f.value_and_grad(values)
    assert f.engine == "interpreter"
    f.specialize()
    assert f.engine == "native"
    assert_same_bytes(f.value_and_grad(values), before)


def test_auto_switches_when_it_pays_and_nobody_notices():
    x = sg.input("x", 6)
    f = sg.compile(rosenbrock(x) * 1.25)
    assert f.engine == "interpreter"
    values = RNG.normal(size=(20_000, 6))
    expected = f.value_and_grad(values)
    assert f.engine == "interpreter"
    deadline = time.monotonic() + 60
    while f.engine == "interpreter" and time.monotonic() < deadline:
        assert_same_bytes(f.value_and_grad(values), expected)
    assert f.engine == "native"
    assert_same_bytes(f.value_and_grad(values), expected)


def test_specializing_need_not_be_waited_for():
    x = sg.input("x", 7)
    f = sg.compile(rosenbrock(x) * 0.75)
    f.specialize(wait=False)
    deadline = time.monotonic() + 60
    while f.engine == "interpreter" and time.monotonic() < deadline:
        time.sleep(0.01)
    assert f.engine == "native"


def test_environment_and_process_choose_for_auto(monkeypatch):
    x = sg.input("x", 4)
    monkeypatch.setenv(choice.VARIABLE, "native")
    assert sg.get_engine() == "native"
    assert sg.compile(rosenbrock(x)).engine == "native"
    assert sg.compile(rosenbrock(x), engine="interpreter").engine == "interpreter"
    sg.set_engine("interpreter")
    assert sg.get_engine() == "interpreter"
    assert sg.compile(rosenbrock(x)).engine == "interpreter"
    sg.set_engine("auto")
    assert sg.get_engine() == "auto"


def test_wrong_engines_are_refused(monkeypatch):
    x = sg.input("x", 4)
    with pytest.raises(ValueError, match="engine: expected 'auto', 'interpreter' or 'native', got 'fast'"):
        sg.compile(rosenbrock(x), engine="fast")
    with pytest.raises(ValueError, match="got None"):
        sg.set_engine(None)
    monkeypatch.setenv(choice.VARIABLE, "quick")
    with pytest.raises(ValueError, match=r"the environment variable STATICGRAPH_ENGINE: expected .* got 'quick'"):
        sg.compile(rosenbrock(x))


def test_a_traced_function_has_an_engine():
    @sg.function(inputs={"x": (4,)}, engine="native")
    def f(x):
        return rosenbrock(x)

    assert f.engine == "native"


def test_the_engine_survives_pickling():
    x = sg.input("x", 4)
    for name in ("interpreter", "native"):
        f = sg.compile(rosenbrock(x), engine=name)
        again = pickle.loads(pickle.dumps(f))
        assert again.engine == name
        values = RNG.normal(size=(100, 4))
        assert_same_bytes(again.value_and_grad(values), f.value_and_grad(values))


@pytest.mark.parametrize("name", ["native", "auto"])
def test_a_failure_leaves_the_interpreter_with_one_warning(name, monkeypatch):
    def fails(*_):
        raise RuntimeError("no such instruction")

    monkeypatch.setattr(engine, "_built", fails)
    monkeypatch.setattr(engine.store, "load", lambda *_: None)
    monkeypatch.setattr(specialization, "COMPILE_NS", 0.0)
    monkeypatch.setattr(specialization, "COMPILE_ELEMENT_NS", 0.0)
    x = sg.input("x", 3)
    values = RNG.normal(size=(1000, 3))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        f = sg.compile(rosenbrock(x) * 7.0, engine=name, name="valley")
        deadline = time.monotonic() + 30
        while not caught and time.monotonic() < deadline:
            results = f.value_and_grad(values)
        results = f.value_and_grad(values)
        f.specialize()
        f(values)
    assert f.engine == "interpreter"
    assert [str(each.message) for each in caught] == [
        "valley stays on the interpreter, as it could not be compiled: RuntimeError: no such instruction"
    ]
    assert_same_bytes(results, sg.compile(rosenbrock(x) * 7.0, engine="interpreter").value_and_grad(values))


def test_too_large_programs_stay_on_the_interpreter(monkeypatch):
    monkeypatch.setattr(size, "MOST_ELEMENTS", 10)
    x = sg.input("x", 50)
    with pytest.warns(RuntimeWarning, match=r"the program has \d+ element operations, more than 10"):
        f = sg.compile(rosenbrock(x) * 3.0, engine="native")
    assert f.engine == "interpreter"
    assert np.isfinite(f(RNG.normal(size=(10, 50)))).all()


def test_what_cannot_be_cut_stays_on_the_interpreter(monkeypatch):
    monkeypatch.setattr(schedule, "MOST_TOGETHER", 100)
    monkeypatch.setattr(schedule, "MOST_ALONE", 10)
    monkeypatch.setattr(schedule, "MOST_INSTRUCTIONS", 10)
    x, p, w = sg.input("x", 200), sg.parameter("p"), sg.parameter("w", (200, 200))
    with pytest.warns(RuntimeWarning, match=r"a parameter that many elements share takes one function of \d+ instructions"):
        f = sg.compile(np.sum(np.square(x * p) @ w), [x, p, w], engine="native")
    assert f.engine == "interpreter"


def test_many_threads_may_call_while_it_switches():
    x = sg.input("x", 8)
    f = sg.compile(rosenbrock(x) * 1.5)
    values = RNG.normal(size=(3000, 8))
    expected, failures = f.value_and_grad(values), []

    def call():
        for _ in range(60):
            try:
                assert_same_bytes(f.value_and_grad(values), expected)
            except AssertionError as failure:
                failures.append(failure)

    threads = [threading.Thread(target=call) for _ in range(6)]
    for thread in threads:
        thread.start()
    f.specialize()
    for thread in threads:
        thread.join()
    assert not failures
    assert f.engine == "native"


MANY = """
import os, numpy as np, staticgraph as sg
x = sg.input("x", 30)
sg.compile(x, engine="native")
os.environ["STATICGRAPH_CACHE_DIR"] = "off"
fs = [sg.compile(np.sum(np.exp(x * (number + 0.5)))) for number in range(200)]
for f in fs:
    f.specialize(wait=False)
fs[-1].specialize()
assert fs[-1].engine == "native"
"""


def test_many_compilations_do_not_hold_up_the_end_of_the_process():
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", MANY], capture_output=True, check=True, timeout=100)
    assert done.stderr == b""
    assert time.perf_counter() - start < 60
