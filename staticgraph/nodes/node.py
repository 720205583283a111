"""Nodes: what a user writes with. Operators and NumPy's protocols, leading to gates."""

import itertools
import math
from collections.abc import Iterator, Sequence
from types import CodeType
from typing import TYPE_CHECKING, Any, Generic, NoReturn, cast

import numpy as np

from ..gates import ELEMENTWISE, Gate
from ..gates.linear import gather, view
from .booleans import OF_BOOLEANS, of_booleans
from .messages import NO_ARRAY, NO_NUMBER, NO_SETTING, NO_TRUTH, no_attribute
from .methods import Methods
from .numbers import as_real
from .numpy_functions import NUMPY_FUNCTIONS, numpy_function
from .operators import Operators
from .options import check_ufunc_options
from .origins import Origin, given, here, line_of
from .primitives import PRIMITIVES
from .shapes import Shape, broadcast

INPUT, DATA, PARAMETER, CONSTANT, OPERATION = "input", "data", "parameter", "constant", "operation"
VARYING = frozenset((INPUT, DATA))
LEAVES = frozenset((INPUT, DATA, PARAMETER))
"""Roles: of the leaves that have a value for each row of the batch, and of all that are arguments."""

_serials = itertools.count()

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    Shaped = TypeVar("Shaped", default=Any)
else:
    from typing import TypeVar

    Shaped = TypeVar("Shaped")
"""A parameter of the type, unknown as that of an array's shape: of what has one, type checkers find that NumPy's functions return Any.

Without it they would take the first of NumPy's overloads, so that `np.exp(node)` were an array.
"""

class _Unfrozen(Operators, Methods):
    """A node while it is made: the fields of `Node`, which can still be set."""

    __slots__ = (
        "__weakref__", "boolean", "code", "gate", "instruction", "name", "operands", "role", "serial", "shape", "size", "static", "varying",
    )  # fmt: skip

    role: str
    gate: Gate | None
    operands: tuple["Node", ...]
    static: Any
    shape: Shape
    size: int
    boolean: bool
    varying: bool
    name: str | None
    code: CodeType | str
    instruction: int
    serial: int


class Node(_Unfrozen, Generic[Shaped]):
    """A value of the computational graph: a leaf, or a gate applied to other nodes.

    Nodes are made by `input`, `data`, `parameter` and `constant`, by operators, by indexing and by NumPy's functions. They are immutable
    and hashable. The batch axis is never part of a node's shape.

    Attributes
    ----------
    shape : tuple of int
    name : str or None
        A leaf's name.
    varying : bool
        Whether the value differs from row to row; otherwise it is uniform.
    line : str
        Where it was written, `file:line`.
    """

    __slots__ = ()

    def __new__(
        cls, role: str, shape: Shape, *, gate: Gate | None = None, operands: tuple["Node", ...] = (), static: Any = None,
        boolean: bool = False, name: str | None = None, origin: Origin | None = None,
    ) -> "Node":  # fmt: skip
        """Make a node; it is set field by field and then frozen, in half the time that `object.__setattr__` takes (0.6 us)."""
        made = _Unfrozen.__new__(_Unfrozen)
        made.role = role
        made.shape = shape
        made.size = math.prod(shape) if shape else 1
        made.gate = gate
        made.operands = operands
        made.static = static
        made.boolean = boolean
        made.name = name
        made.code, made.instruction = origin or given.origin or here()
        made.serial = next(_serials)
        made.varying = role in VARYING
        for operand in operands:
            if operand.varying:
                made.varying = True
        made.__class__ = cls
        return cast(Node, made)

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError(f"a Node is immutable: {name!r} cannot be set")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a Node is immutable: {name!r} cannot be deleted")

    def __copy__(self) -> "Node":
        return self

    def __deepcopy__(self, memo: Any) -> "Node":
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Node cannot be pickled by itself; compile it and pickle the Function")

    def __repr__(self) -> str:
        what = f"{self.name}: {self.role}" if self.name else (self.gate.name if self.gate else self.role)
        return f"<Node {what} {self.shape}>"

    @property
    def line(self) -> str:
        """The file and line where the user has written it; empty where that is not known."""
        return line_of(self.origin)

    @property
    def origin(self) -> Origin:
        """The code that has made it, or another one that it took the place of."""
        return self.code, self.instruction

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        """`bool` for comparisons and what follows from them, otherwise `float64` (the compiled function may use `float32`)."""
        return np.dtype(bool if self.boolean else np.float64)

    @property
    def T(self) -> "Node":  # noqa: N802 - NumPy's name
        """The axes in reverse order."""
        return self.transpose()

    def __gate__(self, gate: Gate, operands: tuple[Any, ...]) -> "Node":
        return apply(gate, operands)

    def __logical__(self, gate: Gate, symbol: str, operands: tuple[Any, ...]) -> "Node":
        nodes = tuple(map(as_node, operands))
        if not all(node.boolean for node in nodes):
            raise TypeError(f"{symbol} is for boolean nodes (comparisons); for other values use sg.{gate.name}")
        return apply(gate, nodes)

    def __primitive__(self, name: str, arguments: tuple[Any, ...]) -> Any:
        """Run a primitive of a gate's rule on nodes, which makes the graph of the derivative."""
        return PRIMITIVES[name](*arguments)

    def __array_ufunc__(self, ufunc: Any, method: str, *operands: Any, **options: Any) -> Any:
        if method != "__call__":
            found = NUMPY_FUNCTIONS.get((ufunc, method))
            return found(*operands, **options) if found else NUMPY_FUNCTIONS[method](ufunc, *operands, **options)
        if options:
            check_ufunc_options(ufunc.__name__, options, ufunc.types[-1][-1] == "?")
        return numpy_function(ufunc)(*operands)

    def __array_function__(self, function: Any, types: Any, operands: Any, options: Any) -> Any:
        return numpy_function(function)(*operands, **options)

    def __array__(self, *_: Any, **__: Any) -> np.ndarray[Any, np.dtype[Any]]:
        raise TypeError(NO_ARRAY)

    def __bool__(self) -> NoReturn:
        raise TypeError(NO_TRUTH)

    def __pos__(self) -> "Node":
        if self.boolean:
            raise TypeError("unary + of boolean nodes is not defined, as in NumPy; multiply by 1.0 to get numbers")
        return self

    def __float__(self) -> NoReturn:
        raise TypeError(NO_NUMBER)

    __int__ = __complex__ = __float__

    def __setitem__(self, *_: Any) -> NoReturn:
        raise TypeError(NO_SETTING)

    __delitem__ = __setitem__

    if not TYPE_CHECKING:  # which then finds attributes that are misspelt

        def __getattr__(self, name: str) -> NoReturn:
            """Say what to write instead of a method of arrays that nodes lack."""
            raise AttributeError(no_attribute(name))

    __hash__ = object.__hash__

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("a node of shape () has no length")
        return self.shape[0]

    def __iter__(self) -> Iterator["Node"]:
        if not self.shape:
            raise TypeError("a node of shape () cannot be iterated or unpacked")
        return (self[position] for position in range(self.shape[0]))

    def __getitem__(self, key: Any) -> "Node":
        if type(key) is int and self.shape and -self.shape[0] <= key < self.shape[0]:
            size = self.size // self.shape[0]
            return window(self, key % self.shape[0] * size, self.shape[1:])
        if any(isinstance(part, Node) for part in (key if isinstance(key, tuple) else (key,))):
            raise IndexError("a node cannot be an index, as the layout of the graph is fixed; choose with sg.where or sg.select")
        try:
            index = np.arange(self.size).reshape(self.shape)[key]
        except (IndexError, TypeError, ValueError) as error:
            raise IndexError(f"index {key!r} into a node of shape {self.shape}: {error}") from None
        return rearrange(index, self)


def as_node(value: Any) -> Node:
    """Return a node as it is, and a number or array as a constant."""
    if isinstance(value, Node):
        return value
    if type(value) is float or type(value) is int:
        array = np.asarray(value, np.float64)
    else:
        given = as_real("constant", value)
        with np.errstate(all="ignore"):
            array = np.array(given, np.float64)
        if given.dtype.kind == "b":
            array.flags.writeable = False
            return Node(CONSTANT, array.shape, static=array, boolean=True)
    array.flags.writeable = False
    return Node(CONSTANT, array.shape, static=array)


def apply(gate: Gate, operands: Sequence[Any]) -> Node:
    """Return the node of an elementwise gate; shapes broadcast as NumPy's do."""
    if len(operands) != gate.arity or gate.kind != ELEMENTWISE:
        raise TypeError(f"{gate.name} takes {gate.arity} operand(s), got {len(operands)}")
    nodes = tuple(operands)
    for operand in nodes:
        if type(operand) is not Node:
            nodes = tuple([as_node(each) for each in operands])
            break
    if nodes[0].boolean and gate in OF_BOOLEANS and all(node.boolean for node in nodes):
        gate = of_booleans(gate)
    shape = nodes[0].shape
    for node in nodes:
        if node.shape != shape:
            shape = broadcast(gate.name, [each.shape for each in nodes])
            break
    origin = given.origin or here()
    return Node(OPERATION, shape, gate=gate, operands=nodes, boolean=gate.boolean != "never" and is_boolean(gate, nodes), origin=origin)


def is_boolean(gate: Gate, operands: tuple[Node, ...]) -> bool:
    """Whether the gate's value is boolean for these operands."""
    if gate.boolean in ("operands", "choices"):
        return all(operand.boolean for operand in operands[gate.boolean == "choices" :])
    return gate.boolean == "always"


def window(node: Node, start: int, shape: Shape) -> Node:
    """Return consecutive elements of a node under another shape."""
    if shape == node.shape:
        return node
    if node.role == CONSTANT:
        elements = node.static.reshape(-1)[start : start + math.prod(shape)].reshape(shape)
        return Node(CONSTANT, shape, static=elements, boolean=node.boolean)
    if node.gate is view:
        start, node = start + node.static, node.operands[0]
        if shape == node.shape:
            return node
    return Node(OPERATION, shape, gate=view, operands=(node,), static=start, boolean=node.boolean)


def rearrange(index: np.ndarray[Any, Any], *nodes: Node) -> Node:
    """Return the node whose elements are `index` into the elements of the nodes, one after another."""
    flat = np.ascontiguousarray(index, dtype=np.int64).ravel()
    if len(nodes) == 1 and (not flat.size or np.array_equal(flat, np.arange(flat[0], flat[0] + flat.size))):
        return window(nodes[0], int(flat[0]) if flat.size else 0, np.shape(index))
    return Node(
        OPERATION, np.shape(index), gate=gather, operands=nodes, static=flat.tobytes(), boolean=all(node.boolean for node in nodes)
    )  # fmt: skip


def element_numbers(*nodes: Node) -> list[np.ndarray[Any, Any]]:
    """Return for each node the numbers of its elements, counted through all of them, in its shape."""
    starts = itertools.accumulate((node.size for node in nodes), initial=0)
    return [start + np.arange(node.size).reshape(node.shape) for node, start in zip(nodes, starts, strict=False)]
