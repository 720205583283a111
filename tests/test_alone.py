"""Code that needs no interpreter beside it: addresses, C source and object files, with the bits of the calls from Python."""

import ctypes
import subprocess
from shutil import which

import numpy as np
import pytest

import staticgraph as sg
from staticgraph.native import schedule

pytestmark = pytest.mark.usefixtures("one_engine")
GCC = which("gcc") or which("cc")
needs_c = pytest.mark.skipif(GCC is None, reason="no C compiler")
RNG = np.random.default_rng(1)


def valley(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def network(x, w, b, u):
    hidden = np.maximum(w @ x + np.exp(b), 0.0)
    return np.sum(hidden**2) + sg.logsumexp(x) * u + np.linalg.norm(x) * np.sum(np.cumprod(b))


def special(x, y):
    return sg.lgamma(np.abs(x)) * np.sin(y) + sg.ndtr(x * y) + np.where(x > y, np.sqrt(np.abs(x)), np.arctan2(x, y)) + np.sinh(x) + x**3.5


def unused(x, y, w):
    return x * 2.0 + sg.stop_gradient(y)


def several(x):
    return [x.T, x > 0, np.sum(x), sg.constant(2.5) * 1, x[0] @ x[1]]


MODELS = {
    "valley": (valley, {"x": 6}, {}),
    "network": (network, {"x": 3}, {"w": (4, 3), "b": 4, "u": ()}),
    "special": (special, {"x": (), "y": ()}, {}),
    "unused": (unused, {"x": (), "y": ()}, {"w": 2}),
    "several": (several, {"x": (2, 3)}, {}),
    "uniform": (lambda w, v: np.sum(np.exp(w)) * v, {}, {"w": 3, "v": ()}),
}


def compiled(name, dtype=np.float64):
    model, inputs, parameters = MODELS[name]
    leaves = [sg.input(leaf, shape) for leaf, shape in inputs.items()] + [sg.parameter(leaf, shape) for leaf, shape in parameters.items()]
    return sg.compile(model(*leaves), leaves, dtype=dtype, name=name)


def arguments(f, rows):
    """Return a batch with a value of everything that a function may meet, NaN and zeros too."""
    made = []
    for leaf in f.inputs:
        array = RNG.normal(size=((rows, *leaf.shape) if leaf.varying else leaf.shape)).astype(f.dtype)
        if leaf.varying and rows > 4:
            array[1], array[3] = 0.0, np.nan
        made.append(array)
    return made


def flat(results):
    return [part for each in results for part in flat(each)] if isinstance(results, tuple) else [np.ascontiguousarray(results)]


def expected(f, call, given):
    return flat(getattr(f, call)(*given) if call != "value" else f(*given))


def calls_of(f):
    """Return what code outside Python can compute for batches."""
    if not f._scalar:
        return ("value", "jacobian")
    return ("value", "grad", "value_and_grad", "jacobian", "hessian")


def same(found, wanted):
    for each, other in zip(found, wanted, strict=True):
        assert each.tobytes() == other.tobytes()


def results_like(wanted):
    return [np.full(each.shape, 7, each.dtype if each.dtype != bool else np.uint8) for each in wanted]


def table(arrays):
    return (ctypes.c_void_p * len(arrays))(*(each.ctypes.data for each in arrays))


@pytest.mark.parametrize(("name", "dtype"), [*((name, np.float64) for name in MODELS), ("network", np.float32), ("special", np.float32)])
def test_addresses(name, dtype):
    f = compiled(name, dtype)
    for rows in (0, 1, 9, 1031, 8200):
        given = arguments(f, rows)
        for call in calls_of(f):
            wanted = expected(f, call, given)
            found = results_like(wanted)
            count = rows if any(leaf.varying for leaf in f.inputs) else 1
            assert f.ctypes(call)(table(given), table(found), count) == 0
            same(found, wanted)


def test_functions_that_are_cut(monkeypatch, tmp_path):
    monkeypatch.setattr(schedule, "MOST_ALONE", 40)
    monkeypatch.setattr(schedule, "MOST_INSTRUCTIONS", 25)
    monkeypatch.setattr(schedule, "MOST_LONG", 10)
    monkeypatch.setattr("staticgraph.compiler.store.folder", lambda: None)
    for name in ("network", "special"):
        f = compiled(name)
        given = arguments(f, 20)
        wanted = expected(f, "value_and_grad", given)
        found = results_like(wanted)
        assert f.ctypes()(table(given), table(found), 20) == 0
        same(found, wanted)
    if GCC is not None:
        sg.export_c(f, tmp_path, calls=calls_of(f))
        check_library(f, shared_library(tmp_path, "special"), 20)


def test_bad_calls_write_nothing():
    f = compiled("valley")
    x, found = np.ones((3, 6)), [np.full(3, 7.0), np.full((3, 6), 7.0)]
    call = f.ctypes()
    assert call(table([x]), table(found), -1) == 1
    nowhere = table(found)
    nowhere[1] = None
    assert call(table([x]), nowhere, 3) == 2
    assert call(table([x]), None, 3) == 2
    assert all(np.all(each == 7.0) for each in found)


def test_the_function_lives_as_long_as_its_code():
    call = compiled("valley").ctypes("value")
    found = np.empty(2)
    assert call(table([np.zeros((2, 6))]), table([found]), 2) == 0
    assert found.tolist() == [5.0, 5.0]


ADAPTED = {
    "quad": (lambda: sg.compile(np.exp(-(sg.input("x") ** 2)) * sg.input("a")), ctypes.c_double, [ctypes.c_int, ctypes.c_void_p]),
    "nlopt": (lambda: compiled("valley"), ctypes.c_double, [ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]),
    "lsoda": (
        lambda: sg.compile(sg.input("t") * 0.5 + sg.input("u", 2) * sg.input("p")), None,
        [ctypes.c_double, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p],
    ),
}  # fmt: skip


@pytest.mark.parametrize("abi", ADAPTED)
def test_adapters(abi):
    make, returned, given = ADAPTED[abi]
    f = make()
    call = ctypes.CFUNCTYPE(returned, *given)(f.address(abi=abi))
    x, slopes = RNG.normal(size=6), np.zeros(6)
    if abi == "quad":
        assert call(2, x.ctypes.data) == f(x[0], x[1])
    elif abi == "nlopt":
        assert call(6, x.ctypes.data, slopes.ctypes.data, None) == f(x) == call(6, x.ctypes.data, None, None)
        assert slopes.tobytes() == f.grad(x).x.tobytes()
    else:
        p = np.array([0.25])
        call(1.5, x.ctypes.data, slopes.ctypes.data, p.ctypes.data)
        assert slopes[:2].tobytes() == f(1.5, x[:2], 0.25).tobytes()


def test_low_level_callables():
    from scipy.integrate import quad

    f = sg.compile(np.exp(-(sg.input("x") ** 2)))
    assert quad(f.low_level_callable(), 0.0, 2.0)[0] == quad(lambda x: float(f(x)), 0.0, 2.0)[0]


WRONG = {
    "call": (lambda f: f.address("slope"), ValueError, "call 'slope' is unknown; expected one of value"),
    "abi": (lambda f: f.address(abi="simulink"), ValueError, "abi 'simulink' is unknown; expected one of quad"),
    "leaves": (lambda f: f.address(abi="quad"), ValueError, "needs numbers for leaves.*there are the leaves x of shape"),
    "equation": (lambda f: f.address(abi="lsoda"), ValueError, "needs leaves t of shape"),
    "low level": (lambda f: f.low_level_callable("grad"), ValueError, "call is 'value', got 'grad'"),
    "dtype": (lambda f: compiled("special", np.float32).address(abi="quad"), ValueError, "takes float64.*float32"),
    "no gradient": (lambda f: compiled("several").address(), TypeError, "needs one real output"),
    "name": (lambda f: sg.export_c(f, ".", name="a b"), ValueError, "'a b' is no identifier of C"),
    "no calls": (lambda f: sg.export_c(f, ".", calls=()), ValueError, "at least one"),
    "twice": (lambda f: sg.export_c(f, ".", calls=("value", "value")), ValueError, "each once"),
    "no function": (lambda f: sg.export_c(np.sin, "."), TypeError, "expected a compiled function"),
    "target": (lambda f: sg.export_object(f, ".", target="pdp-11"), ValueError, "target 'pdp-11' is unknown"),
}


@pytest.mark.parametrize("name", WRONG)
def test_errors(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    call, kind, message = WRONG[name]
    with pytest.raises(kind, match=message):
        call(compiled("valley"))
    assert not list(tmp_path.iterdir())


def flags_of(header):
    (line,) = [line for line in header.splitlines() if "flags: " in line]
    return line.split("flags: ")[1].split()


def shared_library(path, name, compiler=GCC):
    """Compile an exported function as its header says, without a warning."""
    flags = [*flags_of((path / f"{name}.h").read_text()), "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wvla", "-Werror"]
    flags += ["-shared", "-fPIC"]
    subprocess.run([compiler, *flags, str(path / f"{name}.c"), "-o", str(path / "m.so"), "-lm"], check=True)
    return path / "m.so"


def check_library(f, path, rows):
    """Compare the functions of a shared library with the calls from Python: for a batch, and for its first row."""
    loaded, given = ctypes.CDLL(str(path)), arguments(f, rows)
    first = [np.asarray(each[0]) if leaf.varying else each for leaf, each in zip(f.inputs, given, strict=True)]
    for call in calls_of(f):
        for ending, arrays, count in (("", given, [ctypes.c_int64(rows)]), ("_row", first, [])):
            wanted = expected(f, call, arrays)
            found = results_like(wanted)
            pointers = [ctypes.c_void_p(each.ctypes.data) for each in (*arrays, *found)]
            assert getattr(loaded, f"{f.__name__}_{call}{ending}")(*pointers, *count) == 0
            same(found, wanted)


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize(("name", "dtype"), [("valley", "f8"), ("network", "f8"), ("several", "f8"), ("special", "f4")])
def test_c_source_makes_the_same_bits(name, dtype, compiler, tmp_path):
    found = which(compiler)
    if found is None:
        pytest.skip(f"no {compiler}")
    f = compiled(name, dtype)
    sg.export_c(f, tmp_path, calls=calls_of(f))
    assert sorted(each.name for each in tmp_path.iterdir()) == [f"{name}.c", f"{name}.h"]
    check_library(f, shared_library(tmp_path, name, found), 1033)


TAKEN = """
    double fma value t_1 rows gradient_fma o0 I M_PI linux compl constexpr leaf0 sums_add forward_multiply_0 words_value_one table_a Ω
""".split()  # noqa: SIM905 - so many words read better without quotes
"""Words of C and C++, macros, what the source may call its own, and letters that C lacks."""


@needs_c
def test_names_of_leaves_that_c_has_taken(tmp_path):
    leaves, w = [sg.input(name) for name in TAKEN], sg.parameter("words_grad_close")
    f = sg.compile(np.prod(sg.stack([*leaves, w])), [*leaves, w], name="a comment */ ends")
    sg.export_c(f, tmp_path, name="words")
    loaded = ctypes.CDLL(str(shared_library(tmp_path, "words")))
    for language in ("c", "c++"):
        text = '#include <complex.h>\n#include <math.h>\n#include "words.h"\n'
        subprocess.run([GCC, "-x", language, "-fsyntax-only", "-I", str(tmp_path), "-"], input=text, text=True, check=True)
    given = [*(np.array([k / 4 + 0.5]) for k in range(len(TAKEN))), np.array(1.5)]
    wanted = expected(f, "value_and_grad", given)
    found = results_like(wanted)
    assert loaded.words_value_and_grad(*[ctypes.c_void_p(each.ctypes.data) for each in (*given, *found)], ctypes.c_int64(1)) == 0
    same(found, wanted)


@needs_c
def test_object_files(tmp_path):
    f = compiled("network")
    sg.export_object(f, tmp_path, calls=calls_of(f))
    command = [GCC, "-shared", str(tmp_path / "network.o"), "-o", str(tmp_path / "m.so"), "-lm"]
    subprocess.run(command, check=True, capture_output=True)
    check_library(f, tmp_path / "m.so", 100)


BEGINNINGS = {"aarch64-linux-gnu": b"\x7fELF", "x86_64-pc-windows-msvc": b"\x64\x86", "wasm32": b"\0asm"}


@pytest.mark.parametrize(("target", "begins"), BEGINNINGS.items())
def test_object_files_for_others(target, begins, tmp_path):
    sg.export_object(compiled("valley"), tmp_path, calls="value", target=target)
    assert (tmp_path / "valley.o").read_bytes().startswith(begins)


@needs_c
def test_the_header_serves_c_plus_plus(tmp_path):
    sg.export_c(compiled("valley"), tmp_path)
    (tmp_path / "main.cpp").write_text('#include "valley.h"\nint main() { return valley_value_row(nullptr, nullptr); }\n')
    subprocess.run([GCC, "-x", "c++", "-fsyntax-only", str(tmp_path / "main.cpp")], check=True, capture_output=True)


def test_a_matrix_in_two_products_is_refused_with_its_reason():
    x, w = sg.input("x", 3), sg.parameter("w", (3, 3))
    f = sg.compile(np.sum(np.tanh(w @ np.tanh(w @ x))))
    with pytest.raises(ValueError, match="factor of several matrix products"):
        f.address()
    assert f.address("value")
