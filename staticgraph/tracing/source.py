"""Where a function's source is, and the function that the rewritten source makes: with the same globals, defaults and closure."""

import ast
import copy
import functools
import linecache
import threading
import types
from collections.abc import Iterator
from typing import Any, NamedTuple

from .rewriting import Rewriter
from .simple import INNER, RUNTIME

Function = ast.FunctionDef | ast.Lambda
_REWRITTEN: dict[tuple[types.CodeType, str], types.CodeType | None] = {}
_LOCK = threading.Lock()
_FLAGS = 0x1FF0000
"""Of a code object: the `from __future__` imports of its file."""


def rewritten(function: types.FunctionType, runtime: Any) -> types.FunctionType | None:
    """Return the function with rewritten code; None if its source is not found, or is not what it was made of."""
    code = function.__code__
    if RUNTIME in code.co_freevars:
        return function
    key = code, code.co_filename
    if key not in _REWRITTEN:
        with _LOCK:
            _REWRITTEN[key] = _rewritten_code(function)
    made = _REWRITTEN[key]
    if made is None:
        return None
    cells = dict(zip(code.co_freevars, function.__closure__ or (), strict=True)) | {RUNTIME: types.CellType(runtime)}
    closure = tuple([cells[name] for name in made.co_freevars])
    new = types.FunctionType(made, function.__globals__, function.__name__, function.__defaults__, closure)
    new.__kwdefaults__ = function.__kwdefaults__
    new.__qualname__ = function.__qualname__
    return new


def _rewritten_code(function: types.FunctionType) -> types.CodeType | None:
    code = function.__code__
    source = _source(code.co_filename, tuple(linecache.getlines(code.co_filename, function.__globals__)))
    key = code.co_firstlineno, code.co_name
    if source is None or not any(_same(each, code) for each in source.codes.get(key, ())):
        return None
    around, node = min(source.functions[key], key=lambda each: _distance(each[1], code))
    return _compiled(_rewrite(copy.deepcopy(node), code.co_filename), around, code, (*code.co_freevars, RUNTIME))


def _distance(node: Function, code: types.CodeType) -> float:
    """Return how far a lambda's body begins from where the code of one does, as several may begin on one line."""
    if not isinstance(node, ast.Lambda) or not hasattr(code, "co_positions"):
        return 0
    begins = [(line, column) for line, _, column, end in code.co_positions() if line and column is not None and end]
    line, column = min(begins, default=(node.body.lineno, node.body.col_offset))
    return abs(line - node.body.lineno) * 1000 + abs(column - node.body.col_offset)


def _rewrite(node: Function, file: str) -> Function:
    rewriter = Rewriter(file, node)
    if isinstance(node, ast.Lambda):
        node.body = rewriter.visit(node.body)
    else:
        node.body = rewriter.statements(node.body)
    return node


def _same(a: types.CodeType, b: types.CodeType) -> bool:
    """Whether code compiled from a source is the function's own; pytest's, which rewrites `assert`, differs inside."""
    if a.co_freevars != b.co_freevars or a.co_varnames[: a.co_argcount] != b.co_varnames[: b.co_argcount]:
        return False
    if any(name.startswith("@py_") for name in b.co_varnames):
        return True
    return a.co_code == b.co_code and a.co_names == b.co_names and _constants(a) == _constants(b)


def _constants(code: types.CodeType) -> list[Any]:
    return [each.co_name if isinstance(each, types.CodeType) else (type(each), each) for each in code.co_consts]


class Source(NamedTuple):
    """The functions of a file, by their first line and name: their code, and their syntax with the name of the class around them."""

    codes: dict[tuple[int, str], list[types.CodeType]]
    functions: dict[tuple[int, str], list[tuple[str, Function]]]


@functools.lru_cache(maxsize=64)
def _source(file: str, lines: tuple[str, ...]) -> Source | None:
    """Return the functions of a file; None if it is not Python."""
    try:
        tree = ast.parse("".join(lines))
        module = compile(tree, file, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return None
    source = Source({}, {})
    _collect_codes(module, source)
    _collect_functions(tree, "", source)
    return source


def _collect_codes(code: types.CodeType, source: Source) -> None:
    for each in code.co_consts:
        if isinstance(each, types.CodeType):
            source.codes.setdefault((each.co_firstlineno, each.co_name), []).append(each)
            _collect_codes(each, source)


def _collect_functions(node: ast.AST, around: str, source: Source) -> None:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef):
            first = min([child.lineno, *(each.lineno for each in child.decorator_list)])
            source.functions.setdefault((first, child.name), []).append((around, child))
        elif isinstance(child, ast.Lambda):
            source.functions.setdefault((child.lineno, "<lambda>"), []).append((around, child))
        _collect_functions(child, child.name if isinstance(child, ast.ClassDef) else around, source)


def _compiled(node: Function, around: str, code: types.CodeType, free: tuple[str, ...]) -> types.CodeType | None:
    """Compile a function within another one that has its free variables, and within a class of the right name."""
    node.args.defaults = [ast.Constant(None) for _ in node.args.defaults]
    node.args.kw_defaults = [each and ast.Constant(None) for each in node.args.kw_defaults]
    if isinstance(node, ast.FunctionDef):
        node.name = INNER + "function"  # one that calls itself means a global of its name
        node.decorator_list = []
        node.returns = None
        for each in ast.walk(node.args):
            if isinstance(each, ast.arg):
                each.annotation = None
    body: ast.stmt = node if isinstance(node, ast.FunctionDef) else ast.Expr(node)
    parameters = ast.arguments([], [ast.arg(name) for name in free], None, [], [], None, [])
    outer: ast.stmt = ast.FunctionDef("factory", parameters, [body, ast.Pass()], [])
    if around:
        outer = ast.ClassDef(around, [], [], [outer], [])
    for each in ast.walk(outer):
        if isinstance(each, (ast.FunctionDef, ast.ClassDef)):
            vars(each).setdefault("type_params", [])
    module = ast.fix_missing_locations(ast.Module([ast.copy_location(outer, body)], []))
    try:
        made = compile(module, code.co_filename, "exec", flags=code.co_flags & _FLAGS, dont_inherit=True)
    except (SyntaxError, ValueError):
        return None
    name = node.name if isinstance(node, ast.FunctionDef) else code.co_name
    found = next(_inner(made, name, 2 if around else 1), None)
    return found and found.replace(co_name=code.co_name)


def _inner(code: types.CodeType, name: str, depth: int) -> Iterator[types.CodeType]:
    """Yield the code objects of a name at a depth of nesting."""
    for each in code.co_consts:
        if isinstance(each, types.CodeType):
            if depth == 0 and each.co_name == name:
                yield each
            elif depth:
                yield from _inner(each, name, depth - 1)
