"""What a function of the services may do, read from its source and from all that it calls."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from types import FunctionType, ModuleType
from typing import Any

from app.models.audits import AnnualPlan, Audit
from app.models.findings import Finding
from app.models.plans import Action, ChangeRequest, Plan
from app.models.publications import Publication
from app.services import transitions
from app.services.plan_cascades import system_step
from workflows import WORKFLOWS

Function = Callable[..., Any]
FIRING = ("advance", "cascade", "system_step", "step", "_with_actions")
"""Calls that move a thing: these, or a name in a service that stands for one of them."""
MODELS = {
    model.__name__: model.thing
    for model in (AnnualPlan, Audit, Finding, Plan, Action, ChangeRequest, Publication)
}
TOLD = ("app.services.", "app.projection")
LOCALS = {
    "action": "action",
    "audit": "audit",
    "each": "publication",
    "finding": "finding",
    "publication": "publication",
    "replaced": "action",
    "request": "change_request",
}
"""Things of the variables that a service does not annotate."""


def name_of(function: Function) -> str:
    """ "finding_cascades.confirm_all": the module within the services, and the name."""
    return f"{function.__module__.rpartition('.')[2]}.{function.__name__}"


def reach(functions: Iterable[Function], *, but: Iterable[Function] = ()) -> frozenset[Function]:
    """These functions and every one of our own that they call, directly or not, `but` some."""
    found: set[Function] = set(but)
    waiting = list(functions)
    while waiting:
        function = waiting.pop()
        if function not in found:
            found.add(function)
            waiting += calls(function)
    return frozenset(found.difference(but))


def fired(functions: Iterable[Function]) -> frozenset[str]:
    """The events, as "thing.event", that these functions may fire."""
    return frozenset(event for each in reach(functions) for event in _fires(each))


@cache
def _tree(function: Function) -> ast.FunctionDef:
    tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    assert isinstance(tree, ast.FunctionDef)
    return tree


@cache
def calls(function: Function) -> tuple[Function, ...]:
    """The functions of the services that it names."""
    values = (
        _value(function, node)
        for node in ast.walk(_tree(function))
        if isinstance(node, ast.Name | ast.Attribute)
    )
    return tuple(dict.fromkeys(v for v in values if isinstance(v, FunctionType) and _is_told(v)))


def _is_told(function: Function) -> bool:
    """Effects are in the services and the projection; what moves a thing is common to all events,
    and is read from its call instead."""
    name = function.__module__
    return name.startswith(TOLD) and name != transitions.__name__ and function is not system_step


def _value(function: Function, node: ast.Name | ast.Attribute) -> object:
    """What a name, or a name of a module, stands for where the function is written."""
    known = {**function.__globals__, **_imports(function)}
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node.value, ast.Name):
        module = known.get(node.value.id)
        return getattr(module, node.attr, None) if isinstance(module, ModuleType) else None
    return None


def _imports(function: Function) -> dict[str, object]:
    """Modules that the function imports for itself, because two of them need each other."""
    found: dict[str, object] = {}
    for node in ast.walk(_tree(function)):
        if isinstance(node, ast.ImportFrom) and node.module == "app.services":
            package = __import__(node.module, fromlist=[alias.name for alias in node.names])
            found |= {alias.name: getattr(package, alias.name) for alias in node.names}
    return found


@cache
def _fires(function: Function) -> frozenset[str]:
    tree = _tree(function)
    texts = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)}
    things = {_thing(function, row) for row in _moved(tree)}
    return frozenset(
        f"{thing}.{event}"
        for thing in things
        for event in {rule.event for rule in WORKFLOWS[thing].table()} & texts
    )


def _moved(tree: ast.FunctionDef) -> Iterator[str]:
    """The variables that hold what the function moves."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _callee(node) in FIRING:
            row = node.args[1]
            assert isinstance(row, ast.Name), ast.unparse(node)
            # The plan's actions, one by one
            yield "action" if _callee(node) == "_with_actions" else row.id


def _callee(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _thing(function: Function, row: str) -> str:
    kinds = inspect.get_annotations(function)
    kind = str(kinds.get(row, ""))
    return MODELS[kind] if kind in MODELS else LOCALS[row]
