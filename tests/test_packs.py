"""Equal operations of one row side by side: vectors put together of anything, and packs where they pay."""

import ctypes

import numpy as np
import pytest
from test_alone import expected, results_like, same, table

import staticgraph as sg
from staticgraph.calling.entries import entry_of
from staticgraph.lanes.objects import Loaded, compiled
from staticgraph.native.batch import write
from staticgraph.native.gathering import Column, Lane, Number
from staticgraph.native.packed_text import PackedText
from staticgraph.native.vectors import Vectors

SIZE = 40


def sources_of(random, width):
    """Return lanes as programs ask for them: columns in order, a constant stride apart, anywhere, lanes of vectors, numbers."""
    first, stride = int(random.integers(SIZE - width)), int(random.integers(1, 11))
    kinds = {
        "run": lambda n: Column("a", (first + n) % SIZE, SIZE),
        "stride": lambda n: Column("a", (first % stride + stride * n) % SIZE, SIZE),
        "anywhere": lambda n: Column("a", int(random.integers(SIZE)), SIZE),
        "lanes": lambda n: Lane("%v8", 8, (first + n) % 8),
        "small": lambda n: Lane("%v4", 4, int(random.integers(4))),
        "number": lambda n: Number(int(random.integers(3))),
        "literal": lambda n: Number("0x4000000000000000"),
    }
    names = random.choice(list(kinds), size=1 if random.random() < 0.6 else 2)
    return [kinds[random.choice(names)](n) for n in range(width)]


def test_vectors_of_anything():
    """Every vector begins with the lanes that it is asked for, whatever was made before it."""
    random, text = np.random.default_rng(0), PackedText("gather", np.dtype(np.float64))
    text.lines += ["%n0 = load double, ptr %a", "%n1 = fadd double %n0, 1.0", "%n2 = fadd double %n0, 2.0"]
    text.lines += ["%v8 = load <8 x double>, ptr %a, align 8", "%v4 = load <4 x double>, ptr %a, align 8"]

    def read(source):
        if isinstance(source, Column):
            return text.get(source.base, source.number)
        if isinstance(source, Lane):
            return text.extract(source)
        return source.value if source.literal else f"%n{source.value}"

    made = {width: Vectors(text, width, read) for width in (2, 4, 8)}
    a, wanted, count = random.normal(size=SIZE), [], 400
    for number in range(count):
        width = int(random.choice([2, 4, 8]))
        lanes = sources_of(random, width)[: int(random.integers(width // 2 + 1, width + 1))]
        found = made[width].gather(lanes)
        place = text.place("out", 8 * number)
        text.lines.append(f"store <{width} x double> {found}, ptr {place}, align 8")
        value = {Column: lambda s: a[s.number], Lane: lambda s: a[s.lane], Number: lambda s: 2.0 if s.literal else a[0] + s.value}
        wanted.append([value[type(each)](each) for each in lanes])
    held = Loaded([compiled(text.function(["a", "out"]).replace("define internal", "define"))])
    out = np.full((count, 8), np.nan)
    ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(held.address("gather"))(a.ctypes.data, out.ctypes.data)
    for row, lanes in zip(out, wanted, strict=True):
        assert row[: len(lanes)].tolist() == lanes


def pairs(x):
    """A sum over pairs, as of particles."""
    return sum((np.exp(-((x[i] - x[j]) ** 2)) for i in range(5) for j in range(i)), 0.0)


MODELS = {
    "pairs": (pairs, {"x": 5}, {}),
    "a product in the end": (lambda x, w: np.sum(np.tanh(x @ w)), {"x": (3, 2)}, {"w": (2, 3)}),
    "rare branches": (lambda x: np.sum(np.arctan2(x[:3], x[3:]) * sg.lgamma(x[:3])), {"x": 6}, {}),
    "shared operands": (lambda x, y: np.sum(np.sqrt(x * x[0] + y) + np.log(x[::-1])) * np.sum(y * x[1]), {"x": 7, "y": 7}, {}),
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", MODELS)
def test_packs_keep_bits(name, dtype):
    model, inputs, parameters = MODELS[name]
    leaves = [*(sg.input(*each) for each in inputs.items()), *(sg.parameter(*each) for each in parameters.items())]
    f = sg.compile(model(*leaves), leaves, dtype=dtype)
    assert " x double>" in (text := write(entry_of(f, "value_and_grad", "f")).row.functions) or " x float>" in text
    random = np.random.default_rng(1)
    for rows in (1, 7):
        given = [random.normal(size=(rows, *leaf.shape) if leaf.varying else leaf.shape).astype(dtype) for leaf in f.inputs]
        given[0][-1, ..., 0] = 0.0
        wanted = expected(f, "value_and_grad", given)
        found = results_like(wanted)
        assert f.ctypes()(table(given), table(found), rows) == 0
        same(found, wanted)
