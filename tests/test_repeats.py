"""Calls that are made again and again: compiled code compares the array objects, and nothing else may change."""

import threading

import numpy as np
import pytest

import staticgraph as sg
from staticgraph.calling import evaluation, repeats

ROWS, WIDTH = 5, 3
RNG = np.random.default_rng(1)


def two_leaves(engine="interpreter", dtype=np.float64):
    x, p = sg.input("x", WIDTH), sg.parameter("p", WIDTH)
    return sg.compile(np.sum(np.sin(x) * p), engine=engine, dtype=dtype)


def arguments(rows=ROWS, dtype=np.float64):
    return RNG.normal(size=(rows, WIDTH)).astype(dtype), RNG.normal(size=WIDTH).astype(dtype)


def results(rows=ROWS, dtype=np.float64):
    return np.zeros(rows, dtype), (np.zeros((rows, WIDTH), dtype), np.zeros(WIDTH, dtype))


CALLS = {
    "call": lambda f, x, p, out: f(x, p, out=None if out is None else out[0]),
    "grad": lambda f, x, p, out: f.grad(x, p, out=None if out is None else out[1]),
    "value_and_grad": lambda f, x, p, out: f.value_and_grad(x, p, out=out),
    "named": lambda f, x, p, out: f.value_and_grad(x=x, p=p, out=out),
    "one": lambda f, x, p, out: f.value_and_grad(x, p, wrt="p", out=None if out is None else (out[0], out[1][1])),
    "one_grad": lambda f, x, p, out: f.grad(x, p, wrt="x", out=None if out is None else out[1][0]),
}


def flat(found):
    return [array for part in found for array in flat(part)] if isinstance(found, tuple) else [np.asarray(found)]


def same(found, wanted):
    return [each.tobytes() for each in flat(found)] == [each.tobytes() for each in flat(wanted)] and type(found) is type(wanted)


@pytest.fixture
def no_checks(monkeypatch):
    """From now on, checking arguments in Python is an error."""

    def forbid():
        def prepare(*_):
            raise AssertionError("arguments are checked in Python")

        monkeypatch.setattr(evaluation, "prepare", prepare)

    return forbid


@pytest.mark.parametrize("given", [False, True])
@pytest.mark.parametrize("engine", ["interpreter", "native"])
def test_calls_that_are_alike_are_made_again_without_checks(no_checks, monkeypatch, engine, given):
    functions = {name: two_leaves(engine) for name in CALLS}
    data = arguments()
    out = results() if given else None
    for name, call in CALLS.items():
        for _ in range(2):
            call(functions[name], *data, out)
    others = arguments()
    wanted = {name: call(two_leaves(), *others, None) for name, call in CALLS.items()}
    no_checks()
    for name, call in CALLS.items():
        found = call(functions[name], *others, out)
        assert same(found, wanted[name]), name
        assert not given or flat(found)[-1] is not None
    if given:
        value, grads = functions["value_and_grad"].value_and_grad(*others, out=out)
        assert value is out[0]
        assert grads.x is out[1][0]
        assert grads.p is out[1][1]


def other_strides(x, p):
    return np.asfortranarray(x), p


def every_second(x, p):
    return np.repeat(x, 2, axis=0)[::2], p


def unaligned(x, p):
    memory = np.zeros(x.nbytes + 1, np.uint8)
    moved = memory[1:].view(x.dtype).reshape(x.shape)
    moved[:] = x
    return moved, p


ALIKE_NOT = {
    "fewer rows": lambda x, p: (x[:2], p), "more rows": lambda x, p: (np.concatenate([x, x]), p), "no batch": lambda x, p: (x[0], p),
    "no rows": lambda x, p: (x[:0], p), "columns": other_strides, "every second": every_second, "unaligned": unaligned,
    "list": lambda x, p: (x.tolist(), p), "integers": lambda x, p: (np.ones(x.shape, int), p), "single": lambda x, p: (x.astype("f4"), p),
    "swapped": lambda x, p: (x.astype(">f8"), p), "matrix": lambda x, p: (x.view(np.recarray), p),
}  # fmt: skip


@pytest.mark.parametrize("change", ALIKE_NOT.values(), ids=ALIKE_NOT)
def test_calls_that_are_not_alike_are_checked(change):
    f, data = two_leaves(), arguments()
    for _ in range(3):
        f.value_and_grad(*data)
    changed = change(*arguments())
    wanted = two_leaves().value_and_grad(*changed)
    for _ in range(4):
        assert same(f.value_and_grad(*changed), wanted)


def test_wrong_objects_are_refused_as_ever():
    """An array that a call may not write to, or not as it lies, is found by the object itself, not by who it was."""
    f, data, out = two_leaves(), arguments(), results()
    for _ in range(3):
        f.value_and_grad(*data, out=out)
    out[0].flags.writeable = False
    with pytest.raises(ValueError, match="out: the array is read-only"):
        f.value_and_grad(*data, out=out)
    for wrong in ((out[0], out[1][:1]), out[:1], (np.zeros(ROWS), out[1][0]), [0, 0], 7):
        with pytest.raises(ValueError, match="out"):
            f.value_and_grad(*data, out=wrong)
    with pytest.raises(ValueError, match="shape"):
        f.value_and_grad(*data, out=(np.zeros(ROWS), (np.zeros((WIDTH, ROWS)), np.zeros(WIDTH))))
    with pytest.raises(TypeError, match="expected real numbers"):
        f.value_and_grad(data[0], data[1].astype(object))
    for threads in (0, 1.5):
        with pytest.raises((TypeError, ValueError), match="threads"):
            f.value_and_grad(*data, threads=threads)
    with pytest.raises(TypeError, match="missing the argument"):
        f.value_and_grad(data[0])
    with pytest.raises(TypeError, match="takes 2"):
        f.value_and_grad(*data, data[1])


def test_an_argument_that_is_a_result_too_is_read_before_it_is_written():
    f, (x, p), out = two_leaves(), arguments(), results()
    for _ in range(3):
        f.grad(x, p, out=out[1])
    wanted = two_leaves().grad(x, p)
    both = x.copy()
    assert same(f.grad(both, p, out=(both, out[1][1])), wanted)
    pair = np.zeros((ROWS, WIDTH))
    wide = np.zeros((ROWS, 2, WIDTH))
    wide[:, 0] = x
    assert same(f.grad(wide[:, 0], p, out=(pair, wide[0, 1])), wanted)


def test_names_in_another_order_are_bound_by_name():
    x, y = sg.input("x", WIDTH), sg.input("y", WIDTH)
    f = sg.compile(np.sum(x * x * y), inputs=[x, y])
    a, b = RNG.normal(size=(2, ROWS, WIDTH))
    for _ in range(3):
        f.grad(x=a, y=b)
    assert same(f.grad(y=b, x=a), f.grad(a, b))
    with pytest.raises(TypeError, match="no argument"):
        f.grad(x=a, z=b)


def test_alternating_signatures_are_prepared_ever_more_seldom(monkeypatch):
    prepared = []
    f, few, more = two_leaves(), arguments(2), arguments(3)
    for each in (few, more):
        f.grad(*each)
    made = type(f._plan(f._default).executor).repetition
    monkeypatch.setattr(type(f._plan(f._default).executor), "repetition", lambda *all: prepared.append(None) or made(*all))
    for _ in range(50):
        for each in (few, few, more):
            f.grad(*each)
    assert 1 <= len(prepared) <= 3
    for _ in range(repeats.MOST_MISSED):
        f.grad(*few)
    assert len(prepared) <= 4


def test_numbers_among_the_arguments_need_no_checks_either(no_checks):
    x, a, b = sg.input("x", WIDTH), sg.parameter("a"), sg.input("b")
    f, again = (sg.compile(np.sum(np.exp(a * x)) * b, inputs=[x, a, b]) for _ in range(2))
    data, out = arguments()[0], (np.zeros(ROWS), (np.zeros((ROWS, WIDTH)), np.zeros(()), np.zeros(ROWS)))
    wanted = [again.value_and_grad(data, *numbers) for numbers in ((0.5, 2.0), (-0.5, 3.0))]
    for _ in range(2):
        f.value_and_grad(data, 1.0, 1.0)
        f.value_and_grad(data, 1.0, 1.0, out=out)
    no_checks()
    assert same(f.value_and_grad(data, 0.5, 2.0), wanted[0])
    assert same(f.value_and_grad(x=data, a=np.float64(-0.5), b=np.array(3.0)), wanted[1])
    assert [each.tobytes() for each in flat(f.value_and_grad(data, -0.5, 3.0, out=out))] == [each.tobytes() for each in flat(wanted[1])]


def test_threads_make_calls_of_their_own():
    f = two_leaves()
    data = [arguments() for _ in range(4)]
    wanted = [two_leaves().value_and_grad(*each) for each in data]
    wrong = []

    def work(number):
        for _ in range(300):
            if not same(f.value_and_grad(*data[number]), wanted[number]):
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert not wrong


class Taken(list):
    """What seems to hold a call that another thread takes before it can be taken."""

    def __len__(self):
        return 1


def test_a_call_that_another_thread_has_just_taken_is_checked_as_ever():
    f, data = two_leaves(), arguments()
    wanted = f.value_and_grad(*data)
    f.value_and_grad(*data)
    (kept,) = [each for each in f._plan(f._default).repeats.values() if each.kept]
    kept.kept = Taken()
    assert same(f.value_and_grad(*data), wanted)


def test_large_batches_stay_on_threads_and_small_precision_has_signatures_of_its_own(no_checks):
    f = two_leaves(dtype=np.float32)
    data = arguments(dtype=np.float32)
    for _ in range(2):
        f.grad(*data)
    no_checks()
    assert f.grad(*data).x.dtype == np.float32
    assert f.grad(*data, threads=2).x.tobytes() == f.grad(*data).x.tobytes()
    with pytest.raises(AssertionError, match="checked in Python"):
        f.grad(*arguments(100_000, np.float32))
