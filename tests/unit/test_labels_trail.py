"""Whatever the application writes in the trail is told there in the past tense, thing by thing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from app.labels_actions import ANY_KIND, OTHER_ACTION, action_label
from app.labels_trail import THINGS
from app.labels_workflow import EVENT_LABELS
from app.permissions_events import EVENT_ROLES

ROOT = Path(__file__).resolve().parents[2]
SERVICES = sorted((ROOT / "app/services").rglob("*.py"))
THING = re.compile(r'^    thing = "(\w+)"$', re.MULTILINE)
INFINITIVE = re.compile(r"(ar|er|ir)(se|lo|la)?$")
OTHERS_NAMES = {  # what the services call a thing that is not named after its kind
    "entry": {"progress"},
    "request": {"change_request"},
    "cause": {"root_cause"},
    "paper": {"working_paper"},
    "proposal": {"reply_proposal"},
    "text": {"finding_text"},
    "accounts_substitutions.row": {"substitution"},
    "accounts_sessions.thing": {"user"},
    "annual_plans.plan": {"annual_plan"},
    "evaluations.evaluation": {"audit_evaluation"},
    "change_drafts.draft": {"change_draft"},
    "publications_comments.made": {"publication_comment"},
    "prioritizations.found": {"prioritization"},
    "prioritizations.judged": {"unit_priority"},
    "prioritizations.again": {"unit_priority"},
    "universe.unit": {"auditable_unit"},
    "committee.thing": {"audit", "finding", "annual_plan"},
    "filing.thing": {"audit", "audit_member"},
    "batch_reminders.row": {"action", "finding", "plan"},
    "admin_catalogues.new": {"unit", "process", "norm", "term_rule", "non_working_day"},
    "admin_catalogues.found": {"unit", "process", "norm", "term_rule", "non_working_day"},
}
CREATED = ("audit", "finding", "plan", "action", "change_request", "annual_plan")
RESOLVED = ("answer", "withdraw")
"""Of a remark: the one record whose action is not written where it is recorded."""


def records() -> Iterator[tuple[str, ast.expr, ast.expr]]:
    """(module, action, thing) of every call that adds a record to the ledger."""
    for path in SERVICES:
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr == "record" and len(node.args) > 2:
                yield path.stem, node.args[1], node.args[2]


def kinds_of(module: str, thing: ast.expr) -> set[str]:
    if isinstance(thing, ast.Tuple):  # ("user", "7")
        first = thing.elts[0]
        if isinstance(first, ast.Constant):
            return {str(first.value)}
        return {ast.unparse(first).removesuffix(".thing").lower()}  # (Finding.thing, "7")
    name = ast.unparse(thing)
    return OTHERS_NAMES.get(f"{module}.{name}") or OTHERS_NAMES.get(name) or {name}


def deeds() -> set[tuple[str, str]]:
    """Every (kind, action) that the ledger can hold."""
    found = {(kind, event) for kind, _, event in (name.partition(".") for name in EVENT_ROLES)}
    found |= {(kind, "create") for kind in CREATED}
    for module, action, thing in records():
        actions = (str(action.value),) if isinstance(action, ast.Constant) else RESOLVED
        found |= {(kind, each) for kind in kinds_of(module, thing) for each in actions}
    return found


def test_every_kind_of_thing_has_a_name() -> None:
    sources = "\n".join(path.read_text() for path in sorted((ROOT / "app/models").rglob("*.py")))
    kinds = set(THING.findall(sources))
    assert len(kinds) > 20
    assert kinds - set(THINGS) == set()


def test_every_deed_is_told_with_its_own_words() -> None:
    found = deeds()
    assert len(found) > 150
    assert {kind for kind, _ in found} - set(THINGS) == set()
    told = {deed: action_label(*deed) for deed in found}
    assert {deed for deed, text in told.items() if text == str(OTHER_ACTION)} == set()
    common = {deed for deed, text in told.items() if text == str(ANY_KIND.get(deed[1]))}
    of_catalogues = OTHERS_NAMES["admin_catalogues.new"]
    assert {deed for deed in common if deed[0] not in of_catalogues} <= {
        ("audit", "sign"),
        ("audit_member", "sign"),
    }


def test_what_was_done_is_in_the_past() -> None:
    told = {deed: action_label(*deed) for deed in deeds()}
    buttons = {str(text) for text in EVENT_LABELS.values()}
    wrong = {
        deed: text
        for deed, text in told.items()
        if text in buttons or INFINITIVE.search(text.split()[0])
    }
    assert wrong == {}
