"""What type checkers and editors say of a user's file."""

import re

import numpy as np
import pytest

from tools.stubs import stubs

api = pytest.importorskip("mypy.api")
jedi = pytest.importorskip("jedi")

MODELS = """
import numpy as np
import staticgraph as sg

x, y, z = sg.inputs("x y z")
v, W, b = sg.input("v", 3), sg.parameter("W", (4, 3)), sg.parameter("b", 4)

textbook = (x + y) * z
sigmoid = 1 / (1 + np.exp(-x))
layer = np.maximum(W @ v + b, 0.0)
energy = np.sum(np.tanh(W @ v + b))
norm = np.sqrt(np.sum(v**2))
valley = np.sum(100 * (v[1:] - v[:-1] ** 2) ** 2 + (1 - v[:-1]) ** 2)
chosen = np.where(x > 0, np.log(x), x)
entropy = sg.logsumexp(v) - v[0]
spread = v.mean() + abs(x) - v.T.sum()
likelihood = -0.5 * np.mean((v - x) ** 2) + sg.erf(x)

def quadratic(p: sg.Node) -> sg.Node:
    return p @ p / 2

@sg.function(inputs={"x": 3}, parameters={"W": (4, 3)})
def hidden(x: sg.Node, W: sg.Node) -> sg.Node:
    return sg.sum(sg.tanh(W @ x))

@sg.custom_gradient
def doubled(a: sg.Node) -> tuple[sg.Node, object]:
    return 2 * a, lambda g: 2 * g

f = sg.compile(textbook, [x, y, z])
g = sg.compile([textbook, layer, chosen, energy], name="g", engine="native")
value, grads = f.value_and_grad(np.ones(5), 2.0, z=3.0, threads=1)
dx, dy, dz = grads
size: int = grads.x.size + grads["y"].size + value.size
matrix = f.jacobian(1.0, 2.0, 3.0)
newton = v - sg.linalg.solve(sg.hessian(energy, v), sg.gradient(energy, v))
print(f.program, f.engine, f.explain(1.0, 2.0, 3.0), sg.__version__)
print(size, newton, matrix, norm, valley, spread, likelihood, sigmoid, entropy)
"""
NODE, ARRAY, GRADIENTS = "Node[Any]", "ndarray[Any, Any]", "Gradients"
TYPES = {
    "x + y": NODE, "2.0 * x": NODE, "-x ** 2": NODE, "x > y": NODE, "x == y": NODE,
    "W @ v": NODE, "v[0]": NODE, "v.T": NODE, "v.sum()": NODE,
    "abs(x)": NODE, "next(iter(v))": NODE, "divmod(x, y)[0]": NODE, "v.shape": "tuple[int, ...]", "v.reshape(3, 1)": NODE,
    "np.sum(v)": "Any", "np.exp(v)": "Any", "np.ones(3) * v": "Any", "np.float64(2.0) * x": NODE,
   
    "sg.exp(x)": NODE, "sg.exp(1.0)": "Any", "sg.exp(np.ones(3))": "Any", "sg.maximum(0.0, x)": NODE, "sg.sum(v, axis=0)": NODE,
    "sg.stack([x, y])": NODE, "sg.stack([x, 1.0])": NODE, "sg.where(x > 0, x, 0.0)": NODE, "sg.split(v, 3)": f"list[{NODE}]",
    "sg.softmax(v)": NODE, "sg.linalg.inv(W)": NODE, "sg.linalg.inv(np.eye(3))": "Any", "sg.einsum('ij,j->i', W, v)": NODE,
    "sg.constant(2.0)": NODE, "quadratic(v)": NODE, "doubled(x)": NODE, "hidden": "Function", "f": "Function", "f(1.0, 2.0, 3.0)": "Any",
    "value": ARRAY, "grads": GRADIENTS, "grads.x": ARRAY, "grads['x']": ARRAY, "dx": ARRAY, "f.grad(x=1.0, y=2.0, z=3.0)": GRADIENTS,
    "f.grad(1.0, 2.0, 3.0, wrt='x')": ARRAY, "f.grad(1.0, 2.0, 3.0, wrt=x)": ARRAY, "f.grad(1.0, 2.0, 3.0, wrt=['x', y])": GRADIENTS,
    "f.vjp(1.0, 1.0, 2.0, 3.0)": GRADIENTS, "f.hvp((1.0, 1.0), 1.0, 2.0, 3.0, wrt=('x', 'y'))": GRADIENTS,
    "sg.gradient(textbook, x)": NODE, "sg.gradient(textbook, [x, y])": f"list[{NODE}]", "sg.jacobian(layer, v)": NODE,
    "sg.hessian(energy, v)": NODE, "sg.jvp(textbook, x, 1.0)": NODE, "sg.load('f.sg')": "Function", "sg.get_num_threads()": "int",
}  # fmt: skip
WRONG = {
    "x.summ()": "attr-defined", "sg.expo(x)": "attr-defined", "sg.exp()": "call-overload", "sg.exp(x, y)": "call-overload",
    "sg.compile(x, engin='native')": "call-arg", "f.value_and_gradient(1.0)": "attr-defined", "sg.parameter(3)": "arg-type",
}  # fmt: skip


@pytest.fixture(scope="module")
def said(request, tmp_path_factory):
    """Run mypy once, in three seconds at first and half of one later: what it says of each line, without the modules' names."""
    folder = tmp_path_factory.mktemp("user")
    lines = [*MODELS.splitlines(), *(f"reveal_type({each})" for each in TYPES), *WRONG]
    (folder / "models.py").write_text("\n".join(lines), encoding="utf-8")
    settings = "[mypy]\nstrict = true\n[mypy-staticgraph.*]\nignore_errors = true\n[mypy-numba.*,llvmlite.*]\nfollow_imports = skip\n"
    (folder / "mypy.ini").write_text(settings, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MYPYPATH", str(request.config.rootpath))
        cache = request.config.cache.mkdir("mypy")
        out, errors, _ = api.run([str(folder / "models.py"), f"--config-file={folder / 'mypy.ini'}", f"--cache-dir={cache}"])
    assert not errors, errors
    found: dict[str, list[str]] = {}
    for number, text in re.findall(r"models\.py:(\d+): (.*)", out):
        found.setdefault(lines[int(number) - 1], []).append(re.sub(r"\b[a-z_]+(\.[a-z_]+)*\.(?=[A-Za-z])", "", text))
    return found


def test_models_have_no_errors(said):
    assert not {line: text for line, text in said.items() if line in MODELS.splitlines()}


@pytest.mark.parametrize("expression", TYPES)
def test_types(said, expression):
    assert said[f"reveal_type({expression})"] == [f'note: Revealed type is "{TYPES[expression]}"']


@pytest.mark.parametrize("expression", WRONG)
def test_mistakes_are_found(said, expression):
    assert any(f"[{WRONG[expression]}]" in text for text in said[expression]), said[expression]


@pytest.mark.skipif(np.lib.NumpyVersion(np.__version__) < "2.3.0", reason="NumPy had other signatures")
@pytest.mark.parametrize("path", stubs(), ids=lambda path: path.name)
def test_stubs_are_up_to_date(path):
    assert path.read_text(encoding="utf-8") == stubs()[path], "run `python -m tools.stubs --write`"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("sg.ex", "exp"), ("sg.linalg.sol", "solve"), ("sg.exp(x).su", "sum"), ("f.val", "value_and_grad"),
        ("sg.gradient(x * y, v[0]).T.me", "mean"),
    ],
)  # fmt: skip
def test_editors_complete(typed, expected):
    source = f"import staticgraph as sg\nx, y = sg.inputs('x y')\nv = sg.input('v', 3)\nf = sg.compile(x * y)\n{typed}"
    assert expected in [each.name for each in jedi.Script(source).complete()]


def test_editors_show_what_a_function_is():
    script = jedi.Script("import staticgraph as sg\nsg.exp(")
    assert [str(each.params[0].name) for each in script.get_signatures()] == ["a", "a"]
    shown = script.help(2, 5)[0].docstring()
    assert "exp(a: " in shown and "`g * y`" in shown and "within 1 unit in the last place" in shown
