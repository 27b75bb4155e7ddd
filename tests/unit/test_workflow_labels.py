"""Every state, event, condition and guard has its words, and guards speak of the case at hand."""

from dataclasses import fields
from datetime import date
from decimal import Decimal
from string import Formatter

import pytest

from app.filters import NBSP
from app.labels_workflow import (
    CONDITION_LABELS,
    EVENT_LABELS,
    GUARD_ACTIONS,
    GUARD_LINKS,
    GUARD_MESSAGES,
    STATE_LABELS,
    THING_LABELS,
    WITHDRAWN_LABELS,
    guard_message,
)
from app.permissions_events import EVENT_ROLES, Role
from tests.unit.workflow_tables import ALL_ROWS, STATES, TABLES
from workflows import WORKFLOWS
from workflows.action import ActionFacts
from workflows.audit import AuditFacts
from workflows.base import Facts
from workflows.change_request import ChangeRequestFacts
from workflows.enums import WithdrawalGround
from workflows.finding import FindingFacts
from workflows.publication import PublicationFacts

EVENTS = {f"{row.thing}.{row.event}" for row in ALL_ROWS}
CODES = {code for row in ALL_ROWS for code in row.guards} | {
    code for workflow in WORKFLOWS.values() for code in workflow.creation_requirements()
}


def test_every_event_has_its_roles_and_no_other_has() -> None:
    written = {f"{row.thing}.{row.event}": set(row.roles) for row in ALL_ROWS}
    assert {event: {role.value for role in roles} for event, roles in EVENT_ROLES.items()} == (
        written
    )


def test_only_the_head_of_the_office_closes_findings_and_audits() -> None:
    for event in ("finding.close", "finding.close_without_plan", "audit.close", "plan.close"):
        assert EVENT_ROLES[event] == (Role.OCI_HEAD,)


def test_every_thing_state_and_event_has_a_label_and_nothing_else_has() -> None:
    assert set(THING_LABELS) == set(STATE_LABELS) == set(TABLES)
    for thing, labels in STATE_LABELS.items():
        assert set(labels) == set(STATES[thing].split())
        assert all(str(label).strip() for label in labels.values())
    assert set(EVENT_LABELS) == EVENTS
    assert all(str(label).strip() for label in EVENT_LABELS.values())
    assert set(WITHDRAWN_LABELS) == {ground.value for ground in WithdrawalGround}


def test_every_condition_has_a_label() -> None:
    conditions = {
        f"{thing}.{rule.condition}"
        for thing, workflow in WORKFLOWS.items()
        for rule in workflow.table()
        if rule.condition
    }
    assert set(CONDITION_LABELS) == conditions


def test_every_guard_has_message_link_and_action() -> None:
    assert set(GUARD_MESSAGES) == set(GUARD_LINKS) == set(GUARD_ACTIONS) == CODES
    for code in CODES:
        assert str(GUARD_MESSAGES[code]).endswith(".")
        assert str(GUARD_ACTIONS[code])[0].isupper()
        assert not str(GUARD_ACTIONS[code]).endswith(".")
        assert GUARD_LINKS[code].replace("-", "").isascii()
        assert GUARD_LINKS[code] == GUARD_LINKS[code].lower().strip()


def test_messages_name_only_fields_of_their_facts() -> None:
    for code in CODES:
        facts_type = WORKFLOWS[code.split(".")[0]].facts_type
        known = {field.name for field in fields(facts_type)}
        named = {name for _, name, _, _ in Formatter().parse(str(GUARD_MESSAGES[code])) if name}
        assert named <= known, code


def test_every_message_can_be_written_when_nothing_is_known() -> None:
    for code in CODES:
        text = guard_message(code, WORKFLOWS[code.split(".")[0]].facts_type())
        assert "{" not in text
        assert "None" not in text


@pytest.mark.parametrize(
    ("code", "facts", "text"),
    [
        (
            "audit.needs_replies_or_expired_term",
            AuditFacts(reply_due_on=date(2027, 3, 12), findings_without_reply=("H01", "H02")),
            "El término de réplica vence el 12 mar 2027 y faltan respuestas: H01, H02.",
        ),
        (
            "audit.needs_conflict_declarations",
            AuditFacts(members_without_declaration=("Ana Ruiz",)),
            "Faltan declaraciones de conflicto de interés: Ana Ruiz.",
        ),
        (
            "audit.needs_reviewed_papers",
            AuditFacts(),
            "Hay papeles de trabajo sin revisar: (sin dato).",
        ),
        (
            "finding.needs_expired_term",
            FindingFacts(reply_due_on=date(2027, 1, 1)),
            "El término de réplica aún no vence: termina el 1 ene 2027.",
        ),
        ("finding.needs_reason", FindingFacts(), "Escriba el motivo."),
        (
            "action.needs_full_progress",
            ActionFacts(progress_pct=Decimal("45.50")),
            "El avance es 45,5 % y debe llegar al 100 %.",
        ),
        (
            "action.needs_full_progress",
            ActionFacts(),
            "El avance es 0 % y debe llegar al 100 %.",
        ),
        (
            "action.needs_dates",
            ActionFacts(max_months=12),
            "Revise las fechas: el fin debe ser posterior al inicio y el plazo, "
            "de 12 meses como máximo.",
        ),
        (
            "change_request.needs_advance_notice",
            ChangeRequestFacts(notice_days=10),
            "Debe pedirse al menos 10 días hábiles antes del vencimiento.",
        ),
        (
            "publication.needs_resolved_marks",
            PublicationFacts(unresolved_marks=1234),
            "Hay datos personales sin resolver: 1.234.",
        ),
    ],
)
def test_message_speaks_of_the_case(code: str, facts: Facts, text: str) -> None:
    assert guard_message(code, facts).replace(NBSP, " ") == text


def test_braces_in_what_people_wrote_stay_as_they_are() -> None:
    facts = AuditFacts(members_with_conflict=("{reason}", "Ana {0}"))
    assert guard_message("audit.needs_team_without_conflict", facts) == (
        "Tienen un conflicto de interés sin resolver: {reason}, Ana {0}."
    )


def test_message_of_an_unknown_guard_or_of_other_facts_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        guard_message("audit.needs_luck", AuditFacts())
    with pytest.raises(AttributeError):
        guard_message("audit.needs_decisions", FindingFacts())
