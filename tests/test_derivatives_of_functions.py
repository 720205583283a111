"""`jvp`, `jacobian`, `hessian`, `hvp` and the sparse ones over batches: shapes, values, promises, errors."""

import pickle
import tracemalloc

import numpy as np
import pytest

import staticgraph as sg
from staticgraph.running import executor

x, z, d = sg.input("x", 3), sg.input("z"), sg.data("d")
W, b = sg.parameter("W", (4, 3)), sg.parameter("b", 4)
LEAVES = [x, z, W, b, d]
VECTOR = np.tanh(W @ x + b) * z * d
SCALAR = np.sum(VECTOR**2) + z * z * x[0]
ROWS = 7


def drawn(rows=ROWS):
    rng = np.random.default_rng(0)
    shapes = [(rows, 3), (rows,), (4, 3), (4,), (rows,)]
    return [rng.uniform(-1.0, 1.0, shape) for shape in shapes]


def directions(rows=ROWS):
    return tuple(np.random.default_rng(1).uniform(-1.0, 1.0, each.shape) for each in drawn(rows)[:4])


@pytest.fixture(scope="module")
def vector():
    return sg.compile(VECTOR, LEAVES)


@pytest.fixture(scope="module")
def scalar():
    return sg.compile(SCALAR, LEAVES)


def test_shapes_of_jacobians(vector):
    found = vector.jacobian(*drawn())
    assert found._fields == ("x", "z", "W", "b")
    assert [each.shape for each in found] == [(7, 4, 3), (7, 4), (7, 4, 4, 3), (7, 4, 4)]
    alone = vector.jacobian(*[each[0] if number in (0, 1, 4) else each for number, each in enumerate(drawn())])
    assert [each.shape for each in alone] == [(4, 3), (4,), (4, 4, 3), (4, 4)]
    assert vector.jacobian(*drawn(), wrt="d").shape == (7, 4)
    assert vector.jacobian(*drawn(), wrt=["W", x])._fields == ("W", "x")


def test_jacobians_are_those_of_vjp(vector):
    found = vector.jacobian(*drawn())
    for number in range(4):
        cotangent = np.zeros((ROWS, 4))
        cotangent[:, number] = 1.0
        expected = vector.vjp(cotangent, *drawn())
        np.testing.assert_allclose(found.x[:, number], expected.x, rtol=1e-13, atol=1e-15)
        np.testing.assert_allclose(found.W[:, number].sum(0), expected.W, rtol=1e-12, atol=1e-14)


def test_values_and_jacobians_together(vector):
    value, found = vector.value_and_jacobian(*drawn())
    assert value.tobytes() == vector(*drawn()).tobytes()
    assert found.W.tobytes() == vector.jacobian(*drawn()).W.tobytes()


def test_directional_derivatives_are_products_with_the_jacobian(vector):
    found, (along_x, along_z, along_weights, along_bias) = vector.jacobian(*drawn()), directions()
    expected = np.einsum("nij,nj->ni", found.x, along_x) + found.z * along_z[:, None]
    expected += np.einsum("nijk,jk->ni", found.W, along_weights) + np.einsum("nij,j->ni", found.b, along_bias)
    np.testing.assert_allclose(vector.jvp(directions(), *drawn()), expected, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(vector.jvp(along_x, *drawn(), wrt="x"), np.einsum("nij,nj->ni", found.x, along_x), rtol=1e-12, atol=1e-14)
    np.testing.assert_array_equal(vector.jvp(along_x[0], *drawn(), wrt="x"), vector.jvp(np.tile(along_x[0], (ROWS, 1)), *drawn(), wrt="x"))


def test_several_outputs_give_tuples():
    f = sg.compile([x * z, z > 0, np.sum(x)], [x, z])
    arrays = drawn()[:2]
    found = f.jacobian(*arrays)
    assert [[each.shape for each in matrices] for matrices in found] == [[(7, 3, 3), (7, 3)], [(7, 3), (7,)], [(7, 3), (7,)]]
    assert not found[1].x.any() and not found[2].z.any()
    values, matrices = f.value_and_jacobian(*arrays, wrt="x")
    assert isinstance(values, tuple) and values[1].dtype == bool
    assert [each.shape for each in matrices] == [(7, 3, 3), (7, 3), (7, 3)]
    tangents = f.jvp(directions()[:2], *arrays)
    assert [each.shape for each in tangents] == [(7, 3), (7,), (7,)] and not tangents[1].any()
    assert f.jacobian_structure().shape == (5, 4)
    assert f.sparse_jacobian(*arrays).shape == (7, len(f.jacobian_structure().rows))


def hessian_by_differences(f, arrays, names, step=1e-5):
    """Return the second derivatives summed over rows, as one matrix over raveled leaves that are the same for every row."""
    places = [f._places[name] for name in names]

    def gradient(change):
        moved, position = [np.array(each) for each in arrays], 0
        for place in places:
            size = f.inputs[place].size
            moved[place] = moved[place] + change[position : position + size].reshape(f.inputs[place].shape)
            position += size
        found = f.grad(*moved, wrt=names)
        return np.concatenate([(g if f.inputs[p].role == "parameter" else g.sum(0)).ravel() for g, p in zip(found, places, strict=True)])

    count = sum(f.inputs[place].size for place in places)
    return np.array([(gradient(step * each) - gradient(-step * each)) / (2 * step) for each in np.eye(count)])


@pytest.mark.parametrize("weights", [None, 0.5, "rows"])
def test_hessians_of_inputs_and_parameters(scalar, weights):
    names = ("x", "z", "W", "b")
    given = np.random.default_rng(2).uniform(0.0, 2.0, ROWS) if weights == "rows" else weights
    found = scalar.hessian(*drawn(), weights=given)
    summed = ("W", "b")
    for first in names:
        for second in names:
            shapes = [scalar.inputs[scalar._places[name]].shape for name in (first, second)]
            block, lead = found[first][second], () if first in summed and second in summed else (ROWS,)
            assert block.shape == (*lead, *shapes[0], *shapes[1])
            middle = len(lead) + len(shapes[1])
            axes = (*range(len(lead)), *range(middle, block.ndim), *range(len(lead), middle))
            np.testing.assert_array_equal(block, np.transpose(found[second][first], axes))
    if weights is None:
        expected = hessian_by_differences(scalar, drawn(), names)
        blocks = [[found[a][c] if a in summed and c in summed else found[a][c].sum(0) for c in names] for a in names]
        sizes = [3, 1, 12, 4]
        ours = np.block([[blocks[i][j].reshape(sizes[i], sizes[j]) for j in range(4)] for i in range(4)])
        np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-6)
    else:
        plain = scalar.hessian(*drawn(), wrt=["x", "W"])
        factor = np.broadcast_to(given, ROWS)
        np.testing.assert_allclose(found.x.x, plain.x.x * factor[:, None, None], rtol=1e-13, atol=1e-15)
        each_row = [[each[k : k + 1] if p in (0, 1, 4) else each for p, each in enumerate(drawn())] for k in range(ROWS)]
        rows = [scalar.hessian(*row, wrt="W") for row in each_row]
        np.testing.assert_allclose(found.W.W, sum(f * row for f, row in zip(factor, rows, strict=True)), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("weighted", [False, True])
def test_products_with_the_hessian(scalar, weighted):
    weights = np.linspace(0.0, 2.0, ROWS) if weighted else None
    found, (along_x, along_z, along_weights, along_bias) = scalar.hessian(*drawn(), weights=weights), directions()
    product = scalar.hvp(directions(), *drawn(), weights=weights)
    expected = np.einsum("nij,nj->ni", found.x.x, along_x) + found.x.z * along_z[:, None]
    expected += np.einsum("nijk,jk->ni", found.x.W, along_weights) + np.einsum("nij,j->ni", found.x.b, along_bias)
    np.testing.assert_allclose(product.x, expected, rtol=1e-12, atol=1e-13)
    expected = np.einsum("nijk,ni->jk", found.x.W, along_x) + np.einsum("njk,n->jk", found.z.W, along_z)
    expected += np.einsum("jkil,il->jk", found.W.W, along_weights) + np.einsum("ijk,i->jk", found.b.W, along_bias)
    np.testing.assert_allclose(product.W, expected, rtol=1e-12, atol=1e-13)
    assert scalar.hvp(along_x, *drawn(), wrt="x").shape == (ROWS, 3)


def whole_of(values, structure):
    whole = np.zeros((len(values), *structure.shape))
    whole[:, structure.rows, structure.columns] = values
    return whole


def test_sparse_values_are_those_of_the_dense_ones(scalar, vector):
    dense = vector.jacobian(*drawn())
    expected = np.concatenate([each.reshape(ROWS, 4, -1) for each in dense], axis=2)
    np.testing.assert_array_equal(whole_of(vector.sparse_jacobian(*drawn()), vector.jacobian_structure()), expected)
    dense = scalar.hessian(*drawn(), wrt=["x", "z"])
    upper = np.concatenate([dense.x.x, dense.x.z[:, :, None]], axis=2)
    expected = np.concatenate([upper, np.concatenate([dense.z.x, dense.z.z[:, None]], axis=1)[:, None]], axis=1)
    found = whole_of(scalar.sparse_hessian(*drawn(), wrt=["x", "z"]), scalar.hessian_structure(wrt=["x", "z"]))
    np.testing.assert_array_equal(found, expected)
    lower = scalar.hessian_structure(wrt=["x", "z"], lower=True)
    assert np.all(lower.rows >= lower.columns)
    kept = scalar.hessian_structure(wrt=["x", "z"])
    kept = kept.rows >= kept.columns
    found = scalar.sparse_hessian(*drawn(), wrt=["x", "z"], lower=True)
    np.testing.assert_array_equal(found, scalar.sparse_hessian(*drawn(), wrt=["x", "z"])[:, kept])
    weights = np.linspace(0.0, 2.0, ROWS)
    weighted = scalar.sparse_hessian(*drawn(), wrt=["x", "z"], lower=True, weights=weights)
    np.testing.assert_allclose(weighted, found * weights[:, None], rtol=1e-13, atol=1e-15)


def calls(f, g):
    return {
        "jvp": lambda *args, **options: f.jvp(args[5:9], *args[:5], **options),
        "jacobian": lambda *args, **options: f.jacobian(*args[:5], **options),
        "value_and_jacobian": lambda *args, **options: f.value_and_jacobian(*args[:5], **options),
        "hessian": lambda *args, **options: g.hessian(*args[:5], **options),
        "hvp": lambda *args, **options: g.hvp(args[5:9], *args[:5], **options),
        "sparse_jacobian": lambda *args, **options: f.sparse_jacobian(*args[:5], **options),
        "sparse_hessian": lambda *args, **options: g.sparse_hessian(*args[:5], **options),
    }


def arrays_of(result):
    return [array for each in result for array in arrays_of(each)] if isinstance(result, tuple) else [result]


CALLS = ["jvp", "jacobian", "value_and_jacobian", "hessian", "hvp", "sparse_jacobian", "sparse_hessian"]
VARYING = (0, 1, 4, 5, 6)


@pytest.mark.parametrize("name", CALLS)
def test_bits_do_not_depend_on_threads_or_on_other_rows(name, vector, scalar, monkeypatch):
    call, rows = calls(vector, scalar)[name], 3000
    arguments = [*drawn(rows), *directions(rows)]
    monkeypatch.setattr(executor, "PARALLEL_NS", 0)
    expected = [array.tobytes() for array in arrays_of(call(*arguments, threads=1))]
    assert [array.tobytes() for array in arrays_of(call(*arguments, threads=3))] == expected
    row = [each[1234:1235] if number in VARYING else each for number, each in enumerate(arguments)]
    for whole, alone in zip(arrays_of(call(*arguments)), arrays_of(call(*row)), strict=True):
        assert len(alone) != 1 or whole.shape[1:] != alone.shape[1:] or whole[1234:1235].tobytes() == alone.tobytes()


@pytest.mark.parametrize("name", CALLS)
def test_results_go_where_the_caller_wants(name, vector, scalar):
    call, arguments = calls(vector, scalar)[name], [*drawn(), *directions()]
    expected = call(*arguments)
    out = pickle.loads(pickle.dumps(expected))
    for array in arrays_of(out):
        array.fill(np.nan)
    found = call(*arguments, out=out)
    for ours, given, other in zip(arrays_of(found), arrays_of(out), arrays_of(expected), strict=True):
        assert ours is given and ours.tobytes() == other.tobytes()
    with pytest.raises(ValueError, match="out"):
        call(*arguments, out=np.zeros(2))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", CALLS)
def test_engines_pickles_and_empty_batches(name, dtype):
    engines = ("interpreter", "native")
    functions = [[sg.compile(node, LEAVES, dtype=dtype, engine=engine) for node in (VECTOR, SCALAR)] for engine in engines]
    functions.append(pickle.loads(pickle.dumps(functions[0])))
    arguments = [*drawn(40), *directions(40)]
    found = [arrays_of(calls(*each)[name](*arguments)) for each in functions]
    assert all(array.dtype == dtype for array in found[0])
    for other in found[1:]:
        assert [array.tobytes() for array in other] == [array.tobytes() for array in found[0]]
    empty = [each[:0] if number in VARYING else each for number, each in enumerate(arguments)]
    for array, full in zip(arrays_of(calls(*functions[0])[name](*empty)), found[0], strict=True):
        assert array.size == 0 or (array.shape == full.shape and not array.any())


def test_zeros_and_uniform_derivatives_have_the_batch_axis():
    f = sg.compile(2.0 * np.sum(x) + np.sum(b * b), [x, b, z])
    arrays = [np.ones((5, 3)), np.arange(4.0), np.ones(5)]
    found = f.jacobian(*arrays)
    assert [each.shape for each in found] == [(5, 3), (5, 4), (5,)]
    np.testing.assert_array_equal(found.x, 2.0)
    np.testing.assert_array_equal(found.b, np.tile(2.0 * np.arange(4.0), (5, 1)))
    second = f.hessian(*arrays)
    assert second.x.x.shape == (5, 3, 3) and not second.x.x.any()
    np.testing.assert_array_equal(second.b.b, 5 * 2.0 * np.eye(4))
    assert f.hessian(np.ones(3), np.ones(4), np.ones(6)).x.x.shape == (6, 3, 3)


def test_memory_does_not_grow_with_the_batch():
    f = sg.compile(np.sum(np.sin(x) * z), [x, z])
    arrays = drawn(100_000)[:2]
    out = f.hessian(*arrays)
    tracemalloc.start()
    f.hessian(*arrays, out=out)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 400_000


ERRORS = [
    (lambda f, g: f.hessian(*drawn()), TypeError, "hessian needs one real output of shape .*use jacobian"),
    (lambda f, g: f.hvp(directions(), *drawn()), TypeError, "hvp needs one real output"),
    (lambda f, g: f.hessian_structure(), TypeError, "use jacobian_structure"),
    (lambda f, g: f.jvp(np.ones(3), *drawn()), TypeError, r"tangents: expected a tuple of 4 \(x, z, W, b\), got ndarray"),
    (lambda f, g: f.jvp((1.0, 2.0), *drawn()), ValueError, "tangents: expected 4, one for each of x, z, W, b, got 2"),
    (lambda f, g: f.jvp(np.ones(2), *drawn(), wrt="x"), ValueError, r"'tangents of x'.*\(3,\).*got shape \(2,\)"),
    (lambda f, g: g.hvp(np.ones((9, 3)), *drawn(), wrt="x"), ValueError, "'vectors of x'.*7 rows.*9"),
    (lambda f, g: f.jacobian(*drawn(), wrt="nothing"), ValueError, "wrt: 'nothing' is no leaf"),
    (lambda f, g: f.jacobian(*drawn(), wrt=["x", "x"]), ValueError, "twice"),
    (lambda f, g: f.jacobian(*drawn()[:2]), TypeError, "missing the argument"),
    (lambda f, g: g.hessian(*drawn(), weights=np.ones(3)), ValueError, "weights: expected a scalar"),
    (lambda f, g: g.sparse_hessian(*drawn(), weights=np.ones(3)), ValueError, "weights: expected a scalar"),
    (lambda f, g: f.jacobian(*drawn(), threads=0), ValueError, "threads"),
    (lambda f, g: f.jacobian(*drawn(), out=(np.ones(3),)), ValueError, "out of a Jacobian matrix: expected a tuple of 4"),
]


@pytest.mark.parametrize(("call", "kind", "message"), ERRORS)
def test_errors_say_what_was_expected(call, kind, message, vector, scalar):
    with pytest.raises(kind, match=message):
        call(vector, scalar)


@pytest.mark.parametrize("name", ["jacobian", "hessian", "sparse_jacobian", "sparse_hessian"])
def test_leaves_without_elements_and_no_leaves(name):
    nothing = sg.input("nothing", (0, 2))
    f = sg.compile(np.sum(x**2) * z + np.sum(nothing), [x, nothing, z])
    arrays = [np.ones((4, 3)), np.ones((4, 0, 2)), np.ones(4)]
    assert getattr(f, name)(*arrays, wrt="nothing").size == 0
    assert getattr(f, name)(*arrays, wrt=["nothing", "x"])[1 if "sparse" not in name else 0] is not None
    found = getattr(f, name)(*arrays, wrt=())
    assert found.shape == (4, 0) if "sparse" in name else found == ()


FORMS = {
    "dictionary": lambda t: {"a": t * t, "b": np.sin(t)},
    "nested": lambda t: (t * t, [np.sin(t), t]),
    "complex": lambda t: np.exp(1j * t),
    "complex within": lambda t: {"a": (np.exp(1j * t), t)},
}


def stepped(form, function, step):
    """Return the difference of a nested result by a small step, as a derivative."""
    if isinstance(form, dict):
        return {key: stepped(form[key], lambda t, key=key: function(t)[key], step) for key in form}
    if isinstance(form, (tuple, list)):
        return type(form)(stepped(each, lambda t, place=place: function(t)[place], step) for place, each in enumerate(form))
    return (function(step) - function(-step)) / (2 * step)


def flat(nested):
    """List the arrays of a nested result; named tuples of derivatives have one."""
    if isinstance(nested, dict):
        nested = list(nested.values())
    return [array for each in nested for array in flat(each)] if isinstance(nested, (tuple, list)) else [nested]


@pytest.mark.parametrize("name", FORMS)
def test_derivatives_are_nested_as_the_outputs_are(name):
    f = sg.function(inputs={"t": ()})(FORMS[name])
    t = np.linspace(0.1, 1.0, 5)
    value, matrix = f.value_and_jacobian(t)
    direction, alone = f.jvp(np.ones(5), t), f.jacobian(t, wrt="t")
    expected = stepped(value, lambda step: f(t + step), 1e-6)
    assert str(f(t)) == str(value) and type(direction) is type(expected) and type(alone) is type(expected)
    for derivative in (direction, alone, matrix):
        for ours, theirs in zip(flat(derivative), flat(expected), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-8)
            assert ours.dtype == theirs.dtype
    f.jvp(np.ones(5), 2.0 * t, out=direction)
    f.value_and_jacobian(2.0 * t, out=(value, matrix))
    for derivative in (direction, matrix):
        assert str(flat(derivative)) == str(flat(f.jacobian(2.0 * t)))
    assert str(value) == str(f(2.0 * t))
