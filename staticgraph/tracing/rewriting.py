"""The user's statements, rewritten: branches and loops ask whether their condition is known, and run both sides where it is not.

Everything keeps its line, so that errors and tracebacks stand in the user's file.
"""

import ast
from typing import Any

from .expressions import Expressions, assign, call_of, constant, later, load
from .simple import (
    Statements,
    assigned,
    before_breaks,
    is_guard,
    is_read_first,
    is_simple,
    jumps,
    reads,
    stray_raise,
    unless,
    within_statements,
    without_jumps,
)

AUGMENTED = {
    ast.Add: "iadd", ast.Sub: "isub", ast.Mult: "imul", ast.Div: "itruediv", ast.FloorDiv: "ifloordiv", ast.Mod: "imod", ast.Pow: "ipow",
    ast.MatMult: "imatmul", ast.BitAnd: "iand", ast.BitOr: "ior", ast.BitXor: "ixor", ast.LShift: "ilshift", ast.RShift: "irshift",
}  # fmt: skip


class Rewriter(Expressions):
    """Rewrites one function; see `Expressions`."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
        if node.value is not None:
            node.value = self.visit(node.value)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.stmt:
        return node

    def visit_arguments(self, node: ast.arguments) -> ast.arguments:
        """Rewrite the defaults, not the annotations."""
        node.defaults = [self.visit(each) for each in node.defaults]
        node.kw_defaults = [each and self.visit(each) for each in node.kw_defaults]
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.stmt:
        node.args = self.visit(node.args)
        node.body = self.statements(node.body)
        node.returns = None
        return node

    def visit_Assign(self, node: ast.Assign) -> Any:
        target = node.targets[0]
        if len(node.targets) > 1 or not isinstance(target, ast.Subscript):
            return self.generic_visit(node)
        value, array, key = self.visit(node.value), self.visit(target.value), self.visit(target.slice)
        return self.located([ast.Expr(call_of("store", value, array, _key(key)))], node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        if not isinstance(node.ctx, ast.Load) or not self.counting:
            return self.generic_visit(node)  # type: ignore[return-value]
        return call_of("item", self.visit(node.value), _key(self.visit(node.slice)))

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        target, value = node.target, self.visit(node.value)
        operation = ast.Constant(AUGMENTED[type(node.op)])
        if isinstance(target, ast.Subscript):
            array, key = self.visit(target.value), self.visit(target.slice)
            return self.located([ast.Expr(call_of("update", operation, array, _key(key), value))], node)
        if isinstance(target, ast.Name):
            return self.located([assign(target.id, call_of("augmented", operation, self.visit(load(target.id)), value))], node)
        node.value = value
        return node

    def visit_Assert(self, node: ast.Assert) -> Any:
        error = ast.Call(ast.Name("AssertionError", ast.Load()), [node.msg] if node.msg else [], [])
        guard = ast.If(ast.UnaryOp(ast.Not(), node.test), [ast.Raise(error, None)], [])
        return self.visit(self.located([guard], node)[0])

    def visit_Try(self, node: ast.Try) -> ast.stmt:
        body = ast.With([ast.withitem(call_of("attempt"), None)], self.statements(node.body))
        handlers = [self.visit(each) for each in node.handlers]
        made = ast.Try(self.located([body], node), handlers, self.statements(node.orelse), self.statements(node.finalbody))
        return ast.copy_location(made, node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.ExceptHandler:
        node.body = self.statements(node.body)
        return node

    def visit_Match(self, node: ast.Match) -> ast.stmt:
        node.subject = self.visit(node.subject)
        for case in node.cases:
            case.guard = case.guard and self.visit(case.guard)
            case.body = self.statements(case.body)
        return node

    def visit_If(self, node: ast.If) -> Any:
        if is_guard(node) and not self.looks_at_its_frame(node.test):
            return self._guarded(node)
        both = [*node.body, *node.orelse]
        names = assigned(both)
        simple = is_simple(both, self.declared) and not stray_raise(both) and not jumps(both) and not self.looks_at_its_frame(node.test)
        if not simple:
            node.test = self.condition(node.test)
            node.body, node.orelse = self.statements(node.body), self.statements(node.orelse)
            return node
        branch = self.named("branch")
        scope = ast.Call(load("locals"), [], [])
        begin = assign(branch, call_of("branch", self.condition(node.test), self.site(node), scope, constant(names)))
        then = [*self.statements(node.body), self._joined(branch, "turn", names)]
        otherwise = [*self.statements(node.orelse), self._joined(branch, "join", names)]
        runs = [ast.Attribute(load(branch), side, ast.Load()) for side in ("then", "otherwise")]
        return self.located([begin, ast.If(runs[0], then, []), ast.If(runs[1], otherwise, [])], node)

    def _guarded(self, node: ast.If) -> list[ast.stmt]:
        (raising,) = node.body
        assert isinstance(raising, ast.Raise) and raising.exc is not None
        error = self.visit(raising.exc)
        cause = raising.cause and self.visit(raising.cause)
        test = call_of("guard", self.condition(node.test), later(error), self.line(raising))
        made = self.located([ast.If(test, [ast.copy_location(ast.Raise(error, cause), raising)], [])], node)
        return [*made, *self.statements(node.orelse)]

    def _joined(self, branch: str, method: str, names: tuple[str, ...]) -> ast.stmt:
        """Return `if branch.both: names = branch.method(locals())`."""
        call = ast.Call(ast.Attribute(load(branch), method, ast.Load()), [ast.Call(load("locals"), [], [])], [])
        targets: list[ast.expr] = [ast.Tuple([ast.Name(name, ast.Store()) for name in names], ast.Store())]
        done: ast.stmt = ast.Assign(targets, call) if names else ast.Expr(call)
        return ast.If(ast.Attribute(load(branch), "both", ast.Load()), [done], [])

    def visit_While(self, node: ast.While) -> Any:
        fixed = isinstance(node.test, ast.Constant) and not jumps(node.body)
        if fixed or self.looks_at_its_frame(node.test) or not self._can_unroll(node.body):
            return self.generic_visit(node)
        if isinstance(node.test, ast.Constant) and node.test.value:
            return self._unrolled(node, node.body, None, None)
        if node.orelse:
            return self.statements(self._with_else(node))
        stop = ast.If(ast.UnaryOp(ast.Not(), node.test), [ast.copy_location(ast.Break(), node)], [])
        return self._unrolled(node, [*self.located([stop], node), *node.body], None, None)

    def _with_else(self, node: ast.While) -> list[ast.stmt]:
        """Return a `while` without its `else`, which runs after it unless a `break` of the user's has ended it."""
        broken = self.named("ended")
        alone = ast.copy_location(ast.While(node.test, before_breaks(node.body, broken), []), node)
        return [*self.located([assign(broken, ast.Constant(False))], node), alone, unless(broken, node.orelse, node)]

    def visit_For(self, node: ast.For) -> Any:
        call = node.iter
        counted = isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "range"
        if not (jumps(node.body) or counted) or not self._can_unroll(node.body):
            return self.generic_visit(node)
        names = self._repeated(node) if counted else None
        return self._unrolled(node, node.body, node.iter, node.target, names)

    def _repeated(self, node: ast.For) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
        """Return the variables of a loop that may become a scan, and those whose values matter after a step; None for others."""
        names = assigned(node.body)
        alone = isinstance(node.target, ast.Name) and node.target.id not in names and not node.orelse
        if not alone or ast.Break in jumps(node.body) or self.looks:
            return None
        return names, tuple(name for name in names if self.reads[name] > reads(node.body)[name] or is_read_first(name, node.body))

    def _can_unroll(self, body: Statements) -> bool:
        bodies = [each for each in within_statements(body) if not isinstance(each, (ast.Break, ast.Continue))]
        return is_simple(bodies, self.declared) and not stray_raise(body)

    def _unrolled(
        self, node: ast.For | ast.While, body: list[ast.stmt], items: ast.expr | None, target: ast.expr | None,
        names: tuple[tuple[str, ...], tuple[str, ...]] | None = None,
    ) -> list[ast.stmt]:  # fmt: skip
        ended, skipped, over, loop = (self.named(what) for what in ("ended", "ended", "over", "loop"))
        kinds = jumps(body)
        asks, body = (body[:1], body[1:]) if body is not node.body else ([], body)
        spent = ast.UnaryOp(ast.Not(), ast.Attribute(load(loop), "spent", ast.Load()))
        limited = self.located([ast.If(spent, body, [])], node) if items is None else body
        turn = without_jumps([*asks, *limited], ended, skipped)
        if target is not None:
            value = ast.Attribute(load(loop), "value", ast.Load())
            turn = [*self.located([ast.Assign([target], value)], node), *turn]
        if ast.Continue in kinds:
            turn = [*self.located([assign(skipped, ast.Constant(False))], node), *turn]
        given = [self.line(node)] if items is None else [self.line(node), self.visit(items)]
        steps = [
            assign(over, ast.Call(ast.Attribute(load(loop), "ends", ast.Load()), [load(ended)], [])),
            ast.If(call_of("over", load(over)), [ast.Break()], []),
            assign(ended, load(over)),
        ]
        begin = call_of("loop", *given)
        if names is not None:
            begin = call_of("repetition", *given, self.site(node), *map(constant, names))
        self.counting += names is not None
        turns = self.statements(self.located([unless(ended, turn, node)], node))
        self.counting -= names is not None
        if names is not None and isinstance(target, ast.Name):
            turns = self._tried(loop, turns, target.id, names[0])
        made = [assign(ended, ast.Constant(False)), assign(loop, begin), ast.While(ast.Constant(True), [*steps, *turns], [])]
        if node.orelse:
            made += self.statements(self.located([unless(ended, node.orelse, node)], node))
        return self.located(made, node)


    def _tried(self, loop: str, turns: list[ast.stmt], target: str, names: tuple[str, ...]) -> list[ast.stmt]:
        """Return the turns of a loop, one of which may stand for all that follow."""

        def of_loop(name: str) -> ast.expr:
            return ast.Attribute(load(loop), name, ast.Load())

        def asked(method: str, targets: tuple[str, ...], *given: ast.expr) -> list[ast.stmt]:
            call = ast.Call(of_loop(method), list(given), [])
            stored: list[ast.expr] = [ast.Tuple([ast.Name(name, ast.Store()) for name in targets], ast.Store())]
            return [ast.Assign(stored, call) if targets else ast.Expr(call)]

        scope = ast.Call(load("locals"), [], [])
        enter, leave = asked("enter", names, scope), asked("leave", (), scope)
        body = [ast.If(of_loop("trying"), enter, []), *turns, ast.If(of_loop("trying"), leave, [])]
        return [ast.With([ast.withitem(load(loop), None)], body), ast.If(of_loop("tried"), asked("settle", (target, *names)), [])]


def _key(key: ast.expr) -> ast.expr:
    """Return an index as an expression by itself: slices written out."""
    if isinstance(key, ast.Slice):
        bounds = [each if each is not None else ast.Constant(None) for each in (key.lower, key.upper, key.step)]
        return ast.Call(ast.Name("slice", ast.Load()), bounds, [])
    if isinstance(key, ast.Tuple):
        return ast.Tuple([_key(each) for each in key.elts], ast.Load())
    return key


