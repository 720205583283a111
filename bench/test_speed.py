"""Each case forward and with its gradient, on one thread and on all."""

from typing import Any

import numpy as np
import pytest

import staticgraph as sg

from .cases import CASES, Case

THREADS = sorted({1, sg.get_num_threads()})
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
each_thread_count = pytest.mark.parametrize("threads", THREADS, ids=lambda threads: f"threads={threads}")


@each_thread_count
@each_case
def test_forward(benchmark: Any, case: Case, threads: int, tiny: bool) -> None:
    """The value alone."""
    rows = case.tiny if tiny else case.full
    function, arguments = case.compile(), case.arguments(rows)
    benchmark.group, benchmark.extra_info["rows"] = case.name, rows
    value = benchmark(lambda: function(*arguments, threads=threads))
    assert value.shape == (rows,)
    assert np.isfinite(value).all()


@each_thread_count
@each_case
def test_gradient(benchmark: Any, case: Case, threads: int, tiny: bool) -> None:
    """The value and the gradient."""
    rows = case.tiny if tiny else case.full
    function, arguments = case.compile(), case.arguments(rows)
    benchmark.group, benchmark.extra_info["rows"] = case.name, rows
    _, gradients = benchmark(lambda: function.value_and_grad(*arguments, wrt=case.wrt, threads=threads))
    assert all(np.isfinite(gradient).all() for gradient in gradients)
