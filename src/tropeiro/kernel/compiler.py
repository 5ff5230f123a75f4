"""Jinja's syntax tree, compiled to Python closures by an allow-list. What is not named here does not exist.

Every compiled piece is ``evaluate(names, meter) -> value``. Errors carry the column of the piece that failed. The
number of nodes is counted here, so that evaluation need not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from jinja2 import nodes

from tropeiro.kernel.closures import Evaluate, applied, below, filtered, joined, named, placed, with_default
from tropeiro.kernel.errors import ExpressionError
from tropeiro.kernel.filters import find
from tropeiro.kernel.filters.registry import ARGUMENT, Filter, Parameter
from tropeiro.kernel.limits import LARGEST_INTEGER, SMALLEST_INTEGER, Meter
from tropeiro.kernel.operators import ARITHMETIC, COMPARISONS, negative
from tropeiro.kernel.values import Step, checked, named_kind, nearest, reach
from tropeiro.kernel.wording import phrase, says

ROOTS = {
    "inputs": "the job's inputs",
    "steps": "results of earlier steps: `steps.<id>.output`, `.error` and `.state`",
    "item": "the present element, inside a `foreach`",
    "index": "the present element's number, from 0, inside a `foreach`",
    "vars": "the document's constants",
    "job": "the job itself: `job.id`, `job.workflow`, `job.started_at`, `job.attempt`",
}
"""The names that expressions know, and what they are."""

STEP_FIELDS = ("output", "error", "state")


class Reference(msgspec.Struct, frozen=True):
    """Something that a template reads, as far as it can be told without running it."""

    root: str
    """One of ``ROOTS``."""
    name: str | None = None
    """The first key below the root, when it is constant: ``steps.<name>``; ``None`` when any of it may be read."""
    field: str | None = None
    """``output``, ``error`` or ``state`` of ``steps.<name>``; ``None`` when the whole, or a computed part, is read."""


class Compiled(msgspec.Struct, frozen=True):
    """One expression, ready to be evaluated."""

    evaluate: Evaluate
    cost: int
    """Nodes of its tree."""
    references: frozenset[Reference]
    paths: tuple[tuple[Step, ...], ...]
    """Every place it takes data from, as far as constant: root first. Tells whether data may appear twice."""


def compile_expression(tree: nodes.Expr) -> Compiled:
    """Compile a tree whose ``lineno`` are offsets. Raises ExpressionError with a column."""
    work = _Compiler()
    evaluate = work.visit(tree)
    return Compiled(evaluate, work.cost, frozenset(work.references), tuple(work.paths))


class _Compiler:
    """Walks one tree. What it learns on the way stands in ``cost``, ``references`` and ``paths``."""

    def __init__(self) -> None:
        self.cost = 0
        self.references: set[Reference] = set()
        self.paths: list[tuple[Step, ...]] = []

    def visit(self, node: nodes.Node) -> Evaluate:
        self.cost += 1
        compile_node = _NODES.get(type(node))
        if compile_node is None:
            message, hint = _REFUSED.get(type(node), (phrase("This is not part of the expression language."), ""))
            raise _at(node, ExpressionError(says(message), hint=says(hint)))
        return compile_node(self, node)

    # ── constants and literals ──

    def constant(self, node: nodes.Const) -> Evaluate:
        value = node.value
        try:
            if isinstance(value, str):
                value.encode()
            elif value is not None and not isinstance(value, bool):
                checked(value)
        except UnicodeEncodeError:
            raise _at(node, ExpressionError(says("The text holds half of a surrogate pair."))) from None
        except ExpressionError:
            raise _at(node, ExpressionError(says("The number is out of range."))) from None
        return lambda names, meter: value

    def sequence(self, node: nodes.List) -> Evaluate:
        parts = [self.visit(item) for item in node.items]
        return lambda names, meter: [part(names, meter) for part in parts]

    def mapping(self, node: nodes.Dict) -> Evaluate:
        parts = [(self.visit(pair.key), self.visit(pair.value)) for pair in node.items]
        column = node.lineno + 1

        def evaluate(names: Any, meter: Meter) -> Any:
            result = {}
            for key, value in parts:
                name = key(names, meter)
                if not isinstance(name, str):
                    raise ExpressionError(
                        says("A key of an object must be text, not {kind}.", kind=named_kind(name)), column=column
                    )
                result[name] = value(names, meter)
            return result

        return evaluate

    # ── names and paths ──

    def path(self, node: nodes.Name | nodes.Getattr | nodes.Getitem) -> Evaluate:
        """A name and everything that is constant behind it, in one closure."""
        steps: list[tuple[Step, int]] = []
        base: nodes.Node = node
        while isinstance(base, (nodes.Getattr, nodes.Getitem)):
            step = _constant_step(base)
            if step is None:
                break
            steps.append((step, base.lineno + 1))
            base = base.node
        steps.reverse()
        self.cost += len(steps)
        if isinstance(base, nodes.Name):
            if base.name == "null" and not steps:
                return lambda names, meter: None
            self._refer(base, steps)
            return named(base.name, base.lineno + 1, steps)
        if isinstance(base, nodes.Getitem) and not steps:
            return self._computed(base)
        return below(self.visit(base), steps)

    def _computed(self, node: nodes.Getitem) -> Evaluate:
        if isinstance(node.arg, (nodes.Slice, nodes.Tuple)):
            hint = says("Take a part of a list or text with | slice(start, end).")
            raise _at(node, ExpressionError(says("Slices in brackets are not supported."), hint=hint))
        if isinstance(node.node, nodes.Name) and node.node.name == "steps":
            message = says("The id of a step must be written out: what an expression reads is known before it runs.")
            raise _at(node, ExpressionError(message, hint=says("Write steps.<id> or steps['<id>'].")))
        inner, argument, column = self.visit(node.node), self.visit(node.arg), node.lineno + 1

        def evaluate(names: Any, meter: Meter) -> Any:
            value, step = inner(names, meter), argument(names, meter)
            try:
                return reach(value, step)
            except ExpressionError as error:
                raise placed(error, column) from None

        return evaluate

    def _refer(self, name: nodes.Name, steps: list[tuple[Step, int]]) -> None:
        root = name.name
        if root not in ROOTS:
            hint = nearest(root, ROOTS) or says("Expressions know {known}.", known=", ".join(ROOTS))
            if root in ("now", "today", "utcnow"):
                hint = says("There is no clock in expressions; job.started_at is when the job started.")
            raise _at(name, ExpressionError(says("There is no name '{root}'.", root=root[:40]), hint=hint))
        keys = [step for step, _ in steps]
        first = keys[0] if keys and isinstance(keys[0], str) else None
        field: str | None = None
        if root == "steps":
            if first is None:
                message = says("'steps' cannot be read as a whole: name the step.")
                raise _at(name, ExpressionError(message, hint=says("Write steps.<id>.output.")))
            if len(steps) > 1:
                field = keys[1] if keys[1] in STEP_FIELDS else None
                if field is None:
                    message = says(
                        "A step has {fields}, not '{field}'.", fields=", ".join(STEP_FIELDS), field=str(keys[1])[:40]
                    )
                    hint = nearest(str(keys[1]), STEP_FIELDS) or says(
                        "Did you mean 'steps.{step}.output.{field}'?", step=first, field=keys[1]
                    )
                    raise ExpressionError(message, column=steps[1][1], hint=hint)
        self.references.add(Reference(root, first, field))
        self.paths.append((root, *keys))

    # ── operators ──

    def binary(self, node: nodes.BinExpr) -> Evaluate:
        return applied(ARITHMETIC[_SYMBOLS[type(node)]], self.visit(node.left), self.visit(node.right), node.lineno + 1)

    def unary(self, node: nodes.UnaryExpr) -> Evaluate:
        symbol = "-" if isinstance(node, nodes.Neg) else "+"
        inner, column = self.visit(node.node), node.lineno + 1

        def evaluate(names: Any, meter: Meter) -> Any:
            value = inner(names, meter)
            try:
                return negative(value, symbol)
            except ExpressionError as error:
                raise placed(error, column) from None

        return evaluate

    def compare(self, node: nodes.Compare) -> Evaluate:
        first = self.visit(node.expr)
        if len(node.ops) == 1:
            only = node.ops[0]
            return applied(COMPARISONS[_COMPARISONS[only.op]], first, self.visit(only.expr), node.lineno + 1)
        rest = [(COMPARISONS[_COMPARISONS[part.op]], self.visit(part.expr)) for part in node.ops]
        column = node.lineno + 1

        def evaluate(names: Any, meter: Meter) -> Any:
            left = first(names, meter)
            for test, operand in rest:
                right = operand(names, meter)
                try:
                    if not test(left, right, meter):
                        return False
                except ExpressionError as error:
                    raise placed(error, column) from None
                left = right
            return True

        return evaluate

    def both(self, node: nodes.And) -> Evaluate:
        left, right = self.visit(node.left), self.visit(node.right)
        return lambda names, meter: left(names, meter) and right(names, meter)

    def either(self, node: nodes.Or) -> Evaluate:
        left, right = self.visit(node.left), self.visit(node.right)
        return lambda names, meter: left(names, meter) or right(names, meter)

    def negation(self, node: nodes.Not) -> Evaluate:
        inner = self.visit(node.node)
        return lambda names, meter: not inner(names, meter)

    def conditional(self, node: nodes.CondExpr) -> Evaluate:
        test, then = self.visit(node.test), self.visit(node.expr1)
        if node.expr2 is None:
            raise _at(
                node,
                ExpressionError(says("A condition needs both results."), hint=says("Write: a if condition else b.")),
            )
        otherwise = self.visit(node.expr2)
        return lambda names, meter: then(names, meter) if test(names, meter) else otherwise(names, meter)

    def concat(self, node: nodes.Concat) -> Evaluate:
        return joined([self.visit(part) for part in node.nodes], node.lineno + 1)

    # ── filters ──

    def filter(self, node: nodes.Filter) -> Evaluate:
        column = node.lineno + 1
        if node.node is None or node.dyn_args is not None or node.dyn_kwargs is not None:
            raise ExpressionError(says("Arguments cannot be unpacked with * here."), column=column)
        inner = self.visit(node.node)
        try:
            found = find(node.name)
            given = _bind(found, [*node.args], {str(pair.key): pair.value for pair in node.kwargs})
        except ExpressionError as error:
            raise placed(error, column) from None
        parameters = [(p, self.visit(value) if value is not None else None) for p, value in given]
        for parameter, value in given:
            if isinstance(value, nodes.Const):
                try:
                    parameter.check(value.value, ARGUMENT, found.name)
                except ExpressionError as error:
                    raise placed(error, value.lineno + 1) from None
        if found.name == "default":
            return with_default(inner, parameters, column)
        return filtered(found, inner, parameters, column)


def _constant_step(node: nodes.Getattr | nodes.Getitem) -> Step | None:
    """The key or index, when it is written out."""
    if isinstance(node, nodes.Getattr):
        return node.attr
    value: Any = node.arg
    sign = 1
    if isinstance(value, nodes.Neg):
        value, sign = value.node, -1
    if not isinstance(value, nodes.Const) or isinstance(value.value, bool):
        return None
    step = value.value
    if isinstance(step, int) and SMALLEST_INTEGER <= step <= LARGEST_INTEGER:
        return sign * step
    return step if isinstance(step, str) and sign == 1 else None


def _bind(
    found: Filter, positional: list[nodes.Expr], named: Mapping[str, nodes.Expr]
) -> list[tuple[Parameter, nodes.Expr | None]]:
    """Each argument of a filter with the expression given for it, ``None`` where its default stands."""
    if len(positional) > len(found.arguments):
        message = says(
            "The filter '{filter}' has {count} arguments, and takes {most}.",
            filter=found.name,
            count=len(positional),
            most=len(found.arguments),
        )
        raise ExpressionError(message, hint=says("It is written {signature}.", signature=found.signature))
    given = {parameter.name: value for parameter, value in zip(found.arguments, positional, strict=False)}
    for name, value in named.items():
        if found.argument(name).name in given:
            raise ExpressionError(says("The filter '{filter}' is given '{name}' twice.", filter=found.name, name=name))
        given[name] = value
    missing = [p.name for p in found.arguments if p.required and p.name not in given]
    if missing:
        raise ExpressionError(
            says("The filter '{filter}' needs '{argument}'.", filter=found.name, argument=missing[0]),
            hint=says("It is written {signature}.", signature=found.signature),
        )
    return [(parameter, given.get(parameter.name)) for parameter in found.arguments]


def _at(node: nodes.Node, error: ExpressionError) -> ExpressionError:
    return placed(error, node.lineno + 1)


_SYMBOLS: dict[type[nodes.Node], str] = {
    nodes.Add: "+",
    nodes.Sub: "-",
    nodes.Mul: "*",
    nodes.Div: "/",
    nodes.FloorDiv: "//",
    nodes.Mod: "%",
}
_COMPARISONS = {
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "lteq": "<=",
    "gt": ">",
    "gteq": ">=",
    "in": "in",
    "notin": "not in",
}
_NODES: dict[type[nodes.Node], Callable[[_Compiler, Any], Evaluate]] = {
    nodes.Const: _Compiler.constant,
    nodes.List: _Compiler.sequence,
    nodes.Dict: _Compiler.mapping,
    nodes.Name: _Compiler.path,
    nodes.Getattr: _Compiler.path,
    nodes.Getitem: _Compiler.path,
    nodes.Neg: _Compiler.unary,
    nodes.Pos: _Compiler.unary,
    nodes.Compare: _Compiler.compare,
    nodes.And: _Compiler.both,
    nodes.Or: _Compiler.either,
    nodes.Not: _Compiler.negation,
    nodes.CondExpr: _Compiler.conditional,
    nodes.Concat: _Compiler.concat,
    nodes.Filter: _Compiler.filter,
    **dict.fromkeys(_SYMBOLS, _Compiler.binary),
}
_REFUSED: dict[type[nodes.Node], tuple[str, str]] = {
    nodes.Call: (phrase("Nothing can be called here."), phrase("Filters do the work: write value | filter(argument).")),
    nodes.Pow: (phrase("There is no power operator."), phrase("Multiply, or compute it in a service.")),
    nodes.Tuple: (phrase("There are no tuples."), phrase("Write a list: [a, b].")),
    nodes.Test: (
        phrase("There are no 'is' tests."),
        phrase("Compare with == null, or give what may be missing a | default(…)."),
    ),
    nodes.Slice: (phrase("Slices in brackets are not supported."), phrase("Write value | slice(start, end).")),
}
