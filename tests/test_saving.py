"""Save and load: the same function in any process, in one step, from any bytes a function or a `ValueError`."""

import os
import pickle
import subprocess
import sys
import threading
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from test_random_graphs import FEWER, ROUTING, SMOOTH, arguments, build, leaves_of, programs

import staticgraph as sg
from staticgraph.gates import ELEMENTWISE, GATES, find
from staticgraph.gates.custom import custom as custom_gate
from staticgraph.gates.scan import scan as scan_gate
from staticgraph.kinds import KINDS
from staticgraph.nodes.custom import Custom
from staticgraph.nodes.graph import Graph, topological
from staticgraph.nodes.loops import Loop
from staticgraph.nodes.node import OPERATION, Node, is_boolean
from staticgraph.saving import files
from staticgraph.saving.encoding import encode
from staticgraph.saving.layout import Saved
from staticgraph.saving.verify import MOST_WITHIN
from tools import fuzz

FUNCTIONS = {f.__name__ + f"_{number}": f for number, f in enumerate(fuzz.functions())}


def through_file(function, folder):
    function.save(folder / "function.sg")
    return sg.load(folder / "function.sg")


def same_bits(first, second):
    if isinstance(first, tuple):
        assert len(first) == len(second)
        for a, b in zip(first, second, strict=True):
            same_bits(a, b)
    else:
        assert np.asarray(first).dtype == np.asarray(second).dtype
        assert np.asarray(first).tobytes() == np.asarray(second).tobytes()


def values_of(function, rows=5):
    rng = np.random.default_rng(1)
    return [rng.normal(size=(rows, *leaf.shape) if leaf.varying else leaf.shape) for leaf in function.inputs]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_everything_of_a_function_is_kept(name, tmp_path):
    function = FUNCTIONS[name]
    found = through_file(function, tmp_path)
    same_bits(function(*values_of(function)), found(*values_of(function)))
    for attribute in ("__name__", "__doc__", "dtype", "_engine"):
        assert getattr(found, attribute) == getattr(function, attribute)
    for leaf, expected in zip(found.inputs, function.inputs, strict=True):
        assert (leaf.name, leaf.role, leaf.shape) == (expected.name, expected.role, expected.shape)
    assert str(found.graph) == str(function.graph)
    again = tmp_path / "again"
    found.save(again)
    assert again.read_bytes() == (tmp_path / "function.sg").read_bytes()
    same_bits(pickle.loads(pickle.dumps(found))(*values_of(function)), function(*values_of(function)))


@FEWER
@given(program=programs({**SMOOTH, **ROUTING}))
def test_random_graphs_keep_values_and_gradients(program, tmp_path_factory):
    specification, steps, seed, rows = program
    leaves = leaves_of(specification)
    function = sg.compile(build(steps, leaves, {**SMOOTH, **ROUTING}, np), leaves)
    assert [node.boolean for node in function.graph.outputs] == [node.boolean for node in function._source.outputs]
    found = through_file(function, tmp_path_factory.mktemp("random"))
    rng = np.random.default_rng(seed)
    given = arguments(leaves, rng, rows, True)
    values = function(*given)
    same_bits(values, found(*given))
    cotangent = tuple(rng.normal(size=np.shape(each)) for each in values)
    same_bits(function.vjp(cotangent, *given), found.vjp(cotangent, *given))


@pytest.mark.parametrize("name", [name for name, gate in GATES.items() if gate.kind == ELEMENTWISE])
def test_every_elementwise_gate_is_kept_by_name(name, tmp_path):
    leaves = sg.inputs("a b c")[: GATES[name].arity]
    function = sg.compile(GATES[name](*leaves))
    assert through_file(function, tmp_path)._source.outputs[0].gate is GATES[name]


@pytest.mark.parametrize(
    ("outputs", "name", "doc"),
    [
        (sg.constant(np.array([-0.0, np.nan, np.inf, 5e-324])), "constants", None),
        (sg.constant([True, False]), "", ""),
        (sg.input("Ångström") * 1.0, "näme\ud800", "two\nlines\0"),
        ([sg.input("x", (0, 3)).sum(axis=1), sg.input("y", (1,) * 20)], "lambda", "x" * 70_000),
        (sg.input("x", 70_000)[::-1] * np.arange(70_000.0), "long", None),
        (sg.input("x"), "leaf", None),
    ],
)
def test_odd_names_shapes_and_constants(outputs, name, doc, tmp_path):
    function = sg.Function(sg.compile(outputs)._source, isinstance(outputs, Node), np.float64, name, doc)
    found = through_file(function, tmp_path)
    assert (found.__name__, found.__doc__) == (name, doc)
    same_bits(function(*values_of(function)), found(*values_of(function)))


def test_leaves_that_nothing_uses_and_their_order(tmp_path):
    x, y, z = sg.inputs("x y z")
    found = through_file(sg.compile(x - z, inputs=[z, y, x]), tmp_path)
    assert found(1.0, 2.0, 3.0) == 2.0
    assert [leaf.name for leaf in found.inputs] == ["z", "y", "x"]


OTHER_PROCESS = """
import sys, numpy as np, staticgraph as sg
f = sg.load(sys.argv[1])
x = np.load(sys.argv[2])
np.save(sys.argv[3], np.concatenate([np.ravel(each) for each in f.value_and_grad(x)[1]]))
"""


def test_another_process_has_the_same_bits(tmp_path):
    function = sg.compile(np.sum(np.exp(sg.input("x", 7)) ** 1.5), name="energy")
    function.save(tmp_path / "f")
    x = np.random.default_rng(0).normal(size=(9, 7))
    np.save(tmp_path / "x.npy", x)
    subprocess.run([sys.executable, "-c", OTHER_PROCESS, tmp_path / "f", tmp_path / "x.npy", tmp_path / "y.npy"], check=True)
    assert np.load(tmp_path / "y.npy").tobytes() == function.grad(x).x.tobytes()


FORMAT_1 = bytes.fromhex(
    "895347460d0a1a0a0100000000000000f701000000000000010001000600000005000000736d616c6c00000000060000006d61746d756c0300000073756d0400"
    "0000766965770600000063756d73756d060000006761746865720700000067726561746572090000000200000002000000000001000000000000000000010000"
    "00000000000200000000000000780200020000000000000000000100000000000000020000000000000002000000000000007704000100000000000200000018"
    "00000000000000020000000000000000000000010000000100000000000000020000000000000002000000000000000400000001000000010000001800000000"
    "00000002000000010000000000000002000000000000000100000000000000040001000200000001000000080000000000000001000000000000000300000000"
    "00000000000000040001000300000001000000180000000000000002000000000000000000000001000000000000000200000000000000010000000000000004"
    "00010004000000010000001000000000000000020000000000000005000000010000000000000000000000000000000300010000000000000000001000000000"
    "0000000200000000000000000000000000e03f000000000000008004010100050000000200000000000000000000000200000000000000060000000700000001"
    "000000000000000400000008000000baa55e20bce4372170e083978244a2e1d4c3ba28c3b1784a65c97165c38e84df"
)


def small():
    x, w = sg.input("x", 2), sg.parameter("w", (2, 2))
    return sg.compile([np.sum(x @ w)[None], np.cumsum(x)[::-1] > np.array([0.5, -0.0])], [w, x], dtype=np.float32, name="small")


def test_the_format_stays(tmp_path):
    small().save(tmp_path / "now")
    assert (tmp_path / "now").read_bytes() == FORMAT_1, "a file of today differs: raise the format's number, and keep this one readable"
    (tmp_path / "then").write_bytes(FORMAT_1)
    same_bits(sg.load(tmp_path / "then")(np.eye(2), np.ones((3, 2))), small()(np.eye(2), np.ones((3, 2))))


def traced_load(path):
    """Return the function in a file, and the most memory that loading took."""
    tracemalloc.start()
    try:
        return sg.load(path), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def chain(length):
    node = sg.input("x")
    for _ in range(length):
        node = -node
    return node


LARGE = {
    "shapes": lambda: sg.sum(sg.input("x", (30_000, 1)) * sg.input("y", (1, 30_000))),
    "folded": lambda: [sg.constant(np.ones((256, 1))) * sg.constant(np.arange(256.0) + k) for k in range(300)],
    "repeated": lambda: sg.input("x", (4_000, 4_000)) + np.arange(4_000.0),
    "constant": lambda: sg.constant(np.arange(100_000.0)),
    "nodes": lambda: chain(5_000),
}


@pytest.mark.parametrize("name", LARGE)
def test_memory_grows_with_the_file_alone_until_the_first_call(name, tmp_path):
    sg.compile(LARGE[name](), name=name).save(tmp_path / name)
    sg.load(tmp_path / name)  # the modules that loading needs
    found, peak = traced_load(tmp_path / name)
    assert "graph" not in vars(found) and not found._plans
    assert peak < 25 * (tmp_path / name).stat().st_size + 10_000


def test_native_code_waits_for_the_first_call(tmp_path):
    function = sg.compile(np.tanh(sg.input("x", 2)), engine="native")
    found = through_file(function, tmp_path)
    assert not found._plans and found.engine == "interpreter"
    same_bits(found(np.ones((64, 2))), function(np.ones((64, 2))))
    assert found.engine == "native"


@pytest.mark.parametrize("path", ["missing", "no/folder", "."])
def test_a_file_that_is_missing_or_a_folder_is_an_os_error(path, tmp_path):
    with pytest.raises(OSError):
        sg.load(tmp_path / path)


@pytest.mark.parametrize("make", [str, os.fsencode, lambda path: path])
def test_paths_of_every_kind(make, tmp_path):
    small().save(make(tmp_path / "f"))
    assert sg.load(make(tmp_path / "f")).__name__ == "small"


@pytest.mark.parametrize("path", [None, 1.5, ["f"]])
def test_what_is_no_path_is_a_type_error(path):
    for use in (small().save, sg.load):
        with pytest.raises(TypeError):
            use(path)


def full_disk(*_):
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("failing", ["fsync", "replace"])
@pytest.mark.parametrize("error", [full_disk, KeyboardInterrupt])
def test_a_save_that_fails_changes_nothing(failing, error, tmp_path, monkeypatch):
    path = tmp_path / "f"
    small().save(path)
    before = path.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(files.os, failing, error if error is full_disk else lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises((OSError, KeyboardInterrupt)):
            FUNCTIONS["mixed_0"].save(path)
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["f"]


@pytest.mark.parametrize("path", ["no/f", "folder"])
def test_a_place_that_cannot_be_written_is_an_os_error(path, tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError):
        small().save(tmp_path / path)
    assert os.listdir(tmp_path) == ["folder"]


def test_readers_see_whole_files_while_one_is_replaced(tmp_path):
    path, seen, stop = tmp_path / "f", set(), threading.Event()
    small().save(path)

    def read():
        while not stop.is_set():
            seen.add(sg.load(path).__name__)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for _ in range(10):
            FUNCTIONS["mixed_0"].save(path)
            small().save(path)
    finally:
        stop.set()
        reader.join()
    assert seen <= {"mixed", "small"}


@pytest.mark.skipif(os.name != "posix", reason="links and modes are POSIX's")
def test_a_link_stays_and_a_new_file_has_the_modes_of_new_files(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "target")
    small().save(tmp_path / "link")
    assert (tmp_path / "link").is_symlink() and sg.load(tmp_path / "target").__name__ == "small"
    (tmp_path / "plain").write_bytes(b"")
    assert (tmp_path / "target").stat().st_mode == (tmp_path / "plain").stat().st_mode


def with_field(place, new):
    """Return a file with some bytes replaced and the checksum repaired."""
    return fuzz.repaired(FORMAT_1[:place] + new + FORMAT_1[place + len(new) : -32])


HEAD, NAME, COUNTS = 24, 32, FORMAT_1.index(b"greater") + 7  # where the head begins, the name, and the graph

DAMAGED = {
    "empty": (b"", "only its beginning"),
    "text": (b"import this\n" * 9, "no file of a function's save"),
    "pickle": (pickle.dumps(small()), "no file of a function's save"),
    "line ends": (FORMAT_1.replace(b"\r\n", b"\n"), "no file of a function's save"),
    "cut": (FORMAT_1[:-1], "copy it again"),
    "beginning": (FORMAT_1[:20], "only its beginning"),
    "longer": (FORMAT_1 + b"\0", "something was added"),
    "bit": (FORMAT_1[:60] + bytes([FORMAT_1[60] ^ 4]) + FORMAT_1[61:], "its checksum"),
    "checksum": (FORMAT_1[:-1] + bytes([FORMAT_1[-1] ^ 1]), "its checksum"),
    "later format": (with_field(8, b"\4"), "upgrade"),
    "format 0": (with_field(8, b"\0"), "damaged"),
    "dtype": (with_field(HEAD, b"\2"), "the dtype is 2"),
    "engine": (with_field(HEAD + 1, b"\3"), "the engine is 3"),
    "structure": (with_field(HEAD + 2, b"\2"), "the structure is 2"),
    "one output of two": (with_field(HEAD + 2, b"\0"), "no tuple"),
    "docstring": (with_field(HEAD + 3, b"\2"), "docstring"),
    "gates": (with_field(HEAD + 4, b"\xff" * 4), "gates would take"),
    "nodes": (with_field(COUNTS, b"\xff" * 4), "nodes, .* would take"),
    "inputs": (with_field(COUNTS + 4, b"\xff" * 4), "inputs .* would take"),
    "fewer outputs": (with_field(COUNTS + 8, b"\1"), "belong to no output"),
    "no outputs": (with_field(COUNTS + 8, b"\0"), "belong to no output"),
    "name": (with_field(NAME, b"\xff" * 4), "would take"),
    "no text": (with_field(NAME + 4, b"\xff"), "no text"),
    "gate": (fuzz.repaired(FORMAT_1[:-32].replace(b"cumsum", b"cumzum")), "there is no gate 'cumzum'"),
    "left over": (fuzz.repaired(FORMAT_1[:-32] + b"\0"), "1 bytes are left over"),
    "output": (with_field(len(FORMAT_1) - 36, FORMAT_1[COUNTS : COUNTS + 4]), "outputs: number"),
    "leaf": (fuzz.repaired(FORMAT_1[:-32].replace(b"\0w", b"\0_", 1)), "cannot name a leaf"),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGED)
def test_damage_is_told_with_what_to_do(name, tmp_path):
    data, message = DAMAGED[name]
    path = tmp_path / "damaged.sg"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=message) as raised:
        sg.load(path)
    assert str(path) in str(raised.value)


def gate(name, operands, shape, static=None, boolean=None):
    boolean = is_boolean(GATES[name], tuple(operands)) if boolean is None else boolean
    return Node(OPERATION, shape, gate=GATES[name], operands=tuple(operands), static=static, boolean=boolean)


X, M, EMPTY = sg.input("x", 3), sg.parameter("m", (2, 3)), sg.input("empty", (0, 3))


def table(*numbers):
    return np.array(numbers, np.int64).tobytes()


def constant(elements, shape, boolean=False):
    return Node("constant", shape, static=np.asarray(elements), boolean=boolean)


def custom(shape, leaf):
    """Return a custom node of a shape, whose function takes a leaf and uses `X`."""
    cotangent = sg.input("cotangent", 3)
    static = Custom(Graph([np.exp(X)], [leaf]), Graph([cotangent * 2.0], [cotangent, X]))
    return Node("operation", shape, gate=custom_gate, operands=(X,), static=static)


def loop(length=3, sliced=1, size=4, shape=(), turned=False):
    """Return a loop of three steps that adds up the elements of `X`, as it is or with something wrong."""
    carry, each = sg.input("carry", 1), sg.input("slice0", shape)
    static = Loop(Graph([carry + each, carry[0] * each], [carry, each]), length, sliced, turned)
    return Node("operation", (size,), gate=scan_gate, operands=(X[:1], X), static=static)


MALFORMED = {
    "too few operands": (gate("add", [X], (3,)), "1 operands, expected 2"),
    "too many operands": (gate("exp", [X, X], (3,)), "2 operands, expected 1"),
    "shapes that do not broadcast": (gate("add", [X, sg.input("y", 2)], (3,)), "do not broadcast"),
    "another shape": (gate("add", [X, M], (3, 2)), "expected \\(2, 3\\)"),
    "larger shape": (gate("exp", [X], (2, 3)), "expected \\(3,\\)"),
    "integers of an elementwise gate": (gate("exp", [X], (3,), (1, 2)), "expected none"),
    "boolean": (gate("exp", [X], (3,), boolean=True), "boolean is True"),
    "number": (gate("less", [X, X], (3,), boolean=False), "boolean is False"),
    "lengths of another size": (gate("sum", [X], (), (1, 4, 1)), "expected \\[4\\]"),
    "result of another size": (gate("sum", [X], (3,), (1, 3, 1)), "a result of 3"),
    "negative lengths": (gate("sum", [X], (), (-1, -3, 1)), "lengths"),
    "nothing to reduce": (gate("max", [EMPTY], (3,), (1, 0, 3)), "the second from 1"),
    "two lengths": (gate("sum", [X], (), (1, 3)), "expected three"),
    "no lengths": (gate("sum", [X], (), ()), "expected three"),
    "huge lengths": (gate("sum", [EMPTY], (0,), (0, 2**62, 1)), "lengths"),
    "two arrays to reduce": (gate("sum", [X, X], (), (1, 3, 1)), "expected \\[3\\]"),
    "matrices": (gate("matmul", [M, X], (2,), (2, 2, 1)), "expected \\[4, 2\\]"),
    "one matrix": (gate("matmul", [M], (2,), (2, 3, 1)), "expected \\[6, 3\\]"),
    "empty matrices": (gate("matmul", [EMPTY, X], (0,), (0, 3, 1)), "from 1"),
    "cumulative": (gate("cumsum", [X], (3,), (1, 3, 2)), "expected \\[6\\]"),
    "sum of products": (gate("sum_of_products", [X, X], (), (1, 2, 1)), "expected \\[2, 2\\]"),
    "cumulative result": (gate("cumsum", [X], (), (1, 3, 1)), "a result of 1"),
    "cumulative operands": (gate("cumsum", [X, X], (3,), (1, 3, 1)), "expected \\[3\\]"),
    "view beyond the end": (gate("view", [X], (2,), 2), "picks other elements"),
    "view before the beginning": (gate("view", [X], (2,), -1), "picks other elements"),
    "view of two": (gate("view", [X, X], (2,), 0), "2 operands, expected one"),
    "view of nothing": (gate("view", [], (2,), 0), "0 operands"),
    "view with two beginnings": (gate("view", [X], (2,), (0, 1)), "expected one, where it begins"),
    "table beyond the end": (gate("gather", [X], (2,), table(0, 3)), "picks other elements"),
    "table before the beginning": (gate("gather", [X], (2,), table(0, -1)), "picks other elements"),
    "longer table": (gate("gather", [X], (2,), table(0, 1, 2)), "not 2 of them"),
    "table of nothing": (gate("gather", [], (0,), table()), "0 operands"),
    "custom function of another shape": (custom((2, 3), X), "take and give"),
    "custom function of a leaf that is no operand": (custom((3,), sg.input("y", 3)), "x"),
    "loop of another length": (loop(length=4), "takes operands of the shapes"),
    "loop of no steps": (loop(length=0), "0 steps"),
    "loop that slices nothing": (loop(sliced=0), "takes operands of the shapes"),
    "loop that slices what there is not": (loop(sliced=2), "2 of 2 operands sliced"),
    "loop with a value of another size": (loop(size=5), "expected \\(4,\\)"),
    "loop of larger slices": (loop(shape=(2,)), "takes operands of the shapes"),
    "loop that is turned twice": (loop(turned=2), "expected steps"),
    "many axes": (sg.input("x", (1,) * 65), "65 axes: expected"),
    "negative shape": (Node("input", (-1, -1), name="x"), "expected lengths from 0"),
    "huge shape": (sg.input("x", (2**16, 2**15)), "fewer than"),
    "huge shape of nothing": (sg.input("x", (0, 2**62)), "expected lengths"),
    "boolean leaf": (Node("input", (), name="x", boolean=True), "boolean"),
    "no name": (Node("input", (), name=""), "cannot name a leaf"),
    "keyword": (Node("input", (), name="lambda"), "cannot name a leaf"),
    "taken": (Node("parameter", (), name="wrt"), "are taken"),
    "not normalized": (Node("data", (), name="ﬁ"), "not normalized"),
    "neither true nor false": (constant([0.5], (1,), True), "truth values"),
    "fewer elements": (constant([0.5, 1.0], (3,)), "are not the numbers of shape"),
    "two leaves of one name": (sg.input("x") * sg.input("x"), "two leaves have the name"),
}  # fmt: skip


@pytest.mark.parametrize("name", MALFORMED)
def test_a_graph_that_is_not_well_formed_is_refused(name, tmp_path, monkeypatch):
    node, message = MALFORMED[name]
    with monkeypatch.context() as patch:  # the file as one would make it who wants to do harm
        patch.setattr("staticgraph.saving.encoding.verify", lambda graph: None)
        patch.setattr("staticgraph.calling.compiling.check_leaves", lambda leaves, used: None)
        if node.gate is not None and node.gate.kind in ("elementwise", "layout"):
            patch.setattr(type(KINDS[node.gate.kind]), "numbers", numbers_as_they_are)
        sg.compile(node).save(tmp_path / "f")
    with pytest.raises(ValueError, match=message):
        sg.load(tmp_path / "f")


def numbers_as_they_are(kind, node):
    if isinstance(node.static, bytes):
        return np.frombuffer(node.static, np.int64)
    return np.atleast_1d(np.array([] if node.static is None else node.static, np.int64))


def test_custom_gradients_and_slopes_are_kept(tmp_path):
    @sg.custom_gradient
    def clipped(x, scale):
        return np.exp(x) * scale, lambda g: (np.clip(g, -1.0, 1.0) * x, np.sum(g * 0.5))

    x = sg.input("x", 3)
    for node in (np.sum(clipped(x, clipped(x, x[0])[1])), np.sum(sg.gradient(np.sum(np.abs(x) ** 2.5 * np.maximum(x, 0.0)), x))):
        f = sg.compile(node)
        found, given = through_file(f, tmp_path), values_of(f)
        same_bits(f.value_and_grad(*given)[1].x, found.value_and_grad(*given)[1].x)
        same_bits(f.hessian(*given).x.x, found.hessian(*given).x.x)


@pytest.mark.parametrize("name", ["exp.0.0.0.0.0.0.0.0", "exp.1", "exp.x", ".", "sum.0", "view.0", "less.0", "add.-1", "nothing.0"])
def test_names_of_no_gate(name):
    with pytest.raises(KeyError):
        find(name)


def test_malformed_graphs_of_every_kind_are_in_the_table():
    assert {node.gate.kind for node, _ in MALFORMED.values() if node.gate} == set(KINDS)


DOUBLE = X * 2.0
GRAPHS = {
    "missing input": (Graph([X * M], [X]), "'m', which is missing"),
    "repeated input": (Graph([X], [X, X]), "stands twice"),
    "input that is no leaf": (Graph([DOUBLE], [X, DOUBLE]), "is no leaf"),
    "unused node": (Graph([X], [X], (X, M)), "1 of 2 nodes belong to no output"),
    "no output": (Graph([], [X]), "no outputs"),
    "operand after its gate": (Graph([DOUBLE], [X], topological([DOUBLE])[::-1]), "number"),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_inputs_outputs_and_order(name, tmp_path, monkeypatch):
    graph, message = GRAPHS[name]
    monkeypatch.setattr("staticgraph.saving.encoding.verify", lambda graph: None)
    (tmp_path / "f").write_bytes(b"".join(encode(Saved(graph, False, np.dtype(float), "f", None, "auto"))))
    with pytest.raises(ValueError, match=message):
        sg.load(tmp_path / "f")


def saved(function, folder):
    function.save(folder / "saved")
    return (folder / "saved").read_bytes()


def test_save_refuses_what_load_would(tmp_path):
    with pytest.raises(ValueError, match="node 0, input: shape"):
        sg.compile(sg.input("x", 2**31)).save(tmp_path / "f")
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_changed_bytes_give_a_function_or_a_value_error(name, tmp_path):
    data, rng, found = saved(FUNCTIONS[name], tmp_path), np.random.default_rng(3), set()
    for number in range(400):
        found.add(fuzz.outcome(tmp_path / "f", fuzz.changed(data, rng), number % 10 == 0))
    assert {"errors", "functions"} <= found


def test_every_beginning_of_a_file_is_refused(tmp_path):
    for data in fuzz.cuts(FORMAT_1):
        assert fuzz.outcome(tmp_path / "f", data, False) == "errors"


def within(depth):
    """Return a node of custom functions within each other."""
    made = sg.custom_gradient(lambda u: (u * 2.0, lambda g: g * 2.0))
    for _ in range(depth - 1):
        made = sg.custom_gradient(lambda u, inner=made: (inner(u), lambda g: g * 2.0))
    return made(X)


def test_custom_functions_within_each_other(tmp_path):
    assert through_file(sg.compile(within(MOST_WITHIN)), tmp_path)(np.ones(3)).tolist() == [2.0, 2.0, 2.0]
    with pytest.raises(ValueError, match="within each other"):
        sg.compile(within(MOST_WITHIN + 1)).save(tmp_path / "f")


def test_slopes_of_an_order_that_no_file_names_are_not_saved(tmp_path, monkeypatch):
    y = sg.input("y")
    second = sg.compile(sg.gradient(sg.gradient(np.hypot(y, 2.0), y), y))
    second.save(tmp_path / "f")
    monkeypatch.setattr("staticgraph.saving.verify.MOST_ORDERS", 1)
    with pytest.raises(ValueError, match="an order above 1"):
        second.save(tmp_path / "f")
