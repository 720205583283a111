"""Which statements both sides of an `if` may run: those that do nothing but assign; and loops, without `break` and `continue`."""

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

INNER = "__staticgraph_"
"""What variables that rewriting adds begin with."""
RUNTIME = "__staticgraph__"
_MUTATING = "append pop extend insert remove update setdefault add sort reverse clear popitem discard write send next appendleft popleft"
MUTATING = frozenset(_MUTATING.split())
"""Methods that change what they are called on."""
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
Statements = Sequence[ast.stmt]


def within(nodes: Iterable[ast.AST], scopes: bool = False) -> Iterator[ast.AST]:
    """Yield syntax nodes and all that they hold, without the insides of other scopes unless asked for."""
    for node in nodes:
        yield node
        if scopes or not isinstance(node, _SCOPES):
            yield from within(ast.iter_child_nodes(node), scopes)


def assigned(statements: Statements) -> tuple[str, ...]:
    """Return the names that statements assign, without those of rewriting itself."""
    names = [each.id for each in within(statements) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)]
    return tuple(dict.fromkeys(name for name in names if not name.startswith(INNER) or name.startswith(f"{INNER}ended")))


def reads(nodes: Iterable[ast.AST]) -> Counter[str]:
    """Return how often each name is read, scopes within included."""
    found = Counter[str]()
    for each in within(nodes, True):
        if isinstance(each, ast.Name) and not isinstance(each.ctx, ast.Store):
            found[each.id] += 1
        elif isinstance(each, ast.AugAssign) and isinstance(each.target, ast.Name):
            found[each.target.id] += 1
    return found


def is_read_first(name: str, body: Statements) -> bool:
    """Whether a step of a loop may read what an earlier one has left in a variable."""
    for each in body:
        if name in reads([each]):
            return True
        if name in (assigned([each]) if isinstance(each, ast.Assign) else ()):
            return False
    return name in assigned(body)


def is_simple(statements: Statements, declared: frozenset[str]) -> bool:
    """Whether statements only assign, to names that are not declared global or nonlocal; loops and branches may do so as well."""
    if not all(map(_is_simple_statement, within_statements(statements))) or declared.intersection(assigned(statements)):
        return False
    calls = [each.func for each in within(statements, True) if isinstance(each, ast.Call)]
    if any(isinstance(func, ast.Attribute) and func.attr in MUTATING and not _of_numpy(func) for func in calls):
        return False
    return not any(isinstance(each, (ast.Yield, ast.YieldFrom, ast.Await)) for each in within(statements, True))


def within_statements(statements: Statements) -> Iterator[ast.stmt]:
    """Yield statements and all that are nested in them."""
    for each in statements:
        yield each
        for field in ("body", "orelse", "finalbody"):
            yield from within_statements(getattr(each, field, []))


def _is_simple_statement(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Assign):
        return all(map(_is_simple_target, statement.targets))
    if isinstance(statement, (ast.AugAssign, ast.AnnAssign)):
        return _is_simple_target(statement.target)
    if isinstance(statement, ast.Expr):
        value = statement.value
        return isinstance(value, ast.Constant) or (isinstance(value, ast.Call) and (_is_runtime(value.func) or _of_numpy(value.func)))
    if isinstance(statement, ast.If) and is_guard(statement):
        return True
    if isinstance(statement, ast.Raise):
        return True  # of a guard: `is_simple` is asked about the statement that holds it, too
    kinds = (ast.If, ast.For, ast.While, ast.With, ast.Pass, ast.Assert, ast.Break, ast.Continue)
    return isinstance(statement, kinds)


def _is_simple_target(target: ast.expr) -> bool:
    if isinstance(target, (ast.Tuple, ast.List)):
        return all(isinstance(each, ast.Name) for each in target.elts)
    return isinstance(target, (ast.Name, ast.Subscript))


def _of_numpy(func: ast.expr) -> bool:
    return isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name) and func.value.id in ("np", "numpy")


def _is_runtime(func: ast.expr) -> bool:
    return isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name) and func.value.id == RUNTIME


def is_guard(statement: ast.If) -> bool:
    """Whether an `if` does nothing but raise."""
    body = statement.body
    return len(body) == 1 and isinstance(body[0], ast.Raise) and body[0].exc is not None


def stray_raise(statements: Statements) -> bool:
    """Whether any statement raises that is not the only one of an `if`."""
    guarded = {id(each.body[0]) for each in within_statements(statements) if isinstance(each, ast.If) and is_guard(each)}
    return any(isinstance(each, ast.Raise) and id(each) not in guarded for each in within_statements(statements))


def jumps(statements: Statements) -> list[type]:
    """Return the kinds of jumps, `break` and `continue`, of the loop whose body the statements are."""
    found: list[type] = []
    for each in statements:
        if isinstance(each, (ast.Break, ast.Continue)):
            found.append(type(each))
        for field in _arms(each):
            found += jumps(getattr(each, field))
    return found


def _arms(statement: ast.stmt) -> tuple[str, ...]:
    """Return what of a statement holds jumps of the loop around it: the `else` of an inner loop does, its body has its own."""
    if isinstance(statement, (ast.For, ast.While)):
        return ("orelse",)
    return ("body", "orelse") if isinstance(statement, ast.If) else ("body",) if isinstance(statement, ast.With) else ()


def without_jumps(statements: Statements, ended: str, skipped: str) -> list[ast.stmt]:
    """Return a loop's body in which `break` and `continue` set variables, and what they jump over depends on those."""
    made: list[ast.stmt] = []
    for number, each in enumerate(statements):
        if isinstance(each, (ast.Break, ast.Continue)):
            return [*made, set_true(ended if isinstance(each, ast.Break) else skipped, each)]
        kinds = jumps([each])
        if not kinds:
            made.append(each)
            continue
        for field in _arms(each):
            if getattr(each, field):
                setattr(each, field, without_jumps(getattr(each, field), ended, skipped))
        rest = without_jumps(statements[number + 1 :], ended, skipped)
        names = [name for name, kind in ((ended, ast.Break), (skipped, ast.Continue)) if kind in kinds]
        for name in names if rest else ():
            rest = [unless(name, rest, each)]
        return [*made, each, *rest]
    return made


def before_breaks(statements: Statements, broken: str) -> list[ast.stmt]:
    """Return a loop's body in which each of its `break` is noted in a variable."""
    made: list[ast.stmt] = []
    for each in statements:
        if isinstance(each, ast.Break):
            made.append(set_true(broken, each))
        for field in _arms(each):
            setattr(each, field, before_breaks(getattr(each, field), broken))
        made.append(each)
    return made


def set_true(name: str, at: ast.AST) -> ast.stmt:
    """Return `name = True`."""
    return ast.copy_location(ast.Assign([ast.Name(name, ast.Store())], ast.Constant(True)), at)


def unless(name: str, statements: list[ast.stmt], at: ast.AST) -> ast.stmt:
    """Return `if not name: ...`."""
    return ast.copy_location(ast.If(ast.UnaryOp(ast.Not(), ast.Name(name, ast.Load())), statements, []), at)
