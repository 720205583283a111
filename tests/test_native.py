"""The same bytes from both engines, whatever the layout of the arrays, and however a program is cut into functions.

That all graphs of all other tests give the same bytes on both is seen to in `conftest`.
"""

from functools import cache
from unittest import mock

import numpy as np
import pytest
from engines import assert_same_bytes, both, rosenbrock

import staticgraph as sg
from bench import models
from bench.cases import CASES
from staticgraph.lanes.rules import Rule
from staticgraph.native import engine, schedule
from staticgraph.native.elements import Elements
from staticgraph.native.operations import windows
from staticgraph.native.templates import template

pytestmark = pytest.mark.usefixtures("own_engine")
RNG = np.random.default_rng(0)
ROWS = 1037
DTYPES = [np.float64, np.float32]


BY_TURNS = [(case, DTYPES[case.name != "mixture" and number % 2]) for number, case in enumerate(CASES)]
"""A case takes up to three seconds to compile; the mixture two for each set of results."""


@pytest.mark.parametrize(("case", "dtype"), BY_TURNS, ids=lambda each: getattr(each, "name", None) or each.__name__)
def test_cases(case, dtype, monkeypatch):
    """The long ones shortened to some functions of native code, whose whole would be tens of them, as long as they take to compile."""
    monkeypatch.setattr(models, "STEPS", 20)
    monkeypatch.setattr(models, "SHAPES", 30)
    leaves = [sg.input(name, shape) for name, shape in case.inputs.items()]
    leaves += [sg.parameter(name, shape) for name, shape in case.parameters.items()]
    first, second = both(case.function(sg, *leaves), leaves, dtype)
    rows = 16384 if case.name == "prospero" else ROWS
    given = case.arguments(rows)
    if case.name == "mixture":
        assert_same_bytes(first.value_and_grad(*given), second.value_and_grad(*given, threads=2))
        return
    weights = RNG.choice([0.0, 0.5, -2.0], rows)
    assert_same_bytes(first(*given), second(*given))
    assert_same_bytes(first.value_and_grad(*given, wrt=case.wrt), second.value_and_grad(*given, wrt=case.wrt, threads=2))
    assert_same_bytes(first.grad(*given), second.grad(*given, threads=3))
    assert_same_bytes(first.value_and_grad(*given, weights=weights), second.value_and_grad(*given, weights=weights))


LAYOUTS = {
    "rows": lambda array: array,
    "columns": np.asfortranarray,
    "every second row": lambda array: np.repeat(array, 2, axis=0)[::2],
    "backwards": lambda array: array[::-1].copy()[::-1],
    "part of longer rows": lambda array: np.concatenate([array, array], axis=-1)[..., : array.shape[-1]],
    "single precision": lambda array: array.astype(np.float32),
    "unaligned": lambda array: np.frombuffer(b"x" + array.tobytes(), np.uint8)[1:].view(array.dtype).reshape(array.shape),
}


@cache
def of_columns(columns):
    """Return functions of a row of so many columns, on both engines: of several outputs, and of one."""
    x, y = sg.input("x", columns), sg.input("y")
    outputs = (np.sum(x * x) * y, x * y, x > y)
    return both(outputs, [x, y]), both(outputs[0], [x, y])


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("columns", [1, 2, 3, 7, 8, 9, 16, 17, 40])
def test_layouts_of_arguments_and_results(columns, layout):
    (first, second), of_one = of_columns(columns)
    rows = RNG.normal(size=(ROWS, columns)).astype(np.float32).astype(np.float64)
    given = LAYOUTS[layout](rows), RNG.normal(size=ROWS)
    results = first(*given)
    assert_same_bytes(second(*given), results)
    out = tuple(np.repeat(np.empty_like(each), 3, axis=0)[::3] for each in results)
    second(*given, out=out)
    assert_same_bytes(tuple(map(np.ascontiguousarray, out)), results)
    first, second = of_one
    value, gradients = first.value_and_grad(*given)
    out = np.empty(2 * ROWS)[::2], (np.asfortranarray(np.empty((ROWS, columns))), np.empty(ROWS))
    assert_same_bytes(second.value_and_grad(*given), (value, tuple(gradients)))
    second.value_and_grad(*given, out=out)
    assert_same_bytes((out[0].copy(), tuple(map(np.ascontiguousarray, out[1]))), (value, tuple(gradients)))


@pytest.mark.parametrize("dtype", DTYPES)
def test_broadcast_arguments_and_cotangents(dtype):
    x, y, p = sg.input("x", 3), sg.input("y", (2, 3)), sg.parameter("p", 3)
    outputs = (np.tanh(x + y * p), np.max(y, axis=0) * x)
    first, second = both(outputs, [x, y, p], dtype)
    given = RNG.normal(size=3), RNG.normal(size=(ROWS, 2, 3)), RNG.normal(size=3)
    cotangent = RNG.choice([0.0, 1.0], (ROWS, 2, 3)), RNG.normal(size=(ROWS, 3))
    assert_same_bytes(first(*given), second(*given))
    assert_same_bytes(first.vjp(cotangent, *given), second.vjp(cotangent, *given))
    assert_same_bytes(first.vjp(cotangent, *given, weights=3.0), second.vjp(cotangent, *given, weights=3.0))


@pytest.mark.parametrize("rows", [0, 1, 7, 8, 9, 15, 16, 17, 128, 129, 1000, 1024, 1025])
def test_any_number_of_rows(rows):
    x, p = sg.input("x", 4), sg.parameter("p", 4)
    first, second = both(rosenbrock(x * p), [x, p])
    given = RNG.normal(size=(rows, 4)), RNG.normal(size=4)
    for threads in (1, 2, 5):
        assert_same_bytes(first.value_and_grad(*given), second.value_and_grad(*given, threads=threads))


@pytest.mark.parametrize(
    ("columns", "dtype"), [*((each, np.float64) for each in (1, 3, 8, 10, 12, 24, 41)), (20, np.float32), (40, np.float32)]
)
def test_nothing_is_written_beside_the_results(columns, dtype):
    x = sg.input("x", columns)
    first, second = both(np.sum(np.square(x) * x), [x], dtype)
    values = RNG.normal(size=(ROWS, columns)).astype(dtype)
    expected, size = first.value_and_grad(values), ROWS * columns
    for offset in range(9):  # results that begin anywhere in a line
        memory = np.zeros(offset + size + 50, dtype)
        out = np.empty(ROWS, dtype), (memory[offset : offset + size].reshape(ROWS, columns),)
        second.value_and_grad(values, out=out)
        assert_same_bytes(out, (expected[0], tuple(expected[1])))
        assert not memory[:offset].any()
        assert not memory[offset + size :].any()


@pytest.mark.parametrize(
    ("size", "width", "last"),
    [(3, 8, (0, 3)), (8, 8, (0, 8)), (9, 8, (7, 9)), (10, 8, (8, 10)), (11, 8, (7, 11)), (13, 8, (5, 13)), (18, 16, (16, 18)),
     (23, 16, (15, 23)), (100, 8, (92, 100))],
)  # fmt: skip
def test_what_is_left_of_few_columns_is_moved_alone(size, width, last):
    found = windows(size, width)
    assert found[-1] == last
    assert sorted({column for run in found for column in range(*run)}) == list(range(size))


def network(x, first, second, last):
    hidden = np.tanh(first @ x)
    return last @ (second @ (second @ hidden) + hidden)


@pytest.mark.parametrize(
    ("width", "most", "dtype"),
    [*((width, most, np.float64) for width in (3, 17) for most in (1, 30, 100_000)), (3, 1, np.float32), (17, 30, np.float32)],
)
def test_functions_of_any_size(most, width, dtype, monkeypatch):
    """Values wait in scratch memory between functions; products of matrices follow each other and add to one gradient."""
    monkeypatch.setattr(schedule, "MOST_ALONE", most)
    monkeypatch.setattr(schedule, "MOST_INSTRUCTIONS", most)
    monkeypatch.setattr(engine.store, "load", lambda *_: None)
    x = sg.input("x", width)
    weights = [sg.parameter("a", (width, width)), sg.parameter("b", (width, width)), sg.parameter("c", width)]
    first, second = both(network(x, *weights), [x, *weights], dtype)
    given = [RNG.normal(size=(ROWS, width)), *(RNG.normal(size=leaf.shape) for leaf in weights)]
    assert_same_bytes(first.value_and_grad(*given), second.value_and_grad(*given))
    assert_same_bytes(first.grad(*given, weights=np.arange(ROWS) % 3.0), second.grad(*given, weights=np.arange(ROWS) % 3.0))


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_sum_over_many_elements_is_cut_where_one_vector_runs_at_a_time(dtype, monkeypatch):
    monkeypatch.setattr(schedule, "MOST_ALONE", 100)
    monkeypatch.setattr(schedule, "MOST_INSTRUCTIONS", 30)
    x, p = sg.input("x", 50), sg.parameter("p")
    first, second = both(np.sum(np.square(x * p) * p), [x, p], dtype)
    made = schedule.plan(Elements(first.program, seeded=False))
    assert made.one_vector
    assert max(part.weight for part in made.parts) < 100
    given = RNG.normal(size=(ROWS, 50)), 1.25
    assert_same_bytes(first.value_and_grad(*given), second.value_and_grad(*given))
    assert_same_bytes(first.grad(*given, weights=np.arange(ROWS) % 2.0), second.grad(*given, weights=np.arange(ROWS) % 2.0))


def test_products_of_varying_matrices():
    a, b = sg.input("a", (9, 11)), sg.input("b", (11, 8))
    first, second = both(np.sum(np.tanh(a @ b @ b.T @ a.T)), [a, b])
    given = RNG.normal(size=(300, 9, 11)), RNG.normal(size=(300, 11, 8))
    assert_same_bytes(first.value_and_grad(*given), second.value_and_grad(*given))


def test_values_and_their_gradients_are_made_once():
    x = sg.input("x")
    made = Elements(sg.compile(np.exp(x) * np.exp(x)).program, seeded=False)
    assert sum(operation.count for operation in made.operations) == len(made.makers)
    rules = [step.what for step in schedule.ordered(made) if isinstance(getattr(step, "what", None), Rule)]
    texts = [template(rule, made.dtype).text for rule in rules]
    assert sum("splat (double 0x40371547652b82fe)" in text for text in texts) == 1


@pytest.mark.parametrize(("columns", "vectors"), [(1000, 1), (200, 3)])
def test_few_rows_of_wide_arrays_in_a_pass(columns, vectors):
    """Functions that touch some columns each do so in as few rows as a cache holds."""
    x = sg.input("x", columns)
    y = x
    for number in range(4000 // columns):
        y = np.abs(y - number) * y
    with mock.patch("staticgraph.lowering.lowering.choose_lanes", lambda *_: 128):
        program = sg.compile(y, x).program
    planned = schedule.plan(Elements(program, False))
    assert len(planned.parts) > 1
    assert engine.vectors_of_a_pass(program, planned) == vectors
