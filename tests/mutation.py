"""Would the tests see it? Each small change to the tables of workflows and permissions, one at a
time, against the unit tests; writes docs/mutation.md. `make mutation` (half an hour, two cores).

A change that no test sees is a survivor: it is either mended by a test or explained below.
"""

from __future__ import annotations

import argparse
import ast
import os
import re
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import flask_sqlalchemy  # noqa: F401  # loaded once, before the children are made
import pytest
import statemachine  # noqa: F401  # loaded once too

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "docs" / "mutation.md"
WORKFLOWS = (
    "workflows/action.py",
    "workflows/annual_plan.py",
    "workflows/audit.py",
    "workflows/base.py",
    "workflows/change_request.py",
    "workflows/finding.py",
    "workflows/plan.py",
    "workflows/publication.py",
)
PERMISSIONS = (
    "app/permissions.py",
    "app/permissions_events.py",
    "app/permissions_rules.py",
    "app/permissions_table.py",
)
PERMISSION_TESTS = (
    "tests/unit/test_permissions.py",
    "tests/unit/test_permissions_scope.py",
)
WORKFLOW_TESTS = (
    "tests/unit/test_workflow_rules.py",
    "tests/unit/test_workflow_tables.py",
    "tests/unit/test_workflow_base.py",
    "tests/unit/test_workflow_walks.py",
)
PATIENCE_S = 300
COPIED = ("app", "workflows", "tests", "migrations", "templates", "config.py", "pyproject.toml")
UNJUDGED = "Lo que no tiene el atributo se niega igual: lo que no se puede juzgar está negado."
EXPLAINED: Mapping[str, str] = {
    "workflows/base.py: sin None en getattr(subject, 'state', None)": (
        "Lo que no tiene `state` se rechaza igual, con otro error."
    ),
    "workflows/base.py: sin *args en super().send(event, *args, facts=facts, **kwargs)": (
        "Ningún evento lleva argumentos sin nombre: están por la firma de la biblioteca."
    ),
    "app/permissions_rules.py: sin '' en getattr(obj, 'thing', '')": UNJUDGED,
    "app/permissions_rules.py: sin '' en getattr(model, 'thing', '')": UNJUDGED,
    "app/permissions_rules.py: sin None en getattr(obj, 'thing', None)": UNJUDGED,
    "app/permissions_rules.py: sin None en getattr(model, 'thing', None)": UNJUDGED,
    "app/permissions_rules.py: sin None en getattr(obj, 'executors', None)": UNJUDGED,
    "app/permissions_rules.py: sin ABSENT en getattr(obj, 'id', ABSENT)": UNJUDGED,
    "app/permissions_rules.py: sin None en getattr(column.type, 'enum_class', None)": (
        "Solo se comparan con listas de valores columnas que son enumeraciones."
    ),
    "app/permissions_table.py: sin Role.SYSTEM en {Role.SYSTEM}": (
        "El papel del sistema no se concede a nadie, y el sistema no es una persona que suba."
    ),
}
"""Survivors that are no gap, by file and change, with the reason."""
SWAPPED: Mapping[type[ast.AST], type[ast.AST]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
}
Change = Callable[[ast.AST], None]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One changed file. `name` tells the change without its line, which moves."""

    path: str
    line: int
    name: str
    source: str

    @property
    def key(self) -> str:
        return f"{self.path}: {self.name}"


def mutants(path: str) -> Iterator[Mutant]:
    """Every mutant of a file, in the order of its lines."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree))
    skipped = _kept_as_they_are(tree)
    for index, node in enumerate(nodes):
        if node in skipped:
            continue
        for name, change in _changes(node):
            copy = deepcopy(tree)
            target = list(ast.walk(copy))[index]
            change(target)
            ast.fix_missing_locations(copy)
            yield Mutant(path, getattr(node, "lineno", 0), name, ast.unparse(copy))


def _kept_as_they_are(tree: ast.AST) -> set[ast.AST]:
    """What is no rule: how a dataclass is kept in memory, what a type is made of, what a module
    offers by `*`, what is written to the log, and the refusal of a guard (to answer nothing
    refuses too)."""
    kept: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for decorator in node.decorator_list:
                kept |= set(ast.walk(decorator))
        elif isinstance(node, ast.Subscript):
            kept |= set(ast.walk(node.slice))  # of a type: nothing here is found by number
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            kept |= set(ast.walk(node))
        elif isinstance(node, ast.Return) and ast.unparse(node) in {"return False", "return None"}:
            kept.add(node)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).startswith("log."):
            kept |= set(ast.walk(node))
        for annotation in _annotations(node):
            kept |= set(ast.walk(annotation))
    return kept


def _annotations(node: ast.AST) -> list[ast.AST]:
    names = ("annotation", "returns")
    return [each for name in names if (each := getattr(node, name, None)) is not None]


def _changes(node: ast.AST) -> Iterator[tuple[str, Change]]:
    match node:
        case ast.Compare():
            for number, operator in enumerate(node.ops):
                yield from _swap(node, f"ops.{number}", operator)
        case ast.BoolOp() | ast.BinOp():
            yield from _swap(node, "op", node.op)
        case ast.Constant(value=bool()):
            yield f"{node.value!r} → {not node.value!r}", _set("value", not node.value)
        case ast.Constant() if type(node.value) is int:
            yield f"{node.value!r} → {node.value + 1!r}", _set("value", node.value + 1)
        case ast.Return(value=ast.expr()):
            yield f"sin resultado: {_short(node)}", _set("value", ast.Constant(None))
        case _:
            yield from _removals(node)


def _removals(node: ast.AST) -> Iterator[tuple[str, Change]]:
    match node:
        case ast.List() | ast.Tuple() if isinstance(node.ctx, ast.Load):
            yield from _without(node, "elts", node.elts)
        case ast.Set():
            yield from _without(node, "elts", node.elts)
        case ast.Dict():
            for number, key in enumerate(node.keys):
                if key is not None:
                    yield f"sin la entrada {_short(key)}", _drop_entry(number)
        case ast.Call() if len(node.args) > 1:
            yield from _without(node, "args", node.args)


def _swap(node: ast.AST, place: str, operator: ast.AST) -> Iterator[tuple[str, Change]]:
    other = SWAPPED.get(type(operator))
    if other is not None:
        what = f"{type(operator).__name__} → {other.__name__} en {_short(node)}"
        yield what, _put(place, other)


def _put(place: str, other: type[ast.AST]) -> Change:
    def change(node: ast.AST) -> None:
        name, _, number = place.partition(".")
        if number:
            getattr(node, name)[int(number)] = other()
        else:
            setattr(node, name, other())

    return change


def _set(name: str, value: object) -> Change:
    return lambda node: setattr(node, name, value)


def _without(node: ast.AST, field: str, values: Sequence[ast.AST]) -> Iterator[tuple[str, Change]]:
    for number, value in enumerate(values):
        yield f"sin {_short(value)} en {_short(node)}", _drop(field, number)


def _drop(field: str, number: int) -> Change:
    def change(node: ast.AST) -> None:
        del getattr(node, field)[number]

    return change


def _drop_entry(number: int) -> Change:
    def change(node: ast.AST) -> None:
        assert isinstance(node, ast.Dict)
        del node.keys[number], node.values[number]

    return change


def _short(node: ast.AST, most: int = 70) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= most else text[: most - 1] + "…"


# ------------------------------------------------------------------ trying them


def make_places(folder: Path, workers: int) -> list[Path]:
    """Copies of the project, one for each worker, in which a file is changed and tried."""
    places = []
    for number in range(workers):
        place = folder / str(number)
        place.mkdir()
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, place / name)
            else:
                shutil.copy2(source, place / name)
        places.append(place)
    return places


def start(place: Path, path: str) -> int:
    """Run the tests of that file in a child that has the libraries loaded already; its pid."""
    pid = os.fork()
    if pid:
        return pid
    signal.alarm(PATIENCE_S)  # a change that never ends is seen too
    for name in [n for n in sys.modules if n.split(".")[0] in {"tests", "app", "workflows"}]:
        del sys.modules[name]
    os.chdir(place)
    sys.path[:] = [str(place), *(each for each in sys.path if Path(each or ".") != ROOT)]
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    chosen = PERMISSION_TESTS if path.startswith("app/") else WORKFLOW_TESTS
    try:
        code = int(pytest.main(["-x", "-q", "-W", "ignore", "-p", "no:cacheprovider", *chosen]))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if "code" in locals() else 1)


def try_all(tried: Sequence[Mutant], places: Sequence[Path]) -> Iterator[tuple[Mutant, bool]]:
    """Each mutant with whether every test passes with it."""
    free, running, waiting = list(places), dict[int, tuple[Mutant, Path, str]](), list(tried)
    while waiting or running:
        while waiting and free:
            mutant, place = waiting.pop(0), free.pop()
            file = place / mutant.path
            before = file.read_text(encoding="utf-8")
            file.write_text(mutant.source, encoding="utf-8")
            running[start(place, mutant.path)] = (mutant, place, before)
        pid, status = os.wait()
        mutant, place, before = running.pop(pid)
        (place / mutant.path).write_text(before, encoding="utf-8")
        free.append(place)
        yield mutant, status == 0


def passes(place: Path, path: str) -> bool:
    return os.waitpid(start(place, path), 0)[1] == 0


ROW = re.compile(r"\| `([^`]+)` \| (\d+) \| (\d+) \|")
SURVIVOR = re.compile(r"\| `([^`]+)` \| (.+) \|")


def report(before: str, tried: Sequence[Mutant], survivors: Sequence[Mutant]) -> str:
    """The page of the documentation: the files tried now, and the others as `before` tells."""
    now = {mutant.path for mutant in tried}
    counts = {path: (int(n), int(left)) for path, n, left in ROW.findall(before)}
    counted, left = Counter(m.path for m in tried), Counter(m.path for m in survivors)
    counts |= {path: (counted[path], left[path]) for path in now}
    told = {key: why for key, why in SURVIVOR.findall(before) if key.partition(":")[0] not in now}
    for mutant in survivors:
        told[mutant.key.replace("|", "¦")] = EXPLAINED.get(mutant.key, "**SIN EXPLICAR**")
    total = [sum(pair[place] for pair in counts.values()) for place in (0, 1)]
    lines = [
        "# Mutaciones",
        "",
        "Cada cambio pequeño a las tablas y guardas de `workflows/` y a los permisos, de a uno,",
        "contra sus pruebas de unidad (`make mutation`; con `ARGS=workflows/plan.py`, un archivo).",
        "Un cambio que ninguna prueba ve es un sobreviviente: se cubre con una prueba o se explica",
        "en `tests/mutation.py`.",
        "",
        "| Archivo | Cambios probados | Sobrevivientes |",
        "|---|---|---|",
        *(f"| `{path}` | {n} | {alive} |" for path, (n, alive) in sorted(counts.items())),
        f"| **Total** | **{total[0]}** | **{total[1]}** |",
        "",
    ]
    if told:
        lines += [
            "## Sobrevivientes explicados",
            "",
            "| Cambio | Por qué no importa |",
            "|---|---|",
        ]
        lines += [f"| `{key}` | {why} |" for key, why in sorted(told.items())]
        lines.append("")
    return "\n".join(lines)


def main() -> int:
    """0 when every survivor is explained."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="*", default=[*WORKFLOWS, *PERMISSIONS])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--no-report", action="store_true")
    options = parser.parse_args()
    tried = [mutant for path in options.paths for mutant in mutants(path)]
    sys.dont_write_bytecode = True
    with tempfile.TemporaryDirectory() as folder:
        places = make_places(Path(folder), options.workers)
        if not all(passes(places[0], path) for path in (WORKFLOWS[0], PERMISSIONS[0])):
            sys.stdout.write("Las pruebas no pasan sin cambios.\n")
            return 2
        alive = []
        for mutant, lives in try_all(tried, places):
            if lives:
                alive.append(mutant)
                sys.stdout.write(f"vive: {mutant.path}:{mutant.line} {mutant.name}\n")
                sys.stdout.flush()
    alive.sort(key=lambda mutant: (mutant.path, mutant.line, mutant.name))
    sys.stdout.write(f"{len(tried)} cambios, {len(alive)} sobrevivientes\n")
    if not options.no_report:
        before = REPORT.read_text(encoding="utf-8") if REPORT.exists() else ""
        REPORT.write_text(report(before, tried, alive), encoding="utf-8")
    return 1 if any(mutant.key not in EXPLAINED for mutant in alive) else 0


if __name__ == "__main__":
    sys.exit(main())
