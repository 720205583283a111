"""Arrays that are read piece by piece: of another dtype or byte order than a function computes in, or on disk."""

import mmap
from typing import Any

import numpy as np

from ..lanes.ieee import ieee
from ..nodes.numbers import as_real, check_real
from ..records.table import Array

CONVERTED_BYTES = 1 << 23
"""Up to so much is converted at once, for a piece of the batch: what is new each time is neither large nor leaves the cache. From float32
to float64 Rosenbrock-10 takes 5.2 ns a row in pieces of 4 MB, 5.8 of 8, 7.1 of 16, and 15 converted as a whole; with a parameter's gradient
7.6, 7.2 and 7.1, and 16, as sums over rows are closed for each piece."""
ON_DISK = ("h5py", "zarr")
"""Libraries whose arrays have slices, and read no more than these."""


class Source:
    """An array whose rows are converted when they are read.

    Attributes
    ----------
    array : array
        Of any real dtype; it need only take slices.
    dtype : numpy.dtype
        Of what is read.
    shape, ndim
        As an array's.
    strides : None
        It has no memory to be read in place.
    row_bytes : int
        What a row takes when it is converted.
    together : int
        Rows that lie in one chunk, which can only be read as a whole.
    """

    strides = None

    def __init__(self, array: Any, dtype: np.dtype[Any]) -> None:
        self.array, self.dtype = array, dtype
        self.shape: tuple[int, ...] = tuple(map(int, array.shape))
        self.ndim = len(self.shape)
        self.row_bytes = int(np.prod(self.shape[1:], dtype=np.int64)) * dtype.itemsize
        chunks: Any = None if isinstance(array, np.ndarray) else getattr(array, "chunks", None)
        self.together = int(chunks[0]) if chunks else 1

    def read(self, start: int, stop: int) -> Array:
        """Return rows, converted."""
        found = converted(self.array[start:stop], self.dtype)
        forget(self.array, start, stop)
        return found

    def whole(self) -> Array:
        """Return the whole array, converted."""
        return converted(self.array[...], self.dtype)


def converted(array: Any, dtype: np.dtype[Any]) -> Array:
    """Return an array of the dtype, as any real numbers become ones of another format."""
    with ieee(), np.errstate(all="ignore"):
        return np.asarray(array).astype(dtype)


def source_or_array(what: str, value: Any, dtype: np.dtype[Any]) -> Any:
    """Return a value as an array of the dtype, the same array where it is one already; as a source if that takes much memory."""
    if isinstance(value, Source):
        return value
    if type(value).__module__.partition(".")[0] in ON_DISK and hasattr(value, "ndim") and value.ndim:
        check_real(what, value, value.dtype)
        return Source(value, dtype)
    array = as_real(what, value)
    if array.dtype == dtype and array.dtype.isnative:
        return array
    if array.ndim and array.size * dtype.itemsize > CONVERTED_BYTES:
        return Source(array, dtype)
    return converted(array, dtype)


def sliceable(what: str, value: Any, dtype: np.dtype[Any]) -> Any:
    """Return a value as an array in memory, of the dtype, or as a source for what is not there yet."""
    in_memory = isinstance(value, (Source, np.ndarray, np.generic)) or type(value).__module__.partition(".")[0] == "pandas"
    if not in_memory and all(hasattr(value, name) for name in ("shape", "dtype", "__getitem__")):
        array = value
    elif isinstance(value, Source):
        return value
    else:
        array = np.asarray(value) if dtype.kind == "c" else as_real(what, value)
    if dtype.kind != "c":
        check_real(what, value, np.dtype(array.dtype))
    if isinstance(array, np.ndarray) and array.dtype == dtype and array.dtype.isnative and _mapping(array)[0] is None:
        return array
    return Source(array, dtype)


def bytes_of_a_row(array: Any) -> int:
    """Return what a row of an array takes when it is read."""
    return int(array.row_bytes if isinstance(array, Source) else array.itemsize * np.prod(array.shape[1:], dtype=np.int64))


def whole(array: Any) -> Array:
    """Return an array itself, or all that a source has."""
    found: Array = array.whole() if isinstance(array, Source) else array
    return found


def rows_of(array: Any, start: int, stop: int) -> Array:
    """Return rows of an array, or those that a source reads."""
    found: Array = array.read(start, stop) if isinstance(array, Source) else array[start:stop]
    return found


def memory_of(array: Any) -> Array:
    """Return the array in memory that is read, of no elements if there is none."""
    found: Any = array.array if isinstance(array, Source) else array
    return found if isinstance(found, np.ndarray) else np.empty(0)


def forget(array: Any, start: int, stop: int) -> None:
    """Let go of the pages of a mapped file that hold these rows: they stay in the system's cache, and are not counted as the process's."""
    mapped, mode = _mapping(array)
    if mapped is None or mode == "c" or not hasattr(mapped, "madvise"):  # what was written to a private mapping would be lost
        return
    low, high = np.lib.array_utils.byte_bounds(array[start:stop])
    origin = np.frombuffer(mapped, np.uint8).ctypes.data
    first = (low - origin) // mmap.PAGESIZE * mmap.PAGESIZE
    if high > low:
        mapped.madvise(mmap.MADV_DONTNEED, first, high - origin - first)


def _mapping(array: Any) -> tuple[mmap.mmap | None, Any]:
    """Return the mapped file that an array lies in, and how it was opened."""
    mode = None
    while isinstance(array, np.ndarray):
        mode = getattr(array, "mode", None) if isinstance(array, np.memmap) else mode
        array = array.base
    return (array, mode) if isinstance(array, mmap.mmap) and mode else (None, None)
