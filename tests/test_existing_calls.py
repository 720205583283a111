"""What can be traced, how its arguments are declared, and what it may return."""

import dataclasses
import functools
import math
import pickle
from collections import namedtuple
from collections.abc import Iterable, Sized

import numpy as np
import pytest
import scipy.special
from existing import agrees, drawn, flat

import staticgraph as sg
from staticgraph.tracing.errors import UntraceableError

Point = namedtuple("Point", "x y")


class Model:
    def __init__(self, rate):
        self.rate = rate
        self.grid = np.linspace(0.0, 1.0, 4)

    def decay(self, time):
        return math.exp(-self.rate * time)

    def __call__(self, x):
        return self.decay(x) + np.sum(self.grid * x)

    def weighted(self, x):
        weights = self.grid * 2
        weights[0] = x
        return weights.sum()

    @staticmethod
    def doubled(x):
        return max(x, 0.0) * 2

    @classmethod
    def made(cls, x):
        return cls(x).decay(2.0)

    def __private(self, x):
        return math.sin(x)

    @property
    def root(self):
        return math.sqrt(self.rate)

    def uses_a_private_one(self, x):
        return self.__private(x)


class Steep(Model):
    def decay(self, time):
        return super().decay(time) * 2 if time > 0 else 1.0


@dataclasses.dataclass
class Pair:
    left: float
    right: float

    def product(self):
        return self.left * self.right


def uses_classes(x):
    pair = Pair(x, 2.0)
    pair.left = pair.left + 1
    return pair.product() + Point(x, 1.0).y + Model(x).decay(0.5) + Model(abs(x)).root


@functools.cache
def cached(x):
    return math.exp(x)


def vectorized(x):
    return np.vectorize(lambda v: v if v > 0 else 0.1 * v)(np.array([x, -x])).sum() + cached(x)


@np.vectorize
def decorated(value, scale=2.0):
    return value * scale if value > 0 else -value


def vectorized_by_name(x):
    values = np.array([x, -x])
    both = np.vectorize(lambda a, b: (a + b, max(a, b)), excluded={1})
    total, largest = both(values, 0.5)
    return decorated(values, scale=3.0).sum() + decorated(x) + decorated(0.5, x) + (total * largest).sum()


def asks_what_a_scalar_is(x):
    array = np.array([x])
    scalar = (hasattr(x, "__len__"), isinstance(x, float), isinstance(x, (np.ndarray, Iterable)))
    return x * (scalar == (False, True, False)) + 2 * x * isinstance(array, Sized) + 4 * x * hasattr(array, "__iter__")


class Unhashable:
    __hash__ = None

    def __call__(self, value):
        return value * 2 if value > 0 else value


def calls_what_has_no_hash(x):
    return Unhashable()(x)


def recursive(x, depth=3):
    return x if depth == 0 else math.sin(recursive(x * 0.5, depth - 1))


def generated(x):
    def each():
        for k in range(3):
            yield x * k

    return sum(each()) + sum(x * k for k in range(3)) + sum([v for v in each() if v is not None])


def closure(scale):
    return lambda x: scale * math.exp(x)


CALLABLES = {
    "object": Model(0.3), "method": Model(0.3).weighted, "inherited": Steep(0.3), "static method": Model.doubled,
    "class method": Model.made,
    "private method": Model(0.1).uses_a_private_one, "partial": functools.partial(lambda scale, x: max(x, 0.1) * scale, 3.0),
    "partial by name": functools.partial(lambda x, scale: math.exp(x) * scale, scale=2.0), "classes": uses_classes, "closure": closure(2.0),
    "vectorize and a cache": vectorized, "vectorize by name": vectorized_by_name, "questions": asks_what_a_scalar_is,
    "no hash": calls_what_has_no_hash, "recursive": recursive, "generators": generated,
    "two lambdas on a line": (lambda x: math.sin(x), lambda x: math.cos(x))[1],
}  # fmt: skip


@pytest.mark.parametrize("name", CALLABLES)
def test_whatever_can_be_called_is_traced(name):
    agrees(CALLABLES[name], {"x": ()})


def test_nothing_of_numpy_or_of_the_user_is_changed():
    before = dict(vars(np)), dict(vars(math)), dict(globals())
    sg.function(inputs={"x": ()})(Model(0.3))
    assert (dict(vars(np)), dict(vars(math)), dict(globals())) == before


def test_star_arguments():
    traced = sg.function(inputs={"x": (), "args": 3}, engine="interpreter")(lambda x, *args: x * args[0] + max(args[1], args[2]))
    assert traced(2.0, [3.0, 4.0, 5.0]) == 11.0
    assert [leaf.name for leaf in traced.inputs] == ["x", "args"]
    pairs = sg.function(inputs={"points": (2, 2)}, engine="interpreter")(lambda *points: points[0] @ points[1])
    assert pairs([[1.0, 2.0], [3.0, 4.0]]) == 11.0
    with pytest.raises(ValueError, match=r"\*args.*first axis"):
        sg.function(inputs={"args": ()})(lambda *args: args[0])


def test_star_star_arguments():
    def model(x, **options):
        return x * options["scale"] + options.get("shift", 0.0)

    traced = sg.function(inputs={"x": ()}, parameters={"scale": (), "shift": ()}, engine="interpreter")(model)
    assert traced(2.0, scale=3.0, shift=1.0) == 7.0
    traced = sg.function(inputs={"x": (), "options": {"scale": ()}}, engine="interpreter")(model)
    assert traced(x=2.0, scale=3.0) == 6.0
    with pytest.raises(TypeError, match="mapping"):
        sg.function(inputs={"x": (), "options": 2})(model)


def test_positional_only_and_defaults():
    def model(x, /, y, power=2, *more):
        return x**power * y + sum(more)

    traced = sg.function(inputs={"x": (), "y": (), "more": 2}, engine="interpreter")(model)
    assert traced(3.0, 2.0, [1.0, 1.0]) == 20.0


RETURNED = {
    "dict": lambda x: {"a": x[0] * 2, "b": (x[1], x * 2)},
    "nested": lambda x: (x[0], [x[1], {"c": x}], 3.0),
    "named": lambda x: Point(x[0], x * 2),
    "list": lambda x: [x[0], x[1] + 1],
}


@pytest.mark.parametrize("name", RETURNED)
def test_results_are_nested_as_the_function_nests_them(name):
    function = RETURNED[name]
    traced = sg.function(inputs={"x": 2}, engine="interpreter")(function)
    arguments = drawn({"x": 2})
    value = traced(arguments["x"][0])
    wanted = function(arguments["x"][0])
    assert type(value) is (tuple if name == "list" else type(wanted))
    np.testing.assert_allclose(flat(value), flat(wanted))
    np.testing.assert_array_equal(flat(pickle.loads(pickle.dumps(traced))(arguments["x"][0])), flat(value))


def test_cotangents_and_out_are_nested_likewise():
    traced = sg.function(inputs={"x": 2}, engine="interpreter")(RETURNED["dict"])
    gradient = traced.vjp({"a": np.ones(3), "b": (np.ones(3), np.ones((3, 2)))}, np.ones((3, 2)))
    np.testing.assert_allclose(gradient.x, [[4.0, 3.0]] * 3)
    out = {"a": np.empty(3), "b": (np.empty(3), np.empty((3, 2)))}
    assert traced(np.ones((3, 2)), out=out) is out
    assert out["b"][1].tolist() == [[2.0, 2.0]] * 3
    with pytest.raises(TypeError, match="'a', 'b'"):
        traced.vjp((np.ones(3),), np.ones((3, 2)))
    with pytest.raises(ValueError, match="2 in a tuple"):
        traced.vjp({"a": np.ones(3), "b": (np.ones(3),)}, np.ones((3, 2)))
    leaf = sg.input("z", 2)
    assert traced(leaf)["b"][1].shape == (2,)


def test_a_function_of_batches():
    def model(p):
        return np.sum(p[:, 1:] ** 2, axis=1) + np.where(p[:, 0] > 0, p[:, 0], 0.0)

    traced = sg.function(inputs={"p": 3}, batch_style=True, engine="interpreter")(model)
    points = np.random.default_rng(0).normal(size=(5, 3))
    value, gradient = traced.value_and_grad(points)
    np.testing.assert_allclose(value, model(points))
    assert gradient.p.shape == (5, 3)
    with pytest.raises(ValueError, match=r"batch_style.*\(\)"):
        sg.function(inputs={"p": 3}, batch_style=True)(lambda p: p.sum())


def test_trace_gives_nodes():
    node = sg.trace(lambda x, w: max(w @ x, 0.0), inputs={"x": 2}, parameters={"w": 2})
    assert isinstance(node, sg.Node)
    assert sg.compile(node, engine="interpreter")([1.0, 2.0], [3.0, 4.0]) == 11.0
    nodes = sg.trace(RETURNED["dict"], inputs={"x": 2})
    assert nodes["b"][1].shape == (2,)
    assert len(sg.trace(lambda x: np.exp(1j * x), inputs={"x": ()})) == 2


def test_compiled_functions_and_sg_compose_with_traced_code():
    inner = sg.function(inputs={"x": ()}, engine="interpreter")(lambda x: x * x)

    def outer(x):
        out = np.zeros(3)
        out[0] = inner(x)
        out[1:] = sg.relu(x) + sg.erf(x)
        return sg.stack([out[0], out[1]]) * sg.softmax(out[:2])

    traced = sg.function(inputs={"x": ()}, engine="interpreter")(outer)
    assert traced(2.0).shape == (2,)


def test_leaves_of_an_outer_trace_are_left_alone():
    @sg.function(inputs={"x": ()}, engine="interpreter")
    def outer(x):
        inner = sg.function(inputs={"y": ()})(lambda y: max(y, 0.0))
        return inner(x) + max(x, 1.0)

    assert outer(2.0) == 4.0


def test_float32_and_engines():
    def model(x):
        out = np.zeros(2)
        out[0] = x if x > 0 else -x
        return out

    for dtype in (np.float32, np.float64):
        assert sg.function(inputs={"x": ()}, dtype=dtype, engine="native")(model)(np.ones(3)).dtype == dtype


OUTSIDE = np.zeros(2)


def written_outside(x):
    OUTSIDE[0] = x
    return OUTSIDE.sum()


def added_outside(x):
    total = OUTSIDE
    total += x
    return total


def stored_in_integers(x):
    count = np.array([1, 2])
    count[0] = x
    return count.sum()


GENERATOR = np.random.default_rng(0)


def noise_of_a_seed(x):
    return x * np.random.default_rng(3).normal(size=2) + np.random.RandomState(1).uniform()


def test_a_generator_of_a_seed_draws_the_same_in_every_call():
    agrees(noise_of_a_seed, {"x": ()})


MISTAKES = {
    "an index": (lambda x: np.arange(4.0)[x], "index.*np.select"),
    "a length": (lambda x: np.zeros(x), "index or a length"),
    "a count": (lambda x: np.arange(x), "index or a length"),
    "argmax": (lambda x: np.argmax(np.array([x, 1.0])), "argmax.*position.*np.max"),
    "unique": (lambda x: np.unique(np.array([x, 1.0])), "unique.*differs from row to row"),
    "random numbers": (lambda x: x + np.random.normal(), "random numbers.*data="),
    "an outer array": (written_outside, r"outside.*array\.copy\(\).*OUTSIDE\[0\] = x"),
    "an outer array in place": (added_outside, r"outside.*array\.copy\(\).*total \+= x"),
    "integers": (stored_in_integers, r"integers.*floats.*count\[0\] = x"),
    "text": (lambda x: x + "a", "text"),
    "a library": (lambda x: np.bartlett(x), "has no number|cannot be an index|no numbers yet"),
    "math of an array": (lambda x: math.sin(np.array([x, x])), "single numbers"),
    "max by a key": (lambda x: max([x, 1.0], key=abs), "np.where"),
    "flow of text": (lambda x: {"a": x}[str(x)], "trace"),
    "a key": (lambda x: {1: 2.0}[int(x)], r"key of a dictionary.*np\.select"),
    "an element": (lambda x: x * (x in {1.0, 2.0}), r"element of a set.*np\.select"),
    "lengths": (lambda x: np.zeros((2, int(x))), r"index or a length.*np\.select"),
    "a generator": (lambda x: x + GENERATOR.normal(), r"random numbers.*data=.*of a seed"),
    "a generator without a seed": (lambda x: x + np.random.default_rng().normal(), r"random numbers.*data=.*of a seed"),
    "positions": (lambda x: np.where(np.array([x, 1.0]) > 0), r"not a result; np\.where"),
    "complex numbers": (lambda x: scipy.special.wofz(x + 1j), r"scipy\.special\.wofz of complex values.*\.real"),
    "eigenvalues": (lambda x: np.linalg.eigvals(x * np.eye(4)), r"linalg\.eigvals.*iteration.*eigvalsh"),
    "frompyfunc": (lambda x: np.frompyfunc(abs, 1, 1)(x), r"np\.frompyfunc.*call its Python function"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_what_cannot_be_traced_is_said_in_the_users_line(name):
    function, pattern = MISTAKES[name]
    with pytest.raises((TypeError, ValueError, KeyError), match=f"(?s){pattern}") as caught:
        sg.function(inputs={"x": ()})(function)
    if name not in ("flow of text", "positions"):
        assert "test_existing_calls.py:" in str(caught.value)
    assert OUTSIDE.tolist() == [0.0, 0.0]


def test_errors_are_of_both_kinds():
    assert issubclass(UntraceableError, TypeError)
    assert issubclass(UntraceableError, ValueError)
