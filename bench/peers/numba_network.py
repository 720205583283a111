"""The network written by hand: NumPy's products and hyperbolic tangents, and fused Numba loops, on a few hundred rows at a time."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numba import njit

import staticgraph as sg

# Few enough rows that BLAS takes one thread for a product: the threads here have rows of their own.
CHUNK = 256


@njit(nogil=True, error_model="numpy", fastmath={"contract"})
def last_layer(hidden, last, bias, value, slope):
    """Give the value, and what flows back to the second hidden layer."""
    for i in range(len(hidden)):
        total = bias
        for j in range(hidden.shape[1]):
            total += hidden[i, j] * last[j]
            slope[i, j] = last[j] * (1.0 - hidden[i, j] * hidden[i, j])
        value[i] = total


@njit(nogil=True, error_model="numpy", fastmath={"contract"})
def through_tanh(hidden, slope):
    """Let what flows back pass a hyperbolic tangent."""
    for i in range(len(hidden)):
        for j in range(hidden.shape[1]):
            slope[i, j] *= 1.0 - hidden[i, j] * hidden[i, j]


def _layer(x: np.ndarray, matrix: np.ndarray, bias: np.ndarray, out: np.ndarray) -> np.ndarray:
    np.matmul(x, matrix.T, out=out)
    np.add(out, bias, out=out)
    return np.tanh(out, out=out)


class Worker:
    """One thread's arrays, and its share of the sums over rows."""

    def __init__(self, parameters: Sequence[np.ndarray]) -> None:
        self.parameters = parameters
        self.layers = [np.empty((CHUNK, 32)) for _ in range(4)]
        self.sums = [np.zeros(each.shape) for each in parameters]

    def by_input(self, x: np.ndarray, value: np.ndarray, gradient: np.ndarray) -> None:
        """Work on a chunk."""
        slope = self._back_to_first(x, value)[2]
        np.matmul(slope, self.parameters[0], out=gradient)

    def by_weights(self, x: np.ndarray, value: np.ndarray, _: None) -> None:
        """Work on a chunk, and add to the sums."""
        first, second, slope, outer = self._back_to_first(x, value)
        ones = np.ones(len(x))
        parts = (slope.T @ x, ones @ slope, outer.T @ first, ones @ outer, ones @ second, float(len(x)))
        for total, part in zip(self.sums, parts, strict=True):
            np.add(total, part, out=total)

    def _back_to_first(self, x: np.ndarray, value: np.ndarray) -> list[np.ndarray]:
        first_matrix, first_bias, second_matrix, second_bias, last, last_bias = self.parameters
        first, second, slope, outer = layers = [each[: len(x)] for each in self.layers]
        _layer(x, first_matrix, first_bias, first)
        _layer(first, second_matrix, second_bias, second)
        last_layer(second, last, float(last_bias), value, outer)
        np.matmul(outer, second_matrix, out=slope)
        through_tanh(first, slope)
        return layers


def runner(
    x: np.ndarray, parameters: Sequence[np.ndarray], value: np.ndarray, gradients: Sequence[np.ndarray], by_input: bool
) -> Callable[[], None]:
    """Give a function that computes the value and the gradients with all threads."""
    threads = sg.get_num_threads()
    pool = ThreadPoolExecutor(threads)
    workers = [Worker(parameters) for _ in range(threads)]
    starts = range(0, len(x), CHUNK)

    def share(index: int) -> None:
        worker = workers[index]
        for total in worker.sums:
            total.fill(0.0)
        for start in starts[index::threads]:
            chunk = slice(start, start + CHUNK)
            if by_input:
                worker.by_input(x[chunk], value[chunk], gradients[0][chunk])
            else:
                worker.by_weights(x[chunk], value[chunk], None)

    def call() -> None:
        list(pool.map(share, range(threads)))
        if not by_input:
            for gradient, *parts in zip(gradients, *(worker.sums for worker in workers), strict=True):
                gradient[...] = sum(parts)

    return call
