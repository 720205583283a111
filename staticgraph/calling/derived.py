"""Functions that a function's derivatives are the values of: made of its graph when first asked for, and run like any other."""

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from ..derivatives.building import Builder
from ..derivatives.matrices import blocks_of, second
from ..derivatives.matrix import Entries, entries
from ..derivatives.pattern import Structure
from ..derivatives.prepared import Prepared
from ..derivatives.products import or_zeros
from ..derivatives.transforms import pulled, pushed
from ..nodes.graph import Graph
from ..nodes.node import INPUT, PARAMETER, Node
from ..records.table import Array
from ..running.threads import check_threads
from .collection import without_collection
from .destinations import Destination, given, made, results
from .evaluation import Evaluation, Names
from .pieces import Part


class Derived(NamedTuple):
    """What derivatives are evaluated by.

    Attributes
    ----------
    rowwise : Evaluation or None
        Its values are the derivatives of each row.
    summed : Evaluation or None
        Its gradients in leaves of its own are the sums over rows of others.
    structure : Structure or None
        Of a matrix of derivatives.
    """

    rowwise: Evaluation | None
    summed: Evaluation | None = None
    structure: Structure | None = None


def derived(function: Evaluation, key: Any, make: Callable[[], Derived]) -> Derived:
    """Return what evaluates derivatives of a function, made when it is first asked for."""
    found: Derived | None = function._derived.get(key)
    if found is None:
        with without_collection():
            made_now = make()
        found = function._derived.setdefault(key, made_now)
    return found


def evaluation(function: Evaluation, nodes: Sequence[Node], leaves: Sequence[Node], asked: Names = ()) -> Evaluation:
    """Return what evaluates nodes on leaves with a function's dtype, name and engine, and by default their gradients in those asked for."""
    described = function.dtype, function.__name__, None, function._engine
    found = Evaluation(Graph(nodes, leaves), len(nodes) == 1, *described, fuse=function._fuse)
    found.__dict__.update(_choice=function._choice, _default=asked)
    return found


def on_part(function: Evaluation, part: Part | None) -> Evaluation:
    """Return a function, with the same plans, whose next call is one on a part of a batch."""
    if part is None:
        return function
    found = object.__new__(type(function))
    found.__dict__.update(vars(function), graph=function.graph, _part=part, _numbers=False, _again=lambda *_: None)
    return found


def leaves_of(function: Evaluation, names: Names) -> list[Node]:
    """Return a function's leaves by name."""
    return [function.inputs[function._places[name]] for name in names]


def vector_leaves(leaves: Sequence[Node]) -> list[Node]:
    """Return a leaf for a vector beside each leaf."""
    return [Node(leaf.role if leaf.role == PARAMETER else INPUT, leaf.shape, name=f"vector of {leaf.name}") for leaf in leaves]


def directional(function: Evaluation, names: Names) -> Derived:
    """Return the directional derivatives of the outputs: the leaves are followed by a vector for each name."""
    leaves = leaves_of(function, names)
    vectors = vector_leaves(leaves)
    tangents = _tangents(function, leaves, vectors)
    return Derived(evaluation(function, tangents, [*function.inputs, *vectors], names))


def _tangents(function: Evaluation, leaves: Sequence[Node], vectors: Sequence[Node]) -> list[Node]:
    prepared = Prepared([*function._source.outputs, *vectors], leaves)
    outputs = prepared.outputs[: len(function._source.outputs)]
    given_vectors = {id(leaf): vector for leaf, vector in zip(leaves, vectors, strict=True)}
    return or_zeros(prepared.build, pushed(prepared.build, outputs, given_vectors), outputs)


def jacobian(function: Evaluation, names: Names, values: bool) -> Derived:
    """Return the derivatives of each output in each leaf, behind the outputs if these are asked for."""
    prepared, found = _jacobian(function, names)
    blocks = blocks_of(prepared.build, found, prepared.outputs, prepared.variables)
    nodes = [*(prepared.outputs if values else ()), *(block for row in blocks for block in row)]
    return Derived(evaluation(function, nodes, function.inputs) if nodes else None)


def sparse_jacobian(function: Evaluation, names: Names) -> Derived:
    """Return the entries of the Jacobian matrix of all outputs in all leaves."""
    prepared, found = _jacobian(function, names)
    return Derived(evaluation(function, [found.values(prepared.build)], function.inputs), structure=found.structure)


def _jacobian(function: Evaluation, names: Names) -> tuple[Prepared, Entries]:
    prepared = Prepared(function._source.outputs, leaves_of(function, names))
    return prepared, entries(prepared.build, prepared.outputs, prepared.variables)


def hessian(function: Evaluation, names: Names, weighted: bool) -> Derived:
    """Return the second derivatives in each pair of leaves; those in two parameters are summed over rows."""
    prepared, found = _hessian(function, names)
    build, leaves = prepared.build, prepared.variables
    weights, scaled = _weighted(build, found) if weighted else ([], found)
    pairs = list(product(range(len(leaves)), repeat=2))
    summed = [is_summed(leaves[i], leaves[j]) for i, j in pairs]
    scaled_blocks, blocks = (blocks_of(build, each, leaves, leaves) for each in (scaled, found))
    alone = [scaled_blocks[i][j] for (i, j), together in zip(pairs, summed, strict=True) if not together]
    together = [blocks[i][j] for (i, j), together in zip(pairs, summed, strict=True) if together]
    return Derived(
        evaluation(function, alone, [*function.inputs, *weights]) if alone else None,
        summing(function, build, together, ()) if together else None,
    )


def gradients(function: Evaluation, names: Names) -> Derived:
    """Return the gradients by the graph, of a function whose custom gradients the machine does not know.

    The function's leaves are followed by a cotangent for each output, and by the weights.
    """
    prepared = Prepared(function._source.outputs, leaves_of(function, names))
    extra = [Node(INPUT, node.shape, name=f"cotangent {number}") for number, node in enumerate(prepared.outputs)]
    extra.append(Node(INPUT, (), name="weights"))
    seeds = [prepared.build.chained(extra[-1], cotangent) for cotangent in extra[:-1]]
    found = pulled(prepared.build, prepared.outputs, seeds, prepared.variables)
    return _parted(function, prepared, found, extra)


def products(function: Evaluation, names: Names) -> Derived:
    """Return the products of the Hessian matrix and a vector by the graph; the leaves are followed by the vectors and the weights."""
    leaves = leaves_of(function, names)
    extra = [*vector_leaves(leaves), Node(INPUT, (), name="weights")]
    prepared = Prepared(function._source.outputs, leaves)
    build = prepared.build
    found = pulled(build, prepared.outputs, extra[-1:], prepared.variables)
    vectors = {id(leaf): vector for leaf, vector in zip(leaves, extra, strict=False)}
    return _parted(function, prepared, pushed(build, or_zeros(build, found, leaves), vectors), extra)


def _parted(function: Evaluation, prepared: Prepared, found: Sequence[Node | None], extra: Sequence[Node]) -> Derived:
    """Return derivatives in leaves: of inputs row by row, of parameters summed over rows."""
    nodes = or_zeros(prepared.build, found, prepared.variables)
    pairs = list(zip(nodes, prepared.variables, strict=True))
    alone = [node for node, leaf in pairs if leaf.role != PARAMETER]
    together = [node for node, leaf in pairs if leaf.role == PARAMETER]
    return Derived(
        evaluation(function, alone, [*function.inputs, *extra]) if alone else None,
        summing(function, prepared.build, together, extra) if together else None,
    )


def sparse_hessian(function: Evaluation, names: Names, lower: bool, weighted: bool) -> Derived:
    """Return the entries of the Hessian matrix, or of its lower triangle."""
    prepared, found = _hessian(function, names)
    weights, found = _weighted(prepared.build, found) if weighted else ([], found)
    structure = found.structure
    kept = np.flatnonzero(structure.rows >= structure.columns) if lower else np.arange(len(structure.rows))
    values = evaluation(function, [found.values(prepared.build, kept)], [*function.inputs, *weights])
    return Derived(values, structure=Structure(structure.rows[kept], structure.columns[kept], structure.shape))


def _hessian(function: Evaluation, names: Names) -> tuple[Prepared, Entries]:
    prepared = Prepared(function._source.outputs, leaves_of(function, names))
    return prepared, second(prepared)


def _weighted(build: Builder, found: Entries) -> tuple[list[Node], Entries]:
    """Return a leaf for weights, and the entries times the weight; one of 0 stops."""
    weight = Node(INPUT, (), name="weights")
    return [weight], found._replace(nodes=[build.chained(weight, node) for node in found.nodes])


def is_summed(a: Node, b: Node) -> bool:
    """Whether second derivatives in two leaves are summed over rows."""
    return a.role == b.role == PARAMETER


def summing(function: Evaluation, build: Builder, blocks: Sequence[Node], extra: Sequence[Node]) -> Evaluation:
    """Return what has sums over rows as its gradients: each block is multiplied by a leaf of its own, and all are added."""
    prefix = "summed"
    while any(name.startswith(prefix) for name in function._places):
        prefix += "_"
    dummies = [Node(PARAMETER, block.shape, name=f"{prefix}{number}") for number, block in enumerate(blocks)]
    total = sum((np.sum(block * dummy) for block, dummy in zip(blocks, dummies, strict=True)), start=build.constant(0.0))
    return evaluation(function, [total], [*function.inputs, *extra, *dummies], tuple(str(dummy.name) for dummy in dummies))


def run_rowwise(
    inner: Evaluation, destinations: Sequence[Destination], arguments: list[Array], rows: int | None, outs: Sequence[Any] | None,
    threads: Any,
) -> list[Any]:  # fmt: skip
    """Evaluate the values of a derived function."""
    arrays, plain = (made(destinations, rows), True) if outs is None else given(destinations, rows, outs)
    count = None if threads is None else check_threads(threads)
    inner._plan(None).run(arguments, rows, arrays, (), threads=count, apart=outs is None, plain=plain)
    return results(destinations, rows, arrays, outs)


def run_summed(
    inner: Evaluation, arguments: list[Array], rows: int | None, weights: Array | None, outs: Sequence[Any] | None, threads: Any,
    part: Part | None,
) -> list[Any]:  # fmt: skip
    """Evaluate the sums over rows of a derived function: its gradients in the leaves behind those of the arguments."""
    names = tuple(inner._places)[len(arguments) :]
    zeros = [np.zeros(leaf.shape, inner.dtype) for leaf in leaves_of(inner, names)]
    plan = inner._plan(names)
    arrays, plain = (made(plan.destinations, rows), True) if outs is None else given(plan.destinations, rows, outs)
    count = None if threads is None else check_threads(threads)
    plan.run([*arguments, *zeros], rows, (), arrays, weights=weights, threads=count, apart=outs is None, plain=plain, part=part)
    return results(plan.destinations, rows, arrays, outs)


def run_parted(
    made: Derived, destinations: Sequence[Destination], given: tuple[list[Array], Array | None, list[Array]], rows: int | None,
    outs: Sequence[Any] | None, threads: Any, part: Part | None,
) -> list[Any]:  # fmt: skip
    """Evaluate derivatives, those of single rows and those that are summed over rows; of a `part` of a batch the sums stay there.

    `given` are the arguments, the weights of rows if there are any, and what comes behind the arguments in both.
    """
    arguments, weights, extra = given
    found: list[Any] = [None] * len(destinations)
    for summed, inner in ((False, made.rowwise), (True, made.summed)):
        places = [number for number, each in enumerate(destinations) if each.summed == summed]
        own_outs = None if outs is None else [outs[number] for number in places]
        if inner is None:
            continue
        if summed:
            results = run_summed(inner, [*arguments, *extra], rows, weights, own_outs, threads, part)
        else:
            weighted = [*arguments, *extra, *([] if weights is None else [weights])]
            results = run_rowwise(inner, [destinations[number] for number in places], weighted, rows, own_outs, threads)
        for place, result in zip(places, results, strict=True):
            found[place] = result
    return found
