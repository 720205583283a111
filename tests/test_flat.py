"""`flatten`: a function of one vector, its sums over rows and its derivatives, against the function's own; SciPy's solvers on it."""

import pickle
import tracemalloc

import numpy as np
import pytest
from scipy import integrate, optimize

import staticgraph as sg

DERIVATIVES = pytest.mark.skipif(not hasattr(sg.Function, "jacobian"), reason="functions have no Jacobian matrices yet")
ROWS = 9

x, z, d = sg.input("x", 3), sg.input("z"), sg.data("d")
W, b = sg.parameter("W", (4, 3)), sg.parameter("b", 4)
LEAVES = [x, W, z, b, d]
VECTOR = np.tanh(W @ x + b) * z * d
SCALAR = np.sum(VECTOR**2) + z * z * x[0] + np.exp(0.1 * b[0])
OUTPUTS = {"scalar": SCALAR, "vector": VECTOR, "matrix": sg.outer(VECTOR, x), "several": [VECTOR, z * x, SCALAR]}
VECTORS = {
    "all": {},
    "parameters": {"wrt": ("b", "W")},
    "inputs": {"wrt": ["z", x]},
    "one": {"wrt": "W"},
    "a number": {"wrt": z},
    "data": {"wrt": ("d", "b")},
}
BATCHES = {"row": (), "batch": tuple(leaf.name for leaf in LEAVES if leaf.varying), "one batch": ("d",), "another": ("x",)}
WEIGHTS = {"none": None, "one": 2.5, "each": np.array([0.5, 0.0, 2.0, 1.0, 1.0, 0.25, 3.0, 1.0, 1.0])}
_rng = np.random.default_rng(0)
VALUES = {leaf.name: _rng.uniform(-1.0, 1.0, leaf.shape) for leaf in LEAVES}
BATCH = {leaf.name: _rng.uniform(-1.0, 1.0, (ROWS, *leaf.shape)) for leaf in LEAVES if leaf.varying}


class Case:
    """A view, the vector at which it is looked at, and its sum and residuals by the function's own values."""

    def __init__(self, outputs, vector, batch, weights, dtype=np.float64):
        self.f = sg.compile(OUTPUTS[outputs], LEAVES, dtype=dtype)
        wrt = VECTORS[vector].get("wrt")
        asked = [wrt] if isinstance(wrt, (str, sg.Node)) else wrt
        self.varied = set(VALUES) if wrt is None else {each if isinstance(each, str) else each.name for each in asked}
        if wrt is None:
            self.varied -= set(BATCHES[batch])
        self.fixed = {name: BATCH[name] if name in BATCHES[batch] else VALUES[name] for name in VALUES if name not in self.varied}
        self.rows = ROWS if any(name in BATCHES[batch] for name in self.fixed) else None
        self.weights = WEIGHTS[weights if self.rows or weights != "each" else "one"]
        self.flat = sg.flatten(self.f, **VECTORS[vector], weights=self.weights, **self.fixed)
        self.at = self.flat.x(**{name: VALUES[name] for name in self.varied})
        self.scale = np.ones(self.rows or 1) * (1.0 if self.weights is None else self.weights)

    def values(self, vector):
        found = self.f(**self.fixed, **self.flat.leaves(vector))
        return [np.reshape(each, (self.rows or 1, -1)) for each in (found if isinstance(found, tuple) else [found])]

    def total(self, vector):
        return np.sum(self.scale * self.values(vector)[0][:, 0])

    def residuals(self, vector):
        return (np.concatenate(self.values(vector), axis=1) * np.sqrt(self.scale)[:, None]).ravel()


def differences(function, at, step=1e-6):
    """Return the derivatives of a function of a vector by central differences; those in the vector stand last."""
    return np.stack([(function(at + e) - function(at - e)) / (2 * step) for e in step * np.eye(len(at))], axis=-1)


def close(found, expected, rtol=1e-7, atol=1e-8):
    assert type(found) in (np.ndarray, np.float64) and found.dtype == np.float64
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=atol)




@pytest.mark.parametrize("vector", VECTORS)
@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("weights", WEIGHTS)
def test_value_and_gradient(vector, batch, weights):
    case = Case("scalar", vector, batch, weights)
    close(case.flat.fun(case.at), case.total(case.at), 1e-13)
    close(case.flat.grad(case.at), differences(case.total, case.at))
    value, gradient = case.flat.fun_and_grad(case.at)
    assert value == case.flat.fun(case.at) and gradient.tobytes() == case.flat.grad(case.at).tobytes()


@pytest.mark.parametrize("outputs", OUTPUTS)
@pytest.mark.parametrize("vector", VECTORS)
@pytest.mark.parametrize("batch", BATCHES)
def test_residuals(outputs, vector, batch):
    case = Case(outputs, vector, batch, "each")
    close(case.flat.residuals(case.at), case.residuals(case.at), 1e-14)


@DERIVATIVES
@pytest.mark.parametrize("vector", VECTORS)
@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("weights", ["none", "each"])
def test_second_derivatives(vector, batch, weights):
    case = Case("scalar", vector, batch, weights)
    matrix = case.flat.hess(case.at)
    close(matrix, differences(case.flat.grad, case.at))
    assert (matrix == matrix.T).all()
    direction = np.random.default_rng(1).normal(size=case.flat.size)
    close(case.flat.hessp(case.at, direction), matrix @ direction, 1e-10)


@DERIVATIVES
@pytest.mark.parametrize("outputs", OUTPUTS)
@pytest.mark.parametrize("vector", VECTORS)
@pytest.mark.parametrize("batch", BATCHES)
def test_jacobian_matrices(outputs, vector, batch):
    case = Case(outputs, vector, batch, "none" if outputs == "matrix" else "each")
    matrix = case.flat.jac(case.at)
    close(matrix, differences(case.residuals, case.at))
    sparse = case.flat.sparse_jac(case.at)
    assert sparse.format == "csr" and sparse.shape == matrix.shape and sparse.has_canonical_format
    close(sparse.toarray(), matrix, 1e-14)


@DERIVATIVES
def test_matrices_of_one_call_are_not_those_of_another():
    case = Case("vector", "all", "batch", "none")
    first, second = case.flat.sparse_jac(case.at), case.flat.sparse_jac(case.at)
    first.indices[:] = 0
    first.indptr[:] = 0
    assert not np.shares_memory(first.indices, second.indices)
    close(second.toarray(), case.flat.jac(case.at), 1e-14)


@pytest.mark.parametrize("batch", ["row", "batch"])
def test_single_precision_gives_double(batch):
    case = Case("scalar", "parameters", batch, "none", np.float32)
    close(case.flat.fun(case.at), case.total(case.at), 1e-5)
    close(case.flat.grad(case.at), Case("scalar", "parameters", batch, "none").flat.grad(case.at), 1e-4, 1e-4)
    close(case.flat.residuals(case.at), case.residuals(case.at), 1e-5)
    if hasattr(sg.Function, "jacobian"):
        for name in ("hess", "jac"):
            close(getattr(case.flat, name)(case.at), getattr(Case("scalar", "parameters", batch, "none").flat, name)(case.at), 1e-3, 1e-3)


def test_bits_are_those_of_the_functions_own_gradients():
    f, weights = sg.compile(SCALAR, LEAVES), WEIGHTS["each"]
    flat = sg.flatten(f, ("W", "b"), weights, x=BATCH["x"], z=BATCH["z"], d=BATCH["d"])
    own = f.grad(**BATCH, W=VALUES["W"], b=VALUES["b"], wrt=("W", "b"), weights=weights)
    found = flat.leaves(flat.grad(flat.x(W=VALUES["W"], b=VALUES["b"])))
    assert found.W.tobytes() == own.W.tobytes() and found.b.tobytes() == own.b.tobytes()


def test_a_sum_over_rows_has_the_same_bits_for_any_number_of_threads():
    rng = np.random.default_rng(0)
    u, p = sg.input("u"), sg.parameter("p")
    flat = sg.flatten(sg.compile(np.sin(u * p)), u=rng.normal(size=100_000))
    before = sg.get_num_threads()
    found = set()
    for threads in (1, 2, 3):
        sg.set_num_threads(threads)
        found.add(float(flat.fun([1.5])))
    sg.set_num_threads(before)
    assert len(found) == 1


def test_rows_of_weight_0_do_not_count():
    u, p = sg.input("u"), sg.parameter("p")
    flat = sg.flatten(sg.compile(np.log(u) * p), weights=[1.0, 0.0, 2.0], u=[np.e, -1.0, 1.0])
    assert flat.fun([3.0]) == 3.0
    assert flat.grad([3.0]).tolist() == [1.0]


def test_no_rows():
    flat = sg.flatten(sg.compile(VECTOR, LEAVES), x=np.empty((0, 3)), z=np.empty(0), d=1.0)
    assert flat.residuals(np.zeros(16)).shape == (0,)
    total = sg.flatten(sg.compile(SCALAR, LEAVES), x=np.empty((0, 3)), z=1.0, d=1.0)
    assert total.fun(np.zeros(16)) == 0.0 and not total.grad(np.zeros(16)).any()


def test_leaves_without_elements_and_names_that_are_taken():
    total, keys, empty = sg.parameter("total"), sg.parameter("keys", 2), sg.parameter("empty", (0, 2))
    f = sg.compile(total * sg.input("u") + np.sum(keys) + np.sum(empty))
    flat = sg.flatten(f, u=[1.0, 2.0])
    assert flat.fun([1.0, 2.0, 3.0]) == 13.0
    assert flat.grad([1.0, 2.0, 3.0]).tolist() == [3.0, 2.0, 2.0]
    assert flat.leaves([1.0, 2.0, 3.0]).keys.tolist() == [2.0, 3.0]


def test_the_vector_has_the_leaves_in_the_order_of_the_arguments():
    flat = sg.flatten(sg.compile(SCALAR, LEAVES), wrt=("b", "W"), x=VALUES["x"], z=1.0, d=1.0)
    vector = flat.x(b=VALUES["b"], W=VALUES["W"])
    assert flat.names == ("W", "b") and flat.size == 16
    assert vector.tolist() == [*VALUES["W"].ravel(), *VALUES["b"]]
    leaves = flat.leaves(vector)
    assert leaves._fields == ("W", "b") and leaves["W"].tolist() == VALUES["W"].tolist()
    assert flat.x(**leaves).tolist() == vector.tolist()
    vector[:] = 0.0
    assert leaves.b.tolist() == VALUES["b"].tolist()


def test_a_view_pickles():
    case = Case("scalar", "parameters", "batch", "each")
    again = pickle.loads(pickle.dumps(case.flat))
    assert again.names == case.flat.names and again.fun(case.at) == case.flat.fun(case.at)
    assert again.residuals(case.at).tobytes() == case.flat.residuals(case.at).tobytes()


def test_results_are_new_arrays():
    case = Case("scalar", "all", "batch", "none")
    first = case.flat.grad(case.at)
    kept = first.copy()
    case.flat.grad(2 * case.at)
    assert first.tobytes() == kept.tobytes()


@pytest.mark.parametrize("outputs", ["scalar"])
def test_no_memory_grows_with_the_batch(outputs):
    rows = 200_000
    flat = sg.flatten(sg.compile(OUTPUTS[outputs], LEAVES), x=np.ones((rows, 3)), z=np.ones(rows), d=np.ones(rows), weights=np.ones(rows))
    at, before = np.zeros(flat.size), sg.get_num_threads()
    sg.set_num_threads(2)  # each thread has memory of its own, which many may get in the second call alone
    flat.fun(at), flat.fun_and_grad(at)
    tracemalloc.start()
    try:
        flat.fun(at), flat.fun_and_grad(at)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        sg.set_num_threads(before)
    assert peak < rows


ERRORS = {
    "no function": (lambda: sg.flatten(SCALAR), TypeError, "expected a compiled function"),
    "unknown fixed": (lambda: flat_of(q=1.0), TypeError, "no argument 'q'; its arguments are x, W, z, b, d"),
    "unknown wrt": (lambda: flat_of("q"), ValueError, "no leaf"),
    "repeated wrt": (lambda: flat_of(("W", "W")), ValueError, "stands twice"),
    "both": (lambda: flat_of("W", **VALUES), ValueError, "'W' is in wrt and fixed too"),
    "missing": (lambda: flat_of("W", x=VALUES["x"], b=VALUES["b"], d=1.0), TypeError, "'z' of function is neither in wrt nor fixed"),
    "nothing left": (lambda: flat_of(**VALUES), ValueError, "nothing is left"),
    "no leaf asked for": (lambda: flat_of((), **VALUES), ValueError, "nothing is left"),
    "fixed shape": (lambda: flat_of(x=np.ones(4)), ValueError, "argument 'x'"),
    "batches": (lambda: flat_of(x=np.ones((4, 3)), z=np.ones(5)), ValueError, "a batch of 4 rows"),
    "fixed kind": (lambda: flat_of(x="abc"), TypeError, "argument 'x'"),
    "weights": (lambda: flat_of(x=np.ones((4, 3)), weights=np.ones(5)), ValueError, "weights: expected a scalar or shape"),
    "vector's shape": (lambda: flat_of().fun(np.ones(3)), ValueError, r"x: expected shape \(21,\), the elements of x \(3,\), W"),
    "vector's axes": (lambda: flat_of().grad(np.ones((21, 1))), ValueError, "x: expected shape"),
    "vector's kind": (lambda: flat_of().fun(np.ones(21) * 1j), TypeError, "x: expected real numbers"),
    "missing value": (lambda: flat_of("W", **without("W")).x(), TypeError, "missing the argument.s. 'W'"),
    "unknown value": (lambda: flat_of("W", **without("W")).x(W=VALUES["W"], b=1.0), TypeError, "no argument 'b'"),
    "value's shape": (lambda: flat_of("W", **without("W")).x(W=np.ones(12)), ValueError, r"'W': expected shape \(4, 3\)"),
    "leaves": (lambda: flat_of().leaves([1.0]), ValueError, "x: expected shape"),
    "negative weights": (lambda: flat_of(x=np.ones((2, 3)), weights=[1.0, -1.0]).residuals(np.ones(18)), ValueError, "negative"),
    "fun of a vector": (lambda: sg.flatten(sg.compile(x)).fun(np.ones(3)), TypeError, "use residuals and jac"),
    "grad of several": (lambda: sg.flatten(sg.compile([z, z])).grad([1.0]), TypeError, "use residuals and jac"),
    "boolean": (lambda: sg.flatten(sg.compile(z > 0)).residuals([1.0]), TypeError, "boolean"),
    "attribute": (lambda: setattr(flat_of(), "size", 1), AttributeError, "immutable"),
}  # fmt: skip


def flat_of(*args, **fixed):
    return sg.flatten(sg.compile(SCALAR, LEAVES), *args, **fixed)


def without(name):
    return {each: value for each, value in VALUES.items() if each != name}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_to_do(name):
    call, kind, message = ERRORS[name]
    with pytest.raises(kind, match=message):
        call()


p = sg.input("p", 2)
VALLEY = sg.compile((1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2)
START = np.array([-1.2, 1.0])


@pytest.mark.parametrize("method", ["CG", "BFGS", "L-BFGS-B", "TNC", "SLSQP", "trust-constr"])
def test_minimize_with_gradients(method):
    flat = sg.flatten(VALLEY)
    with np.errstate(all="ignore"):
        found = optimize.minimize(flat.fun, START, jac=flat.grad, method=method)
        together = optimize.minimize(flat.fun_and_grad, START, jac=True, method=method)
    for each in (found, together):
        np.testing.assert_allclose(each.x, [1.0, 1.0], atol=2e-2)


SECOND = ["Newton-CG", "dogleg", "trust-ncg", "trust-krylov", "trust-exact", "trust-constr"]


@DERIVATIVES
@pytest.mark.parametrize("method", SECOND)
def test_minimize_with_second_derivatives(method):
    flat = sg.flatten(VALLEY)
    start = np.array([0.8, 0.6])  # where the matrix is positive definite, as dogleg asks
    found = optimize.minimize(flat.fun_and_grad, start, jac=True, hess=flat.hess, method=method)
    np.testing.assert_allclose(found.x, [1.0, 1.0], atol=1e-3)


@DERIVATIVES
@pytest.mark.parametrize("method", [each for each in SECOND if each not in ("dogleg", "trust-exact")])
def test_minimize_with_products(method):
    flat = sg.flatten(VALLEY)
    found = optimize.minimize(flat.fun_and_grad, START, jac=True, hessp=flat.hessp, method=method)
    np.testing.assert_allclose(found.x, [1.0, 1.0], atol=1e-3)


t, y, a, k = sg.input("t"), sg.input("y"), sg.parameter("a", 2), sg.parameter("k", 2)
TIMES = np.linspace(0.0, 3.0, 60)
TRUE = {"a": np.array([1.0, 2.0]), "k": np.array([0.5, 3.0])}
DECAY = sg.flatten(
    sg.compile(np.sum(a * np.exp(-k * t)) - y), t=TIMES, y=TRUE["a"] @ np.exp(-np.outer(TRUE["k"], TIMES)), weights=1.0 + TIMES
)  # fmt: skip


@DERIVATIVES
@pytest.mark.parametrize("method", ["trf", "dogbox", "lm"])
@pytest.mark.parametrize("jac", ["jac", "sparse_jac"])
def test_least_squares(method, jac):
    if method == "lm" and jac == "sparse_jac":
        pytest.skip("method lm takes no sparse matrices")
    found = optimize.least_squares(DECAY.residuals, DECAY.x(a=[0.8, 1.5], k=[0.3, 2.0]), jac=getattr(DECAY, jac), method=method)
    np.testing.assert_allclose(found.x, DECAY.x(**TRUE), rtol=1e-4)


@DERIVATIVES
@pytest.mark.parametrize("method", ["hybr", "lm"])
def test_root(method):
    flat = sg.flatten(sg.compile([p[0] ** 2 + p[1] ** 2 - 4.0, p[0] - sg.exp(p[1])]))
    found = optimize.root(flat.residuals, [1.0, 0.5], jac=flat.jac, method=method)
    assert found.success and abs(flat.residuals(found.x)).max() < 1e-8


@DERIVATIVES
@pytest.mark.parametrize("method", ["Radau", "BDF", "LSODA"])
@pytest.mark.parametrize("jac", ["jac", "sparse_jac"])
def test_solve_ivp(method, jac):
    if method == "LSODA" and jac == "sparse_jac":
        pytest.skip("method LSODA takes no sparse matrices")
    u, stiffness = sg.input("u", 2), sg.parameter("stiffness")
    flat = sg.flatten(sg.compile(sg.stack([u[1], stiffness * (1 - u[0] ** 2) * u[1] - u[0]])), stiffness=50.0)
    found = integrate.solve_ivp(
        lambda _, u: flat.residuals(u), (0, 5), [2.0, 0.0], method=method, jac=lambda _, u: getattr(flat, jac)(u), rtol=1e-8, atol=1e-10
    )
    expected = integrate.solve_ivp(lambda _, u: flat.residuals(u), (0, 5), [2.0, 0.0], method="DOP853", rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(found.y[:, -1], expected.y[:, -1], rtol=1e-5)
