"""The shape of the code, read from its import statements (docs/architecture.md)."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(
    path.relative_to(ROOT)
    for folder in ("app", "workflows")
    for path in (ROOT / folder).rglob("*.py")
)
IDS = [str(path) for path in SOURCES]

# What each layer may import of our own code. A layer not named here fails the test.
ALLOWED = {
    "workflows": {"workflows"},
    "app.models": {"app.models", "workflows"},
    "app.adapters": {"app.adapters", "app.errors", "config"},
    "app.services": {
        "app.services",
        "app.models",
        "app.adapters",
        "app.context",
        "app.permissions",
        "app.errors",
        "app.index",
        "app.personal",
        "app.projection",
        "app.trace",
        "app.version",
        "config",
        "workflows",
    },
    "app.permissions": {"app.permissions", "app.models", "app.errors", "workflows"},
    "app.context": {
        "app.adapters",
        "app.errors",
        "app.index",
        "app.models",
        "app.permissions",
        "app.projection",
        "app.trace",
        "config",
    },
    "app.index": {"app.adapters", "app.index", "app.models", "app.permissions", "config"},
    "app.projection": {"app.models", "app.personal", "app.projection", "workflows"},
    "app.personal": set(),
    "app.trace": {"app.errors", "app.models"},
    "app.errors": {"workflows"},
    "app.labels": {"app.labels", "app.errors", "app.filters", "app.permissions", "workflows"},
    "app.database": {"app.models"},
    "app.extensions": {"app.models"},
}
# Services do not know the words of the screen; these write texts for people, so they do.
TEXT_WRITERS = {
    Path("app/services/workflow_docs.py"),
    *(Path(f"app/services/demo/{name}.py") for name in ("papers", "samples", "writing")),
}
# The outermost layer uses all of it; only its neighbours within are restricted (below).
OUTER = {"app.blueprints", "app.cli", "app.factory", "app.filters", "app"}
FLASK_ALLOWED = {"app.blueprints", "app.cli", "app.factory", "app.extensions", "app", "app.filters"}
LABELS_MAY_TRANSLATE = "flask_babel"
WORKFLOW_LIBRARIES = {"statemachine"}


def imports(path: Path) -> Iterator[str]:
    """Full names of what a file imports; also inside functions, not for type checkers only."""
    tree = ast.parse((ROOT / path).read_text())
    for node in _reachable(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _base(path, node)
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _base(path: Path, node: ast.ImportFrom) -> str:
    package = path.parent.parts[: len(path.parent.parts) - node.level + 1]
    return ".".join([*package, *filter(None, [node.module])]) if node.level else node.module or ""


def _reachable(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        return
    for child in ast.iter_child_nodes(node):
        yield from _reachable(child)


def layer(name: str) -> str:
    """`app.services.audits.close` -> `app.services`; `app.labels_errors.X` -> `app.labels`."""
    parts = name.split(".")
    if parts[0] != "app" or len(parts) == 1:
        return parts[0]
    return f"app.{parts[1].split('_')[0]}"


def module(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_ours(name: str) -> bool:
    return name.split(".")[0] in {"app", "workflows", "config", "tests", "wsgi"}


@pytest.mark.parametrize("path", SOURCES, ids=IDS)
def test_imports_go_one_way(path: Path) -> None:
    own = layer(module(path))
    if own in OUTER:
        return
    assert own in ALLOWED, f"{path} belongs to no layer: name its layer here"
    allowed = ALLOWED[own] | ({"app.labels", "app.filters"} if path in TEXT_WRITERS else set())
    wrong = {name for name in imports(path) if is_ours(name) and layer(name) not in allowed}
    assert not wrong, f"{path} ({own}) may not import {sorted(wrong)}"


@pytest.mark.parametrize("path", SOURCES, ids=IDS)
def test_flask_stays_at_the_edge(path: Path) -> None:
    if layer(module(path)) in FLASK_ALLOWED:
        return
    webs = {name for name in imports(path) if re.match(r"(flask|werkzeug|apiflask|wtforms)", name)}
    if layer(module(path)) == "app.labels":
        webs = {name for name in webs if not name.startswith(LABELS_MAY_TRANSLATE)}
    assert not webs, f"{path} may not import {sorted(webs)}"


def test_workflows_use_only_the_standard_library_and_statemachine() -> None:
    used = {
        name.split(".")[0]
        for path in SOURCES
        if path.parts[0] == "workflows"
        for name in imports(path)
    }
    foreign = used - set(sys.stdlib_module_names) - WORKFLOW_LIBRARIES - {"workflows"}
    assert not foreign


FEATURES = [path for path in SOURCES if path.parts[:2] == ("app", "blueprints")]


@pytest.mark.parametrize("path", FEATURES, ids=map(str, FEATURES))
def test_no_feature_imports_another_or_touches_the_database(path: Path) -> None:
    for name in imports(path):
        parts = name.split(".")
        if len(path.parts) > 3 and parts[:2] == ["app", "blueprints"] and len(parts) > 2:
            shared = (ROOT / "app" / "blueprints" / f"{parts[2]}.py").exists()
            assert shared or parts[2] == path.parts[2], f"{path} imports the feature {parts[2]}"
    if len(path.parts) > 3:
        tree = ast.parse((ROOT / path).read_text())
        for node in ast.walk(tree):
            touches = isinstance(node, ast.Attribute) and node.attr == "session"
            of = ast.unparse(node.value) if touches and isinstance(node, ast.Attribute) else ""
            assert not touches or of not in {"db", "ctx", "context"}, (
                f"{path}:{getattr(node, 'lineno', 0)} touches the database session; "
                "a service does that"
            )
        assert "app.extensions.db" not in set(imports(path)), f"{path} imports the database"


def test_the_portal_calls_only_its_own_service() -> None:
    """What anonymous eyes may read comes from the publication tables only."""
    own = {
        name
        for path in FEATURES
        if path.parts[2] == "portal"
        for name in imports(path)
        if name.startswith(("app.services", "app.models"))
    }
    strangers = {name for name in own if not name.startswith("app.services.portal")}
    assert not strangers


# Put together here, so that this file does not name what it forbids.
FORBIDDEN = {
    "a package index": "|".join(
        rf"{host}\b"
        for host in (
            r"pypi\." + "org",
            "python" + r"hosted\." + "org",
            r"registry\.npmjs\." + "org",
            r"crates\." + "io",
            r"deb\.debian\." + "org",
        )
    ),
    "an index address": r"(?:--|extra-|UV_)index-" + r"url[ =]",
    "a path of one machine": r"(?<![\w.])/(?:" + r"root|home/\w+|Users/\w+|work)/[\w.]",
}
BINARY = {".png", ".ico", ".pdf", ".docx", ".xlsx", ".odt", ".pptx", ".mo", ".gz", ".zip"}


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name]


def test_no_file_names_an_index_or_a_machine() -> None:
    found = []
    for path in tracked():
        if path.suffix in BINARY or not path.is_file():
            continue
        text = path.read_text(errors="replace")
        for what, pattern in FORBIDDEN.items():
            for match in re.finditer(pattern, text):
                line = text.count("\n", 0, match.start()) + 1
                found.append(f"{path.relative_to(ROOT)}:{line}: {what}: {match.group()}")
    assert not found


@pytest.mark.parametrize("name", ["setup", "run", "dev"])
def test_locks_are_exact_and_hashed(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    packages = re.findall(r"^([a-z][\w.-]*)(\[[\w,-]+\])?(.*)$", text, re.MULTILINE)
    assert packages
    assert [p for p, _extras, rest in packages if not rest.startswith("==")] == []
    assert text.count("--hash=sha256:") >= len(packages)
