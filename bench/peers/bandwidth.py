"""How fast the machine copies memory."""

import ctypes
import statistics

import staticgraph as sg

from ..timing import seconds
from .compiler import compiled
from .peer import SkipError, aligned

COPY = r"""
#include <immintrin.h>
#include "threads.h"

static void copy(const struct task *task, long start, long stop) {
    const double *from = task->data[0];
    double *to = task->data[1];
    for (long i = start; i < stop; i += 8) _mm512_stream_pd(to + i, _mm512_loadu_pd(from + i));
    _mm_sfence();
}

void run(double **data, long count, int threads) { in_threads(copy, data, count, threads); }
"""


def copy_bandwidth(elements: int = 1 << 24, repeats: int = 15) -> float | None:
    """Give the bytes a second, read and written together, of a copy with non-temporal stores on all threads; None if not measurable."""
    try:
        library = compiled(COPY)
    except SkipError:
        return None
    source, target = aligned((elements,)), aligned((elements,))
    pointers = (ctypes.c_void_p * 2)(source.ctypes.data, target.ctypes.data)
    threads = sg.get_num_threads()
    time = statistics.median(seconds(lambda: library.run(pointers, ctypes.c_long(elements), threads)) for _ in range(repeats))
    return 2 * source.nbytes / time
