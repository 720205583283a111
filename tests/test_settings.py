"""Settings of the process that must not reach into results: NumPy's floating-point errors and printing, warnings, decimal, and others."""

import contextlib
import decimal
import locale
import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

import staticgraph as sg


@contextlib.contextmanager
def warnings_are_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@contextlib.contextmanager
def decimal_is_strict():
    with decimal.localcontext() as context:
        context.prec = 2
        context.traps[decimal.Inexact] = context.traps[decimal.FloatOperation] = True
        yield


@contextlib.contextmanager
def a_short_switch_interval():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


@contextlib.contextmanager
def the_users_locale():
    before = locale.setlocale(locale.LC_ALL)
    with contextlib.suppress(locale.Error):
        locale.setlocale(locale.LC_ALL, "")
    try:
        yield
    finally:
        locale.setlocale(locale.LC_ALL, before)


@contextlib.contextmanager
def little_recursion():
    """A graph is deeper than Python may recurse: 120 calls from here, where NumPy and Numba need some 100."""
    frame, depth = sys._getframe(), 0
    while frame is not None:
        frame, depth = frame.f_back, depth + 1
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(depth + 120)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


SETTINGS = {
    "floating-point errors raise": lambda: np.errstate(all="raise"),
    "floating-point errors warn": lambda: np.errstate(all="warn"),
    "floating-point errors call": lambda: np.errstate(all="call", call=lambda *_: pytest.fail("called")),
    "warnings are errors": warnings_are_errors,
    "printing is short": lambda: np.printoptions(precision=1, threshold=1, legacy="1.13", formatter={"all": lambda _: "?"}),
    "decimal is strict": decimal_is_strict,
    "threads switch often": a_short_switch_interval,
    "the user's locale": the_users_locale,
    "little recursion": little_recursion,
}
TINY, HUGE = 1e-60, 1e300
"""Numbers that float32 does not have."""
POINTS = np.array([0.0, -0.0, TINY, -TINY, 5e-324, 1e-30, 1.5, -2.0, 1e30, HUGE, -HUGE, np.inf, -np.inf, np.nan])


def graphs(dtype):
    """Compile functions of constants that under- and overflow, and call them with such arguments in every way."""
    x, v, w = sg.input("x"), sg.input("v", 3), sg.parameter("w", 3)
    constants = np.array([TINY, 1.0, HUGE])
    deep = x
    for _ in range(300):
        deep = deep * 0.5 + x
    nodes = [
        x * TINY + TINY / (x + HUGE) - x / TINY + x**TINY + np.power(TINY, x) + np.exp(sg.constant(-HUGE)) * np.log(sg.constant(0.0)),
        np.sum(v * constants / np.array([TINY, 4.0, 0.0])) + np.linalg.norm(v) * sg.logsumexp(v) + np.prod(w) * np.longdouble("1e-4000"),
        np.where(x > TINY, sg.erfc(x), sg.softmax(v)[0]) * np.float16(6e-8) + np.hypot(x, HUGE) + np.mean(w * v),
        deep,
    ]
    made = []
    for node in nodes:
        f = sg.compile(node, [x, v, w], dtype=dtype)
        rows = POINTS, np.stack([POINTS, POINTS[::-1], -POINTS], axis=1), constants
        value, gradients = f.value_and_grad(*rows, weights=POINTS)
        made += [value, *gradients, *f.vjp(POINTS, *rows, threads=2), f(TINY, constants, constants), str(f.program)]
    return made


def functions_of_arrays(dtype):
    """Call the functions that take arrays as well, with numbers beside them that the arrays' dtype does not have."""
    with np.errstate(all="ignore"):
        points = POINTS.astype(dtype)
    names = ["exp", "log", "sqrt", "square", "reciprocal", "sigmoid", "softplus", "erfc", "log_ndtr", "lgamma", "digamma", "tan"]
    made = [getattr(sg, name)(points) for name in names] + [sg.exp(-HUGE), sg.log(0.0)]
    made += [getattr(sg, name)(points, number) for name in ("divide", "power", "hypot", "multiply") for number in (TINY, HUGE)]
    made += [function(part) for function in (sg.logsumexp, sg.softmax) for part in (points, points[:9], points[11:12], points[12:13])]
    return made


def bits(values):
    return [value if isinstance(value, str) else np.asarray(value).tobytes() for value in values]


EXPECTED = {}


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("compute", [graphs, functions_of_arrays], ids=lambda compute: compute.__name__)
def test_no_setting_reaches_in(compute, dtype, setting):
    if (compute, dtype) not in EXPECTED:
        with np.errstate(all="ignore"):
            EXPECTED[compute, dtype] = bits(compute(dtype))
    with SETTINGS[setting]():
        found = compute(dtype)
    assert bits(found) == EXPECTED[compute, dtype]


BEFORE_THE_IMPORT = """
import numpy as np
np.seterr(all="raise")
import staticgraph as sg
x = sg.input("x")
print(*sg.compile(x * 1e-60, dtype=np.float32).value_and_grad(np.array([1e-60, 2.0]))[1].x)
"""


def test_settings_before_the_import():
    """Also without docstrings and assertions."""
    root = Path(sg.__file__).parent.parent
    command = [sys.executable, "-OO", "-W", "error", "-c", BEFORE_THE_IMPORT]
    done = subprocess.run(command, cwd=root, env=os.environ | {"PYTHONPATH": str(root)}, capture_output=True, timeout=120, text=True)
    assert (done.stdout, done.stderr) == ("0.0 0.0\n", "")
