"""The user's expressions, rewritten: calls look up what is called, `and`, `or`, `not` and comparisons in a row take values of a trace."""

import ast
from typing import Any

from .simple import INNER, RUNTIME, Statements, reads, within

DIRECT = frozenset(("super", "locals", "globals", "vars", "dir", "eval", "exec"))
"""Functions that look at the frame that calls them."""
SYMBOLS = {ast.Eq: "eq", ast.NotEq: "ne", ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge"}


def runtime(name: str) -> ast.expr:
    """Return a function of the runtime."""
    return ast.Attribute(ast.Name(RUNTIME, ast.Load()), name, ast.Load())


def call_of(name: str, *args: ast.expr) -> ast.Call:
    """Return a call of a function of the runtime."""
    return ast.Call(runtime(name), list(args), [])


def later(expression: ast.expr) -> ast.expr:
    """Return `lambda: expression`."""
    return ast.Lambda(ast.arguments([], [], None, [], [], None, []), expression)


def load(name: str) -> ast.expr:
    """Return a variable that is read."""
    return ast.Name(name, ast.Load())


def assign(name: str, value: ast.expr) -> ast.stmt:
    """Return `name = value`."""
    return ast.Assign([ast.Name(name, ast.Store())], value)


def constant(value: Any) -> ast.Constant:
    """Return a constant: a number, a text, or a tuple of those, which compilers take as well."""
    return ast.Constant(value)


class Expressions(ast.NodeTransformer):
    """Rewrites the expressions of one function.

    Parameters
    ----------
    file : str
        Where it stands.
    function : FunctionDef or Lambda
    """

    def __init__(self, file: str, function: ast.AST) -> None:
        self.file = file
        self.count = 0
        self.declared = frozenset(
            name for each in within([function], True) if isinstance(each, (ast.Global, ast.Nonlocal)) for name in each.names
        )
        stored = {each.id for each in within([function], True) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
        parameters = {each.arg for each in within([function], True) if isinstance(each, ast.arg)}
        nested = {each.name for each in within([function], True) if isinstance(each, (ast.FunctionDef, ast.ClassDef))}
        self.reads = reads([function])
        self.looks = any(name in self.reads for name in DIRECT)
        self.counting = 0
        self.local = (stored | parameters | nested) - self.declared | {RUNTIME}

    def named(self, what: str) -> str:
        """Return a name of a new variable."""
        self.count += 1
        return f"{INNER}{what}_{self.count}"

    def line(self, at: Any) -> ast.Constant:
        """Return `file:line` of a syntax node."""
        return ast.Constant(f"{self.file}:{at.lineno}")

    def site(self, at: Any) -> ast.Constant:
        """Return what tells an `if` from all others."""
        return constant((self.file, at.lineno, at.col_offset))

    def statements(self, statements: Statements) -> list[ast.stmt]:
        """Return statements rewritten."""
        made: list[ast.stmt] = []
        for each in statements:
            found = self.visit(each)
            made += found if isinstance(found, list) else [found]
        return made

    def located(self, made: list[ast.stmt], at: ast.stmt) -> list[ast.stmt]:
        """Return statements with the line of the one that they take the place of."""
        for statement in made:
            ast.copy_location(statement, at)
            for each in ast.walk(statement):
                if isinstance(each, (ast.expr, ast.stmt)) and not hasattr(each, "lineno"):
                    ast.copy_location(each, at)
        return made

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if isinstance(node.ctx, ast.Store | ast.Del) or node.id in self.local:
            return node
        return call_of("load", node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        node.value = self.bare(node.value)
        if not isinstance(node.ctx, ast.Load):
            return node
        private = node.attr.startswith("__") and not node.attr.endswith("__")  # its name depends on the class around it
        return call_of("load", node) if private else call_of("attribute", node.value, ast.Constant(node.attr))

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        text = isinstance(node.left, ast.JoinedStr) or (isinstance(node.left, ast.Constant) and isinstance(node.left.value, str))
        left, right = self.visit(node.left), self.visit(node.right)
        if text and isinstance(node.op, ast.Mod):
            return call_of("formatted", left, right)
        node.left, node.right = left, right
        return node

    def bare(self, node: ast.expr) -> ast.expr:
        """Return what an attribute is taken of, or what is called: looked up as it stands."""
        if isinstance(node, ast.Name):
            return node
        if isinstance(node, ast.Attribute):
            node.value = self.bare(node.value)
            return node
        return self.visit(node)  # type: ignore[no-any-return]

    def visit_Call(self, node: ast.Call) -> ast.expr:
        function = node.func
        node.args = [self.visit(each) for each in node.args]
        node.keywords = [self.visit(each) for each in node.keywords]
        if isinstance(function, ast.Name) and function.id in DIRECT:
            return node
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == RUNTIME:
            return node
        node.args = [self.bare(function), *node.args]
        node.func = runtime("call")
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        against = node.comparators[0]
        if len(node.ops) == 1 and type(node.ops[0]) in (ast.Is, ast.IsNot) and type(getattr(against, "value", None)) is bool:
            asked = call_of("is_truth", self.visit(node.left), against)
            return asked if isinstance(node.ops[0], ast.Is) else call_of("negation", asked)
        if len(node.ops) == 1 or not all(type(each) in SYMBOLS for each in node.ops):
            return self.generic_visit(node)  # type: ignore[return-value]
        operands = [self.visit(node.left), *(later(self.visit(each)) for each in node.comparators)]
        names = constant(tuple(SYMBOLS[type(each)] for each in node.ops))
        return call_of("chain", names, *operands)

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        if self.looks_at_its_frame(node):
            return self.generic_visit(node)  # type: ignore[return-value]
        first, *others = (self.visit(each) for each in node.values)
        return call_of("both" if isinstance(node.op, ast.And) else "either", first, *map(later, others))

    def condition(self, node: ast.expr) -> ast.expr:
        """Return an expression that only its truth is asked of: values of `and` and `or` need not be of one kind."""
        if not isinstance(node, ast.BoolOp) or self.looks_at_its_frame(node):
            return self.visit(node)  # type: ignore[no-any-return]
        first, *others = map(self.condition, node.values)
        return call_of("all_hold" if isinstance(node.op, ast.And) else "any_holds", first, *map(later, others))

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        if isinstance(node.op, ast.Not):
            return call_of("negation", self.condition(node.operand))
        node.operand = self.visit(node.operand)
        return node

    def visit_comprehension(self, node: ast.comprehension) -> ast.comprehension:
        node.target, node.iter = self.visit(node.target), self.visit(node.iter)
        node.ifs = list(map(self.condition, node.ifs))
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        if self.looks_at_its_frame(node):
            return self.generic_visit(node)  # type: ignore[return-value]
        then, otherwise = self.visit(node.body), self.visit(node.orelse)
        return call_of("choose", self.condition(node.test), self.site(node), later(then), later(otherwise))

    def looks_at_its_frame(self, node: ast.expr) -> bool:
        kinds = (ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom)
        return any(isinstance(each, kinds) or (isinstance(each, ast.Name) and each.id in DIRECT) for each in within([node], True))
