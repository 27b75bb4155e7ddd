"""The workflows as pages: a diagram and a table, written from the machines themselves."""

import re
from collections.abc import Iterator, Mapping
from inspect import getdoc
from pathlib import Path

from app.labels_workflow import (
    CONDITION_LABELS,
    EVENT_LABELS,
    GUARD_MESSAGES,
    STATE_LABELS,
    THING_LABELS,
)
from app.permissions_events import EVENT_ROLES, Role
from app.services.workflow_effects import ALWAYS, ALWAYS_OF, NAMED, Effect
from app.services.workflow_effects_audits import OF_AUDITS
from app.services.workflow_effects_plans import OF_PLANS
from workflows import WORKFLOWS
from workflows.base import Rule, Workflow

NOTICE = "<!-- Written by `make docs` from the state machines: change those, not this page. -->"
TABLE_HEAD = (
    "| Event | Label | From → to | Who | Guards, and what each says when it refuses "
    "| What else happens | Documents |",
    "|---|---|---|---|---|---|---|",
)
EFFECTS: Mapping[str, Effect] = {**OF_AUDITS, **OF_PLANS}
"""By "thing.event", for every event of every machine."""


def write_all(folder: Path) -> list[Path]:
    """Write a page per workflow into `folder`, made if need be; gives the files."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{thing}.md" for thing in WORKFLOWS]
    for path in paths:
        path.write_text(render(path.stem), encoding="utf-8")
    return paths


def render(thing: str) -> str:
    """The page of one workflow, in Markdown; the same machines give the same bytes.

    Raises: KeyError when no workflow has that name.
    """
    workflow = WORKFLOWS[thing]
    return "\n".join(
        (
            f"# {THING_LABELS[thing]} (`{thing}`)",
            "",
            NOTICE,
            "",
            getdoc(workflow) or "",
            "",
            "```mermaid",
            *_diagram(workflow),
            "```",
            "",
            *_creation(workflow),
            "## Transitions",
            "",
            f"{ALWAYS} {ALWAYS_OF.get(thing, '')}".rstrip(),
            "",
            *TABLE_HEAD,
            *_rows(workflow),
            "",
        )
    )


def _diagram(workflow: type[Workflow]) -> Iterator[str]:
    labels = STATE_LABELS[workflow.thing]
    yield "stateDiagram-v2"
    for state in workflow.states:
        yield f'    state "{labels[state.value]}" as {state.value}'
    edges: dict[tuple[str, str], list[str]] = {}
    for rule in workflow.table():
        edges.setdefault((rule.source, rule.target), []).append(_edge_label(workflow, rule))
    for state in workflow.states:
        if state.initial:
            yield f"    [*] --> {state.value}"
    for (source, target), texts in edges.items():
        yield f"    {source} --> {target} : {' / '.join(texts)}"
    for state in workflow.states:
        if state.final:
            yield f"    {state.value} --> [*]"


def _edge_label(workflow: type[Workflow], rule: Rule) -> str:
    label = str(EVENT_LABELS[f"{workflow.thing}.{rule.event}"])
    condition = _condition(workflow, rule)
    return f"{label} ({condition[0].lower()}{condition[1:]})" if condition else label


def _condition(workflow: type[Workflow], rule: Rule) -> str:
    return str(CONDITION_LABELS[f"{workflow.thing}.{rule.condition}"]) if rule.condition else ""


def _creation(workflow: type[Workflow]) -> Iterator[str]:
    codes = workflow.creation_requirements()
    if codes:
        yield "Before it is made:"
        yield ""
        yield from (f"- {_guard(code)}" for code in codes)
        yield ""


def _rows(workflow: type[Workflow]) -> Iterator[str]:
    """One row for each event and target that share their conditions, whatever the sources."""
    groups: dict[tuple[str, str, tuple[str, ...], str], list[str]] = {}
    for rule in workflow.table():
        key = (rule.event, rule.target, rule.guards, _condition(workflow, rule))
        groups.setdefault(key, []).append(rule.source)
    for (event, target, guards, condition), sources in groups.items():
        code = f"{workflow.thing}.{event}"
        who = ", ".join(f"`{role.value}`" for role in EVENT_ROLES[code])
        path = f"{', '.join(f'`{source}`' for source in sources)} → `{target}`"
        needs = [f"*{condition}.*"] if condition else []
        needs += [_guard(f"{workflow.thing}.{name}") for name in guards]
        cells = (
            f"`{event}`",
            str(EVENT_LABELS[code]),
            path,
            who,
            "<br>".join(needs),
            "<br>".join(_does(code)),
            EFFECTS[code].documents,
        )
        yield f"| {' | '.join(cell or '—' for cell in cells)} |"


def _does(code: str) -> Iterator[str]:
    """Which other events bring this one, and what it brings itself."""
    causes = [cause for cause, effect in EFFECTS.items() if code in effect.fires]
    if causes:
        also = "Ocurre con" if EVENT_ROLES[code] == (Role.SYSTEM,) else "Ocurre también con"
        yield f"*{also} {', '.join(map(_named, causes))}.*"
    if EFFECTS[code].does:
        yield NAMED.sub(lambda found: _named(found[1]), EFFECTS[code].does)


def _named(code: str) -> str:
    """An event as a text names it: its label, and its code, for two things may share a label."""
    return f"«{EVENT_LABELS[code]}» (`{code}`)"


def _guard(code: str) -> str:
    """The sentence of a guard, an ellipsis where a value of the case would stand."""
    text = re.sub(r"{[^}]*}\.?", "…", str(GUARD_MESSAGES[code]))
    return f"{text} (`{code.split('.')[1]}`)"
