"""Whether the array objects of a call are alike to those of an earlier one, so that nothing about them need be checked again.

By NumPy's binary interface (`PyArrayObject_fields`) an object has, behind its head: the address of its first element, the number of axes,
the addresses of shape and strides, the object that it views, the dtype, and flags.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..lanes.jit import jitted
from ..lanes.memory import get
from ..records.table import FIRST_OBJECT, GIVEN, SIGNATURE, WORD_BYTES, Array

TYPE, DATA, AXES, SHAPE, STRIDES, _, DTYPE, FLAGS = range(object.__basicsize__ // WORD_BYTES - 1, object.__basicsize__ // WORD_BYTES + 7)
"""Words of an array object. Asking Python for its address (`array.ctypes.data`) takes 0.9 us, as long as all the rest that a call does."""
HALF = (1 << 32) - 1
"""The number of axes and the flags are 32-bit integers."""
ALIGNED, WRITEABLE = 0x100, 0x400


def signature_of(arrays: Sequence[Array], written: Sequence[bool]) -> Array:
    """Return what `differs` compares: the type, how many objects there are, and for each its dtype, flags, shape and strides."""
    words = [id(np.ndarray), len(arrays)]
    for array, result in zip(arrays, written, strict=True):
        words += [id(array.dtype), ALIGNED | WRITEABLE if result else ALIGNED, array.ndim, *array.shape, *array.strides]
    return np.array(words, np.int64)


@jitted(nogil=True)
def differs(call: int) -> Any:
    """Whether an object that a call gives is none of the type, dtype, flags, shape and strides that its signature has for it."""
    words, given = get(call, SIGNATURE), get(call, GIVEN) + FIRST_OBJECT * WORD_BYTES
    kind, last = get(words, 0), given + get(words, 1) * WORD_BYTES
    words += 2 * WORD_BYTES
    while given < last:
        array, flags, axes = get(given, 0), get(words, 1), get(words, 2)
        if get(array, TYPE) != kind or get(array, DTYPE) != get(words, 0) or get(array, FLAGS) & flags != flags:
            return True
        if get(array, AXES) & HALF != axes:
            return True
        words += 3 * WORD_BYTES
        axis = 0
        while axis < axes:
            if get(get(array, SHAPE), axis) != get(words, axis) or get(get(array, STRIDES), axis) != get(words, axes + axis):
                return True
            axis += 1
        words += 2 * axes * WORD_BYTES
        given += WORD_BYTES
    return False
