"""Derivatives by address of which some are summed over rows, as one program; and addresses in threads, and of functions that are gone."""

import gc
import threading

import numpy as np
import pytest
from test_alone import arguments, compiled, expected, results_like, same, table

import staticgraph as sg


def scaled(x, w):
    """A custom gradient of an input and of a parameter."""
    made = sg.custom_gradient(lambda u, v: (u * v, lambda g: (3.0 * g * v, np.sum(g * u))))
    return np.sum(np.sin(made(x, w)))


@pytest.mark.parametrize("call", ["grad", "value_and_grad", "hessian"])
def test_custom_gradients_are_summed_over_rows(call):
    leaves = sg.input("x", 3), sg.parameter("w")
    f = sg.compile(scaled(*leaves), leaves)
    given = arguments(f, 1031)
    wanted = expected(f, call, given)
    found = results_like(wanted)
    assert f.ctypes(call)(table(given), table(found), 1031) == 0
    same(found, wanted)


def test_threads_call_through_one_address_of_a_function_that_is_deleted():
    f = compiled("network")
    given = arguments(f, 9)
    wanted, call, wrong = expected(f, "value_and_grad", given), f.ctypes(), []
    del f
    gc.collect()

    def work():
        found = results_like(wanted)
        tables = table(given), table(found)
        for _ in range(200):
            for each in found:
                each.fill(7.0)
            if call(*tables, 9) != 0 or any(a.tobytes() != b.tobytes() for a, b in zip(found, wanted, strict=True)):
                wrong.append(found)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert not wrong
