"""The kernel of matrix products, register-blocked: one for the forward product and both backward ones.

Of the two operands one is *blocked*: four of its rows share each load of the other, the *shared* one. Backward the shared operand
is the upstream gradient, so that its guard is computed once for four products.
"""

import itertools
from collections.abc import Callable
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial, reduce
from operator import or_
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba.core import cgutils

from ..gates.order import CHUNK
from .code import Code
from .decode import Rows, Target, accumulated, integer
from .tree import Tree
from .types import INT
from .value import Lanes

BLOCK, PAIR = 4, 2
"""Sums are held in registers for four rows of `p` beside four rows of `q`, or two vectors: at least eight, to cover the latency of `fma`
(4 cycles, of which two are issued per cycle). With four alone they wait for each other and take 1.3 to
1.7 times as long (`bench.choices`)."""

NUMBERS = 21
"""How many addresses, steps and lengths a product has: see `numbers_of`."""


@dataclass
class Steps:
    """Rows, and how many of them each of two indices advances."""

    rows: Rows
    first: Any
    second: Any

    def row(self, first: Any, second: Any) -> Any:
        """Return the row of a pair of indices."""
        builder = self.rows.code.builder
        return builder.add(builder.mul(first, self.first), builder.mul(second, self.second))

    def start(self, first: Any, vector: Any) -> "Start":
        """Return where the second index begins."""
        return Start(first, vector, self.rows.address(self.rows.code.builder.mul(first, self.first), vector))

    @property
    def inner(self) -> Any:
        """The bytes that the second index advances."""
        return self.rows.code.builder.mul(self.second, self.rows.row_step)


class Start(NamedTuple):
    """The address of a vector of a row where the index that is summed over is 0."""

    row: Any
    vector: Any
    address: Any


@dataclass
class Product:
    """`out[blocked, shared] += sum over inner of p[blocked, inner] * q[shared, inner]`."""

    target: Target
    out: Steps
    p: Steps
    q: Steps
    blocked: Any
    shared: Any
    inner: Any


@contextmanager
def _loop(builder: Any, count: Any) -> Any:
    with cgutils.for_range(builder, count, intp=INT) as loop:
        yield loop.index


class Variant(NamedTuple):
    """What a kernel is made for.

    `stopping`: names those of `p` and `q` whose zeros stop. `over_lanes`: the sums also go over the rows of the batch, for the gradient of
    a uniform operand; `p` then varies. `chunked`: the inner length is more than one chunk. `uniform`: `p` is uniform, so that its elements
    are read one by one, and once for both vectors of a pair.
    """

    stopping: str
    over_lanes: bool
    chunked: bool
    uniform: bool

    @property
    def name(self) -> str:
        """What tells it from others."""
        return self.stopping + "".join(f"{each:d}" for each in self[1:])


VARIANTS = [
    Variant(stopping, over_lanes, chunked, uniform)
    for stopping in ("", "p", "q", "pq")
    for over_lanes, chunked, uniform in itertools.product((False, True), repeat=3)
    if not (over_lanes and (uniform or "p" in stopping))
]


def kernel(module: Any, dtype: np.dtype[Any], variant: Variant) -> Any:
    """Return the function of a kernel, which takes the numbers of a product and how many vectors there are."""
    function_type = ir.FunctionType(ir.VoidType(), [INT] * (NUMBERS + 1))
    function = cgutils.get_or_insert_function(module, function_type, f"staticgraph.product.{variant.name}")
    if function.is_declaration:
        function.linkage = "internal"
        function.attributes.add("noinline")
        code = Code(ir.IRBuilder(function.append_basic_block()), dtype)
        _blocks(code, _from_numbers(code, list(function.args[:-1])), function.args[-1], variant)
        code.builder.ret_void()
    return function


def numbers_of(product: Product) -> list[Any]:
    """Return all addresses, steps and lengths of a product."""
    places = (product.target.source, product.target.rows, product.p.rows, product.q.rows)
    steps = (product.out, product.p, product.q)
    return [
        *(number for rows in places for number in (rows.base, rows.row_step, rows.lane_step)),
        *(number for each in steps for number in (each.first, each.second)),
        product.blocked, product.shared, product.inner,
    ]  # fmt: skip


def _from_numbers(code: Code, numbers: list[Any]) -> Product:
    """Return the product of these addresses, steps and lengths."""
    source, out, p, q = (Rows(code, *numbers[start : start + 3]) for start in range(0, 12, 3))
    to, by_p, by_q = (Steps(rows, *numbers[start : start + 2]) for rows, start in zip((out, p, q), range(12, 18, 2), strict=True))
    blocked, shared, inner = numbers[18:]
    return Product(Target(source, out), to, by_p, by_q, blocked, shared, inner)


def in_groups(builder: Any, count: Any, size: int, emit_group: Callable[[list[Any]], None]) -> None:
    """Emit a loop over groups of so many consecutive numbers, and one over the single numbers that are left."""
    groups = builder.udiv(count, integer(size))
    with _loop(builder, groups) as group:
        first = builder.mul(group, integer(size))
        emit_group([builder.add(first, integer(number)) for number in range(size)])
    done = builder.mul(groups, integer(size))
    with _loop(builder, builder.sub(count, done)) as rest:
        emit_group([builder.add(done, rest)])


def _blocks(code: Code, product: Product, vectors: Any, variant: Variant) -> None:
    """Emit the loops over blocks of results: rows of `p` beside rows of `q`, or beside vectors of lanes where each has its own sum."""
    builder = code.builder
    tree = Tree(code, BLOCK * (BLOCK if variant.over_lanes else PAIR)) if variant.chunked else None

    def rows_of_q(blocked: list[Any]) -> None:
        def block(shared: list[Any]) -> None:
            for row, each in itertools.product(blocked, shared):
                _ask_for(code, product.target.rows.address(product.out.row(row, builder.add(each, integer(BLOCK))), integer(0)))
            _block(code, product, [(row, each, integer(0)) for row in blocked for each in shared], vectors, variant, tree)

        in_groups(builder, product.shared, BLOCK, block)

    def vectors_of_q(blocked: list[Any]) -> None:
        with _loop(builder, product.shared) as shared:

            def block(those: list[Any]) -> None:
                _block(code, product, [(row, shared, vector) for row in blocked for vector in those], None, variant, tree)

            in_groups(builder, vectors, PAIR, block)

    in_groups(builder, product.blocked, BLOCK, rows_of_q if variant.over_lanes else vectors_of_q)


def _ask_for(code: Code, address: Any) -> None:
    """Ask for the accumulator of a block's successor: a block cannot begin before it has its own, which lie far away.

    The gradients in matrices of 256 by 256 and of 512 by 512 take 0.82 and 0.85 of the time.
    """
    flag, pointer = ir.IntType(32), ir.IntType(8).as_pointer()
    declared = ir.FunctionType(ir.VoidType(), [pointer, flag, flag, flag])
    function = cgutils.get_or_insert_function(code.builder.module, declared, "llvm.prefetch.p0")
    code.builder.call(function, [code.builder.inttoptr(address, pointer), *(ir.Constant(flag, each) for each in (1, 3, 1))])


def _block(code: Code, product: Product, places: list[tuple[Any, Any, Any]], vectors: Any, variant: Variant, tree: Tree | None) -> None:
    """Emit the sums for some (row of `p`, row of `q`, vector), held in registers; with `vectors` each is one sum over all of these.

    A zero of a uniform `p` only matters where it meets what is not finite, which makes the sum NaN, and to the sign of a sum that is 0:
    so sums are made as if it did not stop, and anew in the rare case that one is NaN or +0.0. Asked for each product, whether both are
    other than 0 takes 1.5 times as long.
    """
    builder = code.builder
    sums = [cgutils.alloca_once(builder, code.vector) for _ in places]
    targets = [(product.out.row(row, shared), vector) for row, shared, vector in places]

    def add_up(stopping: str) -> None:
        for target, held in zip(targets, sums, strict=True):
            builder.store(product.target.source.load(*target).value, held)
        with nullcontext() if vectors is None else _loop(builder, vectors) as over:
            starts = [(product.p.start(row, over or vector), product.q.start(shared, over or vector)) for row, shared, vector in places]
            _terms(code, product, sums, tree, partial(_add_products, code, product, starts, sums, variant._replace(stopping=stopping)))

    usual = variant.stopping.replace("p", "") if variant.uniform else variant.stopping
    add_up(usual)
    if usual != variant.stopping:
        made = [Lanes(code, builder.load(held)) for held in sums]
        unsure = reduce(or_, [each != each for each in made] + [code.bits(each) == 0 for each in made])
        with builder.if_then(code.any_lane(unsure), likely=False):
            add_up(variant.stopping)
    for target, held in zip(targets, sums, strict=True):
        code.store(Lanes(code, builder.load(held)), product.target.rows.address(*target))


def _add_products(code: Code, product: Product, starts: list[tuple[Start, Start]], sums: list[Any], variant: Variant, term: Any) -> None:
    """Emit the adding of one term to each sum; each vector is loaded once, however many sums it serves."""
    builder, loaded = code.builder, dict[tuple[str, int, int], Any]()
    offsets = {name: builder.mul(term, steps.inner) for name, steps in (("p", product.p), ("q", product.q))}

    def load(name: str, start: Start) -> Any:
        uniform = name == "p" and variant.uniform
        key = (name, id(start.row), 0 if uniform else id(start.vector))
        if key not in loaded:
            address = builder.add(start.address, offsets[name])
            value = code.spread(address) if uniform else code.load(address)
            loaded[key] = value, value != 0.0 if name in variant.stopping else None
        return loaded[key]

    for (p_start, q_start), held in zip(starts, sums, strict=True):
        (p, p_guard), (q, q_guard) = load("p", p_start), load("q", q_start)
        guard = p_guard & q_guard if p_guard is not None and q_guard is not None else p_guard if q_guard is None else q_guard
        builder.store(accumulated(code, Lanes(code, builder.load(held)), p * q, guard).value, held)


def _terms(code: Code, product: Product, sums: list[Any], tree: Tree | None, add_products: Callable[[Any], None]) -> None:
    """Emit the loop over the terms of some sums; with a tree chunk by chunk, all but the first from -0.0."""
    builder, inner = code.builder, product.inner
    if tree is None:
        with _loop(builder, inner) as term:
            add_products(term)
        return
    chunks = builder.udiv(builder.add(inner, integer(CHUNK - 1)), integer(CHUNK))
    with _loop(builder, chunks) as chunk:
        first = builder.mul(chunk, integer(CHUNK))
        with builder.if_then(builder.icmp_signed("!=", chunk, integer(0))):
            for held in sums:
                builder.store(code.splat(-0.0), held)
        after = builder.add(first, integer(CHUNK))
        last = builder.select(builder.icmp_signed("<", after, inner), after, inner)
        with cgutils.for_range(builder, last, first, INT) as term:
            add_products(term.index)
        tree.push(chunk, sums, _added)
    tree.finish(chunks, sums, _added)


def _added(waiting: list[Lanes], new: list[Lanes]) -> list[Lanes]:
    return [a + b for a, b in zip(waiting, new, strict=True)]
