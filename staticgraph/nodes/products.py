"""Products of vectors, matrices and stacks of matrices."""

import math
from typing import Any

import numpy as np

from ..gates.arithmetic import multiply
from ..gates.linear import matmul as matmul_gate
from ..gates.selection import not_equal
from .declaring import numpy_function, untyped
from .layout import broadcast_to, filled, reshape, stack, transpose
from .node import OPERATION, Node, apply, as_node
from .options import check_ufunc_options, without_out
from .reductions import sum
from .shapes import broadcast, matrix_product


def product_of_matrices(name: str, a: Node, b: Node) -> Node:
    """Return a matrix product; that of truth values is whether any two of them hold together, as in NumPy."""
    form, shape = matrix_product(name, a.shape, b.shape)
    product = Node(OPERATION, shape, gate=matmul_gate, operands=(a, b), static=form) if 0 not in form else filled(0.0, shape, a, b)
    return not_equal(product, 0.0) if a.boolean and b.boolean else product


@numpy_function(np.matmul)
def matmul(a: Any, b: Any, **options: Any) -> Node:
    """Matrix product, as `numpy.matmul`: of vectors, matrices, and stacks of matrices, which broadcast."""
    check_ufunc_options("matmul", options)
    first, second = as_node(a), as_node(b)
    if (first.ndim <= 2 and second.ndim <= 2) or not (first.shape and second.shape):
        return product_of_matrices("matmul", first, second)
    if first.ndim == 1:
        return _without(matmul(reshape(first, (1, -1)), second), -2)
    if second.ndim == 1:
        return _without(matmul(first, reshape(second, (-1, 1))), -1)
    return _stacked(first, second)


def _without(node: Node, axis: int) -> Node:
    shape = list(node.shape)
    del shape[axis]
    return reshape(node, tuple(shape))


def _stacked(a: Node, b: Node) -> Node:
    """Return the products of two stacks of matrices; where the second is one matrix, the first is one, too: its rows follow each other."""
    (rows, inner, columns), _ = matrix_product("matmul", a.shape[-2:], b.shape[-2:])
    if b.ndim == 2:
        return reshape(product_of_matrices("matmul", reshape(a, (math.prod(a.shape[:-1]), inner)), b), (*a.shape[:-1], columns))
    outer = broadcast("matmul", [a.shape[:-2], b.shape[:-2]])
    first = reshape(broadcast_to(a, (*outer, rows, inner)), (math.prod(outer), rows, inner))
    second = reshape(broadcast_to(b, (*outer, inner, columns)), (math.prod(outer), inner, columns))
    if not len(first):
        return filled(0.0, (*outer, rows, columns), a, b)
    products = [product_of_matrices("matmul", one, other) for one, other in zip(first, second, strict=True)]
    return reshape(stack(products), (*outer, rows, columns))


@numpy_function(np.dot)
def dot(a: Any, b: Any, out: Any = None) -> Node:
    """Dot product, as `numpy.dot`: over the last axis of the first operand and the last but one of the second."""
    without_out("dot", out)
    first, second = as_node(a), as_node(b)
    if not (first.shape and second.shape):
        return apply(multiply, (first, second))
    if second.ndim <= 2:
        return product_of_matrices("dot", first, second) if first.ndim <= 2 else matmul(first, second)
    return tensordot(first, second, axes=([-1], [-2]))


@numpy_function(np.outer)
def outer(a: Any, b: Any, out: Any = None) -> Node:
    """Product of every element of one operand with every element of the other, as `numpy.outer`."""
    without_out("outer", out)
    return matmul(reshape(a, (-1, 1)), reshape(b, (1, -1)))


@numpy_function(np.inner)
def inner(a: Any, b: Any) -> Node:
    """Sums of products over the last axes, as `numpy.inner`."""
    first, second = as_node(a), as_node(b)
    if not (first.shape and second.shape):
        return apply(multiply, (first, second))
    return tensordot(first, second, axes=([-1], [-1]))


@numpy_function(np.vdot)
def vdot(a: Any, b: Any) -> Node:
    """Dot product of all elements in order, as `numpy.vdot`."""
    return dot(reshape(a, -1), reshape(b, -1))


@numpy_function(np.vecdot)
def vecdot(a: Any, b: Any, *, axis: int = -1, **options: Any) -> Node:
    """Sums of products along one axis, as `numpy.vecdot`."""
    check_ufunc_options("vecdot", options)
    return sum(apply(multiply, (a, b)), axis)


@numpy_function(np.tensordot)
def tensordot(a: Any, b: Any, axes: Any = 2) -> Node:
    """Sums of products over some axes of each operand, as `numpy.tensordot`: one product of matrices."""
    first, second = as_node(a), as_node(b)
    if isinstance(axes, (int, np.integer)):
        axes = list(range(first.ndim - int(axes), first.ndim)), list(range(int(axes)))
    of_first, of_second = ([int(each) for each in np.atleast_1d(given)] for given in axes)
    try:
        of_first, of_second = [each % first.ndim for each in of_first], [each % second.ndim for each in of_second]
        lengths = [first.shape[each] for each in of_first], [second.shape[each] for each in of_second]
    except (IndexError, ZeroDivisionError):
        raise ValueError(f"tensordot: axes {axes} are not those of shapes {first.shape} and {second.shape}") from None
    if lengths[0] != lengths[1]:
        raise ValueError(f"tensordot: axes {axes} of shapes {first.shape} and {second.shape} have lengths {lengths[0]} and {lengths[1]}")
    left = [each for each in range(first.ndim) if each not in of_first]
    right = [each for each in range(second.ndim) if each not in of_second]
    shape = (*(first.shape[each] for each in left), *(second.shape[each] for each in right))
    summed = math.prod(lengths[0])
    rows = reshape(transpose(first, (*left, *of_first)), (math.prod(first.shape[each] for each in left), summed))
    columns = reshape(transpose(second, (*of_second, *right)), (summed, math.prod(second.shape[each] for each in right)))
    return reshape(product_of_matrices("tensordot", rows, columns), shape)


@numpy_function(np.kron)
def kron(a: Any, b: Any) -> Node:
    """Kronecker's product, as `numpy.kron`."""
    first, second = as_node(a), as_node(b)
    ndim = max(first.ndim, second.ndim)
    shapes = [(1,) * (ndim - each.ndim) + each.shape for each in (first, second)]
    wide = [each for pair in zip(shapes[0], (1,) * ndim, strict=True) for each in pair]
    deep = [each for pair in zip((1,) * ndim, shapes[1], strict=True) for each in pair]
    return reshape(apply(multiply, (reshape(first, wide), reshape(second, deep))), tuple(map(math.prod, zip(*shapes, strict=True))))


@numpy_function(np.cross)
def cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: Any = None) -> Node:
    """Vector product, as `numpy.cross`; of vectors of two components its third component, as NumPy had it."""
    if axis is not None:
        axisa = axisb = axisc = axis
    first, second = as_node(untyped.moveaxis(a, axisa, -1)), as_node(untyped.moveaxis(b, axisb, -1))
    if {first.shape[-1], second.shape[-1]} - {2, 3}:
        raise ValueError(f"cross: vectors have 2 or 3 components, got {first.shape[-1]} and {second.shape[-1]}")
    p, q = ([each[..., k] for k in range(each.shape[-1])] for each in (first, second))
    third = p[0] * q[1] - p[1] * q[0]
    if len(p) == len(q) == 2:
        return as_node(third)
    (p0, p1, p2), (q0, q1, q2) = (each if len(each) == 3 else [*each, each[0] * 0.0] for each in (p, q))
    parts = [p1 * q2 - p2 * q1, p2 * q0 - p0 * q2, third]
    return stack(parts, axis=axisc)
