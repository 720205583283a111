"""The processor's fused multiply-add on arrays: what the reference runs on in tests, to which it was half of the time.

The package's own takes ten times as long; `test_fused` shows that it has the same bits.
"""

import ctypes
from functools import cache

import numpy as np

from staticgraph.gates import fused
from staticgraph.lanes.objects import Loaded, compiled

EMULATED = {name: getattr(fused, name) for name in ("_in_single", "_in_double")}
TEXT = """
declare {t} @llvm.fma.{s}({t}, {t}, {t})
define void @fma_{s}(i64 %count, ptr %a, ptr %b, ptr %c, ptr %out) {{
entry:
  br label %next
next:
  %k = phi i64 [0, %entry], [%after, %next]
  %pa = getelementptr {t}, ptr %a, i64 %k
  %pb = getelementptr {t}, ptr %b, i64 %k
  %pc = getelementptr {t}, ptr %c, i64 %k
  %po = getelementptr {t}, ptr %out, i64 %k
  %x = load {t}, ptr %pa
  %y = load {t}, ptr %pb
  %z = load {t}, ptr %pc
  %made = call {t} @llvm.fma.{s}({t} %x, {t} %y, {t} %z)
  store {t} %made, ptr %po
  %after = add i64 %k, 1
  %more = icmp slt i64 %after, %count
  br i1 %more, label %next, label %end
end:
  ret void
}}
"""


@cache
def _loaded():
    return Loaded([compiled(TEXT.format(t=t, s=s)) for t, s in (("float", "f32"), ("double", "f64"))])


@cache
def _function(name):
    return ctypes.CFUNCTYPE(None, ctypes.c_int64, *[ctypes.c_void_p] * 4)(_loaded().address(name))


def fma(a, b, c):
    """Return `a * b + c`, rounded once, for arrays of one dtype."""
    arrays = [np.asarray(each, order="C") for each in (a, b, c)]
    shape = np.broadcast_shapes(*(each.shape for each in arrays))
    a, b, c = (each if each.shape == shape else np.ascontiguousarray(np.broadcast_to(each, shape)) for each in arrays)
    out = np.empty(shape, a.dtype)
    if out.size:
        _function(f"fma_f{8 * a.itemsize}")(out.size, a.ctypes.data, b.ctypes.data, c.ctypes.data, out.ctypes.data)
    return out[()]


def use():
    """Let rules on arrays use it."""
    fused._in_single = fused._in_double = fma
