"""The permission table, row by row and role by role, and what holds whatever the role."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import create_engine, false, select
from sqlalchemy.orm import Session

from app.errors import Forbidden
from app.models import Base
from app.models.accounts import User
from app.models.audits import AnnualPlan, Audit, AuditMember, WorkingPaper
from app.models.documents import Document
from app.models.fieldwork import InformationRequest, Letter, LetterTemplate
from app.models.findings import Finding, Referral, ReplyExtension
from app.models.org import Process
from app.models.plans import Action, ChangeRequest, Plan
from app.models.publications import Publication
from app.models.universe import AuditableUnit, Prioritization
from app.permissions import (
    ANONYMOUS,
    SYSTEM,
    Actor,
    Permission,
    authorize,
    can,
    decide,
    scope,
)
from app.permissions_events import EVENT_ROLES
from app.permissions_rules import IsExecutor, has_role
from tests.unit.permission_table import FIRST_LINE, PERMISSION_TABLE, ROLES
from workflows.enums import PlanSource, Role

ME, OTHER = 7, 99
OWN, FOREIGN = 1, 2
WHEN = datetime(2027, 3, 1, tzinfo=UTC)
MODELS: dict[str, type[Any]] = {
    "audit": Audit,
    "audit_member": AuditMember,
    "working_paper": WorkingPaper,
    "finding": Finding,
    "plan": Plan,
    "action": Action,
    "change_request": ChangeRequest,
    "publication": Publication,
    "document": Document,
    "annual_plan": AnnualPlan,
    "process": Process,
    "letter": Letter,
    "letter_template": LetterTemplate,
    "information_request": InformationRequest,
    "reply_extension": ReplyExtension,
    "referral": Referral,
    "auditable_unit": AuditableUnit,
    "prioritization": Prioritization,
}
MARKS: dict[str, dict[str, Any]] = {
    "announced": {"announced_at": WHEN},
    "draft_issued": {"draft_issued_at": WHEN},
    "final_issued": {"final_issued_at": WHEN},
    "communicated": {"communicated_at": WHEN},
    "submitted": {"first_submitted_at": WHEN},
    "approved": {"approved_at": WHEN},
    "external": {"source": PlanSource.NATIONAL_COMPTROLLER},
    "filed": {"filing_number": "2027-OCI-000001"},
    "unsaved": {"filing_number": None},
    "withdrawn": {"withdrawn_at": WHEN},
    "reviewed": {"reviewed_at": WHEN},
    "issued": {"issued_at": WHEN},
    "retired": {"retired_at": WHEN},
    "sent": {"sent_at": WHEN},
    "no_audit": {"audit_id": None},
    "not_executor": {"executors": []},
    "to_me": {"addressee_id": ME},
    "to_another": {"addressee_id": OTHER},
    "headed": {"responsible_unit_id": FOREIGN},
}
MINE = {
    "audit_member": "user_id",
    "working_paper": "author_id",
    "finding": "author_id",
    "action": "formulated_by_id",
    "document": "uploaded_by_id",
}


def thing(text: str) -> Any:
    """Make the thing a row of the table names: `kind[:state or purpose] mark mark`."""
    if text == "nothing":
        return None
    head, *marks = text.split()
    kind, _, state = head.partition(":")
    model = MODELS[kind]
    columns = model.__mapper__.column_attrs
    values: dict[str, Any] = {"id": OWN}
    for name in ("audit_id", "process_id", "plan_id", "finding_id"):
        if name in columns:
            values[name] = OWN
    if "filing_number" in columns:
        values["filing_number"] = ""
    if "source" in columns:
        values["source"] = PlanSource.INTERNAL_AUDIT
    if kind in MINE:
        values[MINE[kind]] = ME if "mine" in marks else OTHER
    if kind == "action":
        values["executors"] = [User(id=ME)]
    if state:
        name = "purpose" if kind == "document" else "state"
        values[name] = model.__table__.c[name].type.enum_class(state)
    for mark in marks:
        values.update(MARKS.get(mark, {}))
    return model(**values)


def actor(role: str, scope_id: int) -> Actor:
    """A person with this one role, whose audits and processes are `scope_id`."""
    if role == Role.SYSTEM:
        return SYSTEM
    ids = frozenset({scope_id})
    return Actor(
        user_id=ME,
        name="Ana Ruiz",
        roles=frozenset({Role(role)}),
        persons=frozenset({ME}),
        lead_audits=ids if role == Role.LEAD_AUDITOR else frozenset(),
        member_audits=ids,
        led_processes=ids if role == Role.PROCESS_OWNER else frozenset(),
        liaison_processes=ids if role == Role.LIAISON else frozenset(),
        shared_audits=ids if role == Role.OVERSIGHT_BODY else frozenset(),
        shared_findings=ids if role == Role.OVERSIGHT_BODY else frozenset(),
        shared_plans=ids if role == Role.OVERSIGHT_BODY else frozenset(),
    )


@pytest.mark.parametrize(("permission", "what", "own", "foreign"), PERMISSION_TABLE)
def test_permission_table(permission: str, what: str, own: str, foreign: str) -> None:
    obj = thing(what)
    for scope_id, expected in ((OWN, own), (FOREIGN, foreign)):
        allowed = {c for c, role in ROLES.items() if can(actor(role, scope_id), permission, obj)}
        assert allowed == set(expected), (permission, what, scope_id)


def test_the_table_covers_every_role_and_every_permission() -> None:
    assert set(ROLES.values()) == set(Role)
    assert {row[0] for row in PERMISSION_TABLE} == set(Permission) | set(EVENT_ROLES)
    assert not set(Permission) & set(EVENT_ROLES)


def test_who_may_the_table_says_no_more_than_the_workflow() -> None:
    letters = {role: letter for letter, role in ROLES.items()}
    for permission, _what, own, foreign in PERMISSION_TABLE:
        if permission in EVENT_ROLES:
            named = {letters[role] for role in EVENT_ROLES[permission]}
            assert set(own) | set(foreign) <= named, permission


ALL_PERMISSIONS = sorted({str(p) for p in Permission} | set(EVENT_ROLES))


@pytest.mark.parametrize("permission", ALL_PERMISSIONS)
def test_anonymous_and_roleless_may_nothing(permission: str) -> None:
    things = [thing(row[1]) for row in PERMISSION_TABLE if row[0] == permission]
    stranger = Actor(user_id=OTHER + 1, name="Sin rol", persons=frozenset({OTHER + 1}))
    for obj in [*things, None]:
        assert not can(ANONYMOUS, permission, obj)
        assert not can(stranger, permission, obj)
        assert decide(ANONYMOUS, permission, obj).code == "anonymous"


@pytest.mark.parametrize("name", ["finding.destroy", "", "finding.READ", "finding", "*"])
def test_unknown_permission_is_denied(name: str) -> None:
    head = actor("jefe_oci", OWN)
    assert decide(head, name, thing("finding:en_firme")).code == "unknown_permission"
    assert rows(scope(head, name, Finding), Finding) == []


def rows(condition: Any, model: type[Any]) -> list[int]:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(Process(id=OWN, code="P", name="P", type="apoyo", edited_at=None))
        session.flush()
        found = list(session.scalars(select(model.id).where(condition)))
    engine.dispose()
    return found


def test_scope_of_a_table_without_the_columns_is_empty() -> None:
    for role in ("auditor", "auditor_lider", "enlace", "segunda_linea"):
        assert rows(scope(actor(role, OWN), "finding.read", Process), Process) == []
    assert rows(scope(ANONYMOUS, "finding.read", Process), Process) == []


def test_a_thing_that_cannot_be_judged_is_denied() -> None:
    class Broken:
        @property
        def audit_id(self) -> int:
            raise RuntimeError("no database")

    auditor = actor("auditor", OWN)
    assert not can(auditor, "finding.read", Broken())
    assert not can(auditor, "finding.read", object())
    assert not can(auditor, "finding.read", None)


@pytest.mark.parametrize(("permission", "what"), FIRST_LINE)
@pytest.mark.parametrize("oci_role", [Role.OCI_HEAD, Role.LEAD_AUDITOR, Role.AUDITOR])
def test_a_person_of_the_oci_never_acts_as_first_line(
    permission: str, what: str, oci_role: Role
) -> None:
    leader = actor("lider_proceso", OWN)
    assert can(leader, permission, thing(what))
    both = replace(leader, roles=leader.roles | {oci_role})
    assert decide(both, permission, thing(what)).code == "segregation"
    # Also when one of the two roles is that of an absent person.
    substitute = replace(both, persons=frozenset({ME, OTHER}), acting_for=frozenset({OTHER}))
    assert not can(substitute, permission, thing(what))


def test_the_first_line_list_is_complete() -> None:
    fired = {
        name
        for name, roles in EVENT_ROLES.items()
        if Role.PROCESS_OWNER in roles and not name.startswith("finding.")
    }
    assert fired <= {permission for permission, _what in FIRST_LINE}


def test_the_head_of_the_oci_has_no_vote_in_the_committee() -> None:
    presented = thing("annual_plan:presentado_cicci")
    member = actor("alta_direccion", OWN)
    both = replace(member, roles=member.roles | {Role.OCI_HEAD})
    assert can(member, "annual_plan.approve", presented)
    assert not can(both, "annual_plan.approve", presented)


def test_only_the_system_itself_fires_what_is_the_systems() -> None:
    impostor = replace(actor("auditor", OWN), roles=frozenset({Role.SYSTEM}))
    assert can(SYSTEM, "finding.communicate", thing("finding:en_revision"))
    assert not can(impostor, "finding.communicate", thing("finding:en_revision"))
    assert not can(impostor, "users.manage")


def test_the_head_of_a_unit_answers_for_its_actions() -> None:
    head = Actor(
        ME, "Jefe", frozenset({Role.LIAISON}), frozenset({ME}), headed_units=frozenset({5})
    )
    proposed, running = thing("action:formulada"), thing("action:en_ejecucion")
    proposed.responsible_unit_id = running.responsible_unit_id = 5
    assert can(head, "action.read", proposed)
    assert can(head, "action.accept", proposed)
    assert can(head, "action.approve_progress", running)
    assert not can(head, "action.edit", proposed)
    proposed.responsible_unit_id = 6
    assert not can(head, "action.accept", proposed)


def test_a_substitute_works_with_the_papers_of_the_absent_person() -> None:
    absent_author = thing("finding:borrador")
    auditor = actor("auditor", OWN)
    assert not can(auditor, "finding.edit", absent_author)
    substitute = replace(auditor, persons=frozenset({ME, OTHER}), acting_for=frozenset({OTHER}))
    assert can(substitute, "finding.edit", absent_author)
    # But a declaration of conflict of interest is personal.
    assert not can(substitute, "audit.declare", thing("audit_member"))


def test_what_is_reserved_does_not_pass_to_a_substitute() -> None:
    manager, told = actor("alta_direccion", OWN), thing("referral to_another")
    substitute = replace(manager, persons=frozenset({ME, OTHER}), acting_for=frozenset({OTHER}))
    assert not can(substitute, "referral.read", told)
    # Nor is it kept by who was of the top management and is no more.
    assert not can(replace(manager, roles=frozenset({Role.LIAISON})), "referral.read", told)
    former = replace(manager, roles=frozenset({Role.SECOND_LINE}))
    assert not can(former, "referral.read", thing("referral to_me"))


def test_authorize_names_the_permission_and_the_reason() -> None:
    with pytest.raises(Forbidden, match=re.escape("finding.close")) as caught:
        authorize(actor("auditor", OWN), "finding.close", thing("finding:por_verificar"))
    assert caught.value.params["reason"] == "denied"


# ---------------------------------------------------------------- each way of reaching, alone


@pytest.mark.parametrize(
    ("shared", "what", "permission"),
    [
        ("shared_audits", "finding:en_firme", "finding.read"),
        ("shared_audits", "plan:aprobado submitted approved", "plan.read"),
        ("shared_audits", "action:aprobada approved", "action.read"),
        ("shared_audits", "document:avance", "document.read"),
        ("shared_audits", "document:informe_final filed", "document.read"),
        ("shared_findings", "finding:en_firme no_audit", "finding.read"),
        ("shared_findings", "document:informe_externo no_audit", "document.read"),
        ("shared_plans", "plan:suscrito submitted approved external no_audit", "plan.read"),
        ("shared_plans", "action:aprobada approved no_audit", "action.read"),
        ("shared_plans", "document:constancia_envio no_audit", "document.read"),
    ],
)
def test_a_body_of_control_reads_by_any_one_of_its_shares(
    shared: str, what: str, permission: str
) -> None:
    body = replace(
        actor("ente_externo", OWN),
        member_audits=frozenset(),
        shared_audits=frozenset(),
        shared_findings=frozenset(),
        shared_plans=frozenset(),
    )
    obj = thing(what)
    assert not can(body, permission, obj)
    change: dict[str, Any] = {shared: frozenset({OWN})}
    assert can(replace(body, **change), permission, obj)


WORK = {
    "working_paper.create": "audit:en_ejecucion",
    "working_paper.edit": "working_paper mine",
    "working_paper.review": "working_paper",
    "finding.create": "audit:en_ejecucion",
    "finding.edit": "finding:borrador mine",
    "finding.add_evidence": "finding:borrador",
    "finding.record_review": "finding:en_revision",
    "finding.analyse": "finding:en_contradiccion",
}


@pytest.mark.parametrize("permission", sorted(WORK))
def test_nobody_works_before_his_declaration(permission: str) -> None:
    lead, obj = actor("auditor_lider", OWN), thing(WORK[permission])
    assert can(lead, permission, obj)
    owing = replace(lead, undeclared_audits=frozenset({OWN}))
    decision = decide(owing, permission, obj)
    assert (decision.allowed, decision.code) == (False, "undeclared")
    assert can(replace(lead, undeclared_audits=frozenset({FOREIGN})), permission, obj)


def test_to_authorise_is_to_ask_about_that_thing() -> None:
    auditor, obj = actor("auditor", OWN), thing("finding:borrador")
    authorize(auditor, "finding.read", obj)
    with pytest.raises(Forbidden) as refused:
        authorize(actor("auditor", FOREIGN), "finding.read", obj)
    assert refused.value.params["thing"] is obj


# ---------------------------------------------------------------- the pieces of rules


def test_what_gives_nothing_is_a_condition_that_no_row_meets() -> None:
    nobody = Actor(user_id=None, name="")
    auditor = actor("auditor", OWN)
    for condition in (
        scope(ANONYMOUS, "finding.read", Finding),
        scope(auditor, "finding.read", object),
        IsExecutor().where(auditor, Finding),
        IsExecutor().where(nobody, Action),
        (has_role(Role.LIAISON) & has_role(Role.AUDITOR)).where(auditor, Finding),
    ):
        assert condition.compare(false())


def test_a_person_is_who_has_an_account() -> None:
    assert actor("auditor", OWN).is_person is True
    assert ANONYMOUS.is_person is False
    assert SYSTEM.is_person is False
