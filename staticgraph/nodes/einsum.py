"""Einstein's convention: sums of products that indices say."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..gates.arithmetic import multiply
from .declaring import numpy_function, untyped
from .layout import broadcast_to, reshape, transpose
from .node import Node, apply, as_node
from .options import check_ufunc_options, without_out
from .products import matmul, product_of_matrices
from .reductions import counted, sum
from .shapes import Shape

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""What NumPy takes the numbers 0 to 51 for where indices are given as numbers."""


@numpy_function(np.einsum)
def einsum(*operands: Any, out: Any = None, optimize: Any = False, **options: Any) -> Node:
    """Sum of products that Einstein's convention says, as `numpy.einsum`, the operands joined from left to right."""
    without_out("einsum", out)
    check_ufunc_options("einsum", options)
    if not isinstance(operands[0], str):
        operands = _written(operands)
    terms, result, nodes = _parsed(operands[0], [as_node(each) for each in operands[1:]])
    lengths = _lengths(operands[0], terms, nodes)
    joined = [_on_diagonals(term, node) for term, node in zip(terms, nodes, strict=True)]
    indices, value = joined.pop(0)
    for number, (others, node) in enumerate(joined):
        needed = set(result).union(*(each for each, _ in joined[number + 1 :]))
        indices, value = _joined(indices, value, others, node, needed, lengths)
    summed = tuple(place for place, index in enumerate(indices) if index not in result)
    value, indices = sum(value, summed) if summed else counted(value), [each for each in indices if each in result]
    return transpose(value, [indices.index(each) for each in result]) if result else reshape(value, ())


def _written(operands: Sequence[Any]) -> tuple[Any, ...]:
    """Return operands that are followed by lists of numbers with a string of letters before them."""
    pairs = list(zip(operands[::2], operands[1::2], strict=False))
    texts = ["".join("..." if each is Ellipsis else LETTERS[each] for each in numbers) for _, numbers in pairs]
    result = "->" + "".join("..." if each is Ellipsis else LETTERS[each] for each in operands[-1]) if len(operands) % 2 else ""
    return (",".join(texts) + result, *(operand for operand, _ in pairs))


def _parsed(text: str, nodes: list[Node]) -> tuple[list[str], str, list[Node]]:
    """Return the indices of each operand and of the result, an ellipsis written as numbers for its axes."""
    given, _, result = text.replace(" ", "").partition("->")
    terms = given.split(",")
    if len(terms) != len(nodes):
        raise ValueError(f"einsum: {text!r} has indices of {len(terms)} operands, got {len(nodes)}")
    spans = [node.ndim - len(term.replace("...", "")) for term, node in zip(terms, nodes, strict=True)]
    if any(span < 0 or (span and "..." not in term) for term, span in zip(terms, spans, strict=True)):
        raise ValueError(f"einsum: the indices {text!r} do not fit operands of shapes {', '.join(str(node.shape) for node in nodes)}")
    most = max((span for term, span in zip(terms, spans, strict=True) if "..." in term), default=0)
    numbers = "".join(map(chr, range(ord("\u0100"), ord("\u0100") + most)))
    terms = [term.replace("...", numbers[most - span :]) for term, span in zip(terms, spans, strict=True)]
    if "->" not in text:
        letters = "".join(terms)
        result = "..." + "".join(sorted(each for each in set(letters) if each not in numbers and letters.count(each) == 1))
    result = result.replace("...", numbers)
    if set(result) - set("".join(terms)) or len(set(result)) < len(result):
        raise ValueError(f"einsum: the result's indices in {text!r} are different ones of the operands'")
    return terms, result, nodes


def _lengths(text: str, terms: list[str], nodes: list[Node]) -> dict[str, int]:
    lengths: dict[str, int] = {}
    for term, node in zip(terms, nodes, strict=True):
        for index, length in zip(term, node.shape, strict=True):
            if lengths.setdefault(index, length) == 1:
                lengths[index] = length
            if length not in (1, lengths[index]):
                raise ValueError(f"einsum: an index of {text!r} has lengths {lengths[index]} and {length}")
    return lengths


def _on_diagonals(term: str, node: Node) -> tuple[list[str], Node]:
    """Return the indices of a node without repetitions: where one is repeated, the diagonal."""
    indices = list(term)
    for index in set(term):
        while indices.count(index) > 1:
            first = indices.index(index)
            second = indices.index(index, first + 1)
            node = untyped.diagonal(node, axis1=first, axis2=second)
            indices = [each for place, each in enumerate(indices) if place not in (first, second)] + [index]
    return indices, node


def _joined(a: list[str], first: Node, b: list[str], second: Node, needed: set[str], lengths: dict[str, int]) -> tuple[list[str], Node]:
    """Return the product of two operands, summed over what nothing needs any more: a stack of products of matrices."""
    for own, other in ((a, b), (b, a)):
        alone = tuple(place for place, index in enumerate(own) if index not in needed and index not in other)
        if alone and own is a:
            first, a = sum(first, alone), [each for each in a if each in needed or each in b]
        elif alone:
            second, b = sum(second, alone), [each for each in b if each in needed or each in a]
    shared = [each for each in a if each in b and each in needed]
    summed = [each for each in a if each in b and each not in needed]
    left, right = [each for each in a if each not in b], [each for each in b if each not in a]
    if not summed:
        return [*shared, *left, *right], apply(multiply, (
            _spread(a, first, [*shared, *left], len(right)), _spread(b, second, [*shared, *["" for _ in left], *right], 0),
        ))  # fmt: skip
    if shared and not left and not right:
        product = apply(multiply, (_full(a, first, [*shared, *summed], lengths), _full(b, second, [*shared, *summed], lengths)))
        return shared, sum(product, tuple(range(len(shared), product.ndim)))
    sizes = [tuple(lengths[each] for each in group) for group in (shared, left, summed, right)]
    stacked, rows, inner, columns = map(math.prod, sizes)
    matrices = reshape(_full(a, first, [*shared, *left, *summed], lengths), (stacked, rows, inner))
    others = reshape(_full(b, second, [*shared, *summed, *right], lengths), (stacked, inner, columns))
    product = matmul(matrices, others) if shared else product_of_matrices("einsum", matrices[0], others[0])
    return [*shared, *left, *right], reshape(product, (*sizes[0], *sizes[1], *sizes[3]))


def _full(indices: list[str], node: Node, order: list[str], lengths: dict[str, int]) -> Node:
    """Return a node with its axes in an order, those of length 1 repeated."""
    moved = transpose(node, [indices.index(each) for each in order])
    shape: Shape = tuple(lengths[each] for each in order)
    return moved if moved.shape == shape else broadcast_to(moved, shape)


def _spread(indices: list[str], node: Node, order: list[str], after: int) -> Node:
    """Return a node with its axes in an order, an axis of length 1 where that names none, and further ones after them."""
    named = [each for each in order if each]
    moved = transpose(node, [indices.index(each) for each in named])
    lengths = dict(zip(named, moved.shape, strict=True))
    return reshape(moved, (*(lengths[each] if each else 1 for each in order), *(1,) * after))
