"""Bad arguments raise before anything is computed, in words that name the leaf, what it expected and what it got."""

import re

import numpy as np
import pytest

import staticgraph as sg

N = 5
x, v, p = sg.input("speed"), sg.input("place", (2, 3)), sg.parameter("mass", 3)
XS, VS, PS = np.ones(N), np.ones((N, 2, 3)), np.ones(3)
energy = sg.compile(np.sum(v @ p) * x, [x, v, p])
several = sg.compile((v @ p, x), [x, v, p])
CALLS = {
    "call": energy,
    "value_and_grad": energy.value_and_grad,
    "grad": energy.grad,
    "vjp": lambda *args, **kwargs: energy.vjp(XS, *args, **kwargs),
}
MISSING = object()

REFUSED = {
    "complex": (np.ones(N) * 1j, "complex"),
    "object": (np.array([1.0] * N, object), "object"),
    "string": (np.array(["1"] * N), "U|str"),
    "bytes": (np.array([b"1"] * N), "S|bytes"),
    "date": (np.zeros(N, "M8[D]"), "datetime64|M8"),
    "duration": (np.zeros(N, "m8[s]"), "timedelta64|m8"),
    "record": (np.zeros(N, [("a", float)]), "a"),
    "masked": (np.ma.array(np.ones(N), mask=[0, 0, 1, 0, 0]), "mask"),
    "unmasked": (np.ma.array(np.ones(N)), "mask"),
    "none": (None, "None"),
    "text": ("1.0", "str|U"),
    "dictionary": ({"a": 1.0}, "dict"),
    "node": (x, "Node|node"),
    "nodes": ([x, x], "node"),
    "complex number": (1j, "complex"),
    "list with none": ([1.0, None], "object|list"),
}


def refuses(call, error, *fragments):
    """The call raises exactly this kind of error, and its message holds every fragment."""
    with pytest.raises(error) as caught:
        call()
    for fragment in fragments:
        assert re.search(fragment, str(caught.value)), f"{fragment!r} is not in {str(caught.value)!r}"


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.parametrize("place, name", [*enumerate(["speed", "place", "mass"])])
def test_a_wrong_kind_of_argument(call, kind, place, name):
    value, got = REFUSED[kind]
    arguments = [XS, VS, PS]
    arguments[place] = value
    if (call, kind) == ("call", "node"):
        return  # to a node a function is applied
    refuses(lambda: CALLS[call](*arguments), TypeError, rf"\b{name}\b", got)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    "arguments, fragments",
    [
        (dict(speed=np.ones((N, 1))), ["speed", r"\(\)|\(N,\)", r"\(5, 1\)"]),
        (dict(speed=np.ones((2, 3))), ["speed", r"\(\)|\(N,\)", r"\(2, 3\)"]),
        (dict(place=np.ones((N, 3, 2))), ["place", r"2, 3\)", r"\(5, 3, 2\)"]),
        (dict(place=np.ones(3)), ["place", r"2, 3\)", r"\(3,\)"]),
        (dict(place=2.0), ["place", r"2, 3\)", r"\(\)"]),
        (dict(place=np.ones((1, N, 2, 3))), ["place", r"2, 3\)", r"\(1, 5, 2, 3\)"]),
        (dict(mass=np.ones(4)), ["mass", r"\(3,\)", r"\(4,\)"]),
        (dict(mass=1.0), ["mass", r"\(3,\)", r"\(\)"]),
        (dict(mass=np.ones((N, 3))), ["mass", r"\(3,\)", r"\(5, 3\)"]),
        (dict(mass=np.ones((1, 3))), ["mass", r"\(3,\)", r"\(1, 3\)"]),
        (dict(place=np.ones((4, 2, 3))), ["place", r"\b4\b", r"\b5\b", "speed"]),
        (dict(place=np.ones((1, 2, 3))), ["place", r"\b1\b", r"\b5\b", "speed"]),
        (dict(speed=np.ones(0)), ["speed|place", r"\b0\b", r"\b5\b"]),
        (dict(speed=[[1.0, 2.0], [3.0]]), ["speed"]),
    ],
)
def test_a_wrong_shape(call, arguments, fragments):
    arguments = dict(speed=XS, place=VS, mass=PS) | arguments
    refuses(lambda: CALLS[call](**arguments), ValueError, *fragments)
    refuses(lambda: CALLS[call](*arguments.values()), ValueError, *fragments)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    "positional, keywords, fragments",
    [
        ((), {}, ["speed"]),
        ((XS, VS), {}, ["mass"]),
        ((XS,), {"mass": PS}, ["place"]),
        ((XS, VS, PS, PS), {}, ["3", "4"]),
        ((XS, VS, PS), {"weight": 1.0}, ["weight"]),
        ((XS, VS), {"mass": PS, "charge": PS}, ["charge"]),
        ((XS, VS, PS), {"mass": PS}, ["mass"]),
        ((), {"speed": XS, "place": VS}, ["mass"]),
    ],
)
def test_missing_and_unknown_arguments(call, positional, keywords, fragments):
    refuses(lambda: CALLS[call](*positional, **keywords), TypeError, *fragments)


@pytest.mark.parametrize("keyword", ["wrt", "weights", "engine"])
def test_a_plain_call_takes_only_out_and_threads(keyword):
    refuses(lambda: energy(XS, VS, PS, **{keyword: 1.0}), TypeError, keyword)


@pytest.mark.parametrize(
    "outputs",
    [(x, x), [v, x], v, v[0, :1], x > 0.0, np.logical_not(x), np.isnan(x)],
    ids=["two", "shapes", "array", "one", "greater", "not", "isnan"],
)
def test_value_and_grad_points_to_vjp(outputs):
    f = sg.compile(outputs, [x, v])
    for call in (f.value_and_grad, f.grad):
        refuses(lambda call=call: call(XS, VS), TypeError, "vjp")


@pytest.mark.parametrize(
    "weights, error, fragments",
    [
        (np.ones(4), ValueError, [r"\(4,\)", "5"]),
        (np.ones(1), ValueError, [r"\(1,\)", "5"]),
        (np.ones((N, 1)), ValueError, [r"\(5, 1\)"]),
        (np.ones(0), ValueError, [r"\(0,\)"]),
        (1j, TypeError, ["complex"]),
        ("1", TypeError, []),
        (np.ones(N, object), TypeError, ["object"]),
        (np.ma.array(np.ones(N)), TypeError, ["mask"]),
        (np.zeros(N, "m8[s]"), TypeError, []),
    ],
)
def test_bad_weights(weights, error, fragments):
    for call in ("value_and_grad", "grad"):
        refuses(lambda call=call: CALLS[call](XS, VS, PS, weights=weights), error, "weights", *fragments)


def test_weights_of_a_batch_without_a_batch():
    refuses(lambda: energy.grad(1.0, VS[0], PS, weights=np.ones(N)), ValueError, "weights", r"\(5,\)")
    refuses(lambda: energy.grad(1.0, VS[0], PS, weights=np.ones(1)), ValueError, "weights", r"\(1,\)")


@pytest.mark.parametrize(
    "cotangent, error, fragments",
    [
        (1.0, ValueError, [r"\(5,\)", r"\(\)"]),
        (np.ones(4), ValueError, [r"\(5,\)", r"\(4,\)"]),
        (np.ones((N, 1)), ValueError, [r"\(5,\)", r"\(5, 1\)"]),
        (np.ones(N) * 1j, TypeError, ["complex"]),
        (np.ones(N, object), TypeError, ["object"]),
        (None, TypeError, []),
        (np.ma.array(np.ones(N)), TypeError, ["mask"]),
    ],
)
def test_bad_cotangents(cotangent, error, fragments):
    refuses(lambda: energy.vjp(cotangent, XS, VS, PS), error, "cotangent", *fragments)


@pytest.mark.parametrize(
    "cotangent", [(np.ones((N, 2)),), (np.ones((N, 2)), XS, XS), (), (XS, np.ones((N, 2))), (np.ones(2), XS), (np.ones((N, 2)), 1.0)]
)
def test_bad_cotangents_of_several_outputs(cotangent):
    refuses(lambda: several.vjp(cotangent, XS, VS, PS), ValueError, "cotangent")


def test_a_cotangent_is_needed():
    refuses(lambda: energy.vjp(), TypeError, "cotangent")
    refuses(lambda: energy.vjp(XS), TypeError, "speed")


@pytest.mark.parametrize(
    "options",
    [
        dict(mass=np.ones(4)),
        dict(mass=np.ones(3, object)),
        dict(place=np.ones((4, 2, 3))),
        dict(mass=MISSING),
        dict(charge=1.0),
        dict(weights=np.ones(4)),
        dict(weights="1"),
        dict(wrt=["speed", "place", "charge"]),
        dict(threads=0),
        dict(threads="two"),
        dict(third=np.zeros(4)),
        dict(third=np.zeros(3, np.float32)),
    ],
    ids=lambda options: next(iter(options)),
)
def test_nothing_is_written_when_an_argument_is_bad(options):
    third = options.pop("third", None) if "third" in options else np.full(3, 7.0)
    value, grads = np.full(N, 7.0), (np.full(N, 7.0), np.full((N, 2, 3), 7.0), third)
    arguments = dict(speed=XS, place=VS, mass=PS) | options
    arguments = {name: each for name, each in arguments.items() if each is not MISSING}
    before = third.copy()
    with pytest.raises((TypeError, ValueError)):
        energy.value_and_grad(**arguments, out=(value, grads))
    assert (value == 7.0).all()
    assert all((grad == 7.0).all() for grad in grads[:2])
    assert np.array_equal(third, before)


def test_a_leaf_that_is_not_listed():
    refuses(lambda: sg.compile(x * np.sum(v), [x]), ValueError, "place")
    refuses(lambda: sg.compile(x, [x, x]), ValueError, "speed")
    refuses(lambda: sg.compile(x, [x, x + 1.0]), (TypeError, ValueError))


@pytest.mark.parametrize("wrt", ["charge", ["speed", "charge"], sg.input("charge")], ids=str)
def test_an_unknown_leaf_is_named(wrt):
    for call in ("value_and_grad", "grad", "vjp"):
        refuses(lambda call=call: CALLS[call](XS, VS, PS, wrt=wrt), ValueError, "charge")
