"""The team of an audit: who may be in it, and conflicts of interest."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.context import Context
from app.errors import Forbidden, Invalid, NotFound, OutOfPlace, WrongPassword
from app.models.audits import Audit, AuditMember, Signature
from app.services import accounts, admin_catalogues, audit_team, committee
from tests import factories as make
from tests.conftest import Clock
from workflows.audit import AuditState
from workflows.enums import CommitteeDecisionType, Role

pytestmark = pytest.mark.postgres_long


@pytest.fixture
def audit(ctx: Context, office: make.Office) -> Audit:
    return make.make_audit(ctx, office)


def team(ctx: Context, audit: Audit) -> list[tuple[str, bool]]:
    ctx.session.rollback()
    return [(member.user.name, member.is_lead) for member in audit_team.members(ctx, audit)]


def test_a_team_has_one_lead(ctx: Context, office: make.Office, audit: Audit) -> None:
    head = make.acting(ctx, office.head)
    audit_team.assign(head, audit.id, office.lead.id, lead=True)
    audit_team.assign(head, audit.id, office.auditor.id)
    audit_team.assign(head, audit.id, office.auditor.id)  # twice is once
    assert team(ctx, audit) == [("Laura Auditora", True), ("Andrés Auditor", False)]
    other = make.make_user(ctx, Role.LEAD_AUDITOR, name="Olga Otra")
    audit_team.assign(head, audit.id, other.id, lead=True)
    assert team(ctx, audit) == [
        ("Olga Otra", True),
        ("Laura Auditora", False),
        ("Andrés Auditor", False),
    ]
    member = audit_team.members(ctx, audit)[1]
    audit_team.make_lead(head, audit.id, member.id)
    assert team(ctx, audit)[0] == ("Laura Auditora", True)


def test_only_active_auditors_are_assigned(ctx: Context, office: make.Office, audit: Audit) -> None:
    head = make.acting(ctx, office.head)
    gone = make.make_user(ctx, Role.AUDITOR, name="Gil Ido")
    accounts.disable_user(make.as_system(ctx), gone.id, reason="Se retiró.")
    for person, lead, code in (
        (office.planner, False, "audit_team.not_auditor"),
        (gone, False, "audit_team.not_auditor"),
        (office.auditor, True, "audit_team.cannot_lead"),
    ):
        with pytest.raises(Invalid) as refused:
            audit_team.assign(head, audit.id, person.id, lead=lead)
        assert refused.value.code == code
    with pytest.raises(Invalid):
        audit_team.assign(head, audit.id, 10_000)
    for person in (office.lead, office.auditor, office.manager):
        with pytest.raises((Forbidden, NotFound)):
            audit_team.assign(make.acting(ctx, person), audit.id, office.auditor.id)


def test_nobody_audits_what_he_answers_for(ctx: Context, office: make.Office) -> None:
    leader = make.make_user(ctx, Role.AUDITOR, Role.PROCESS_OWNER, name="Doble Líder")
    liaison = make.make_user(ctx, Role.AUDITOR, Role.LIAISON, name="Doble Enlace")
    boss = make.make_user(ctx, Role.LEAD_AUDITOR, name="Doble Jefe")
    unit = make.make_unit(ctx, head=boss)
    near = make.make_user(ctx, Role.AUDITOR, name="Vecina", unit=unit)
    process = make.make_process(ctx, leader=leader, unit=unit, liaisons=[liaison])
    audit = make.make_audit(ctx, office, process_id=process.id)
    head = make.acting(ctx, office.head)
    for person in (leader, liaison, boss):
        with pytest.raises(Invalid) as refused:
            audit_team.assign(head, audit.id, person.id)
        assert refused.value.code == "audit_team.tied"
    ties = {c.user.name: c.tie for c in audit_team.candidates(head, audit)}
    assert ties["Doble Líder"] == "leader"
    assert ties["Doble Enlace"] == "liaison"
    assert ties["Doble Jefe"] == "head"
    assert (ties["Vecina"], ties["Andrés Auditor"]) == ("unit", "")
    audit_team.assign(head, audit.id, near.id)  # the unit alone only warns


def test_nobody_audits_what_he_answered_for_not_long_ago(
    ctx: Context, office: make.Office, clock: Clock
) -> None:
    """Twelve months to the day, by any tie, whichever way it ended."""
    names = ("leader", "liaison", "boss", "former")
    people = {name: make.make_user(ctx, Role.AUDITOR, name=name) for name in names}
    unit = make.make_unit(ctx, head=people["boss"])
    process = make.make_process(
        ctx, leader=people["leader"], unit=unit, liaisons=[people["liaison"]]
    )
    other = make.make_unit(ctx, head=people["former"])
    edit_as_administrator(ctx, "procesos", process.id, leader_id=None, liaisons=[])
    edit_as_administrator(ctx, "dependencias", unit.id, head_id=None)
    edit_as_administrator(ctx, "procesos", process.id, unit_id=other.id)
    edit_as_administrator(ctx, "procesos", process.id, unit_id=unit.id)
    edit_as_administrator(ctx, "procesos", process.id, name="Otro nombre", leader_id=None)
    audit = make.make_audit(ctx, office, process_id=process.id)
    head = make.acting(ctx, office.head)
    ended_on = ctx.today()
    may_from = date(ended_on.year + 1, ended_on.month, ended_on.day)
    clock.advance(days=(may_from - ended_on).days - 1)
    ties = {c.user.name: (c.tie, c.free_from) for c in audit_team.candidates(head, audit)}
    assert {ties[name] for name in names} == {("past", may_from)}
    assert ties["Andrés Auditor"] == ("", None)
    for person in people.values():
        with pytest.raises(Invalid) as refused:
            audit_team.assign(head, audit.id, person.id)
        assert refused.value.code == "audit_team.tied_lately"
    clock.advance(days=1)
    for person in people.values():
        audit_team.assign(head, audit.id, person.id)


def edit_as_administrator(ctx: Context, slug: str, row_id: int, **values: Any) -> None:
    admin_catalogues.edit(make.as_system(ctx), slug, row_id, values, version=None)


def test_removal_keeps_the_row_and_needs_a_reason(
    ctx: Context, office: make.Office, audit: Audit
) -> None:
    make.make_members(ctx, office, audit.id)
    head = make.acting(ctx, office.head)
    member = audit_team.members(ctx, audit)[1]
    with pytest.raises(Invalid):
        audit_team.remove(head, audit.id, member.id, reason=" ")
    audit_team.remove(head, audit.id, member.id, reason="Vacaciones.")
    assert team(ctx, audit) == [("Laura Auditora", True)]
    assert ctx.session.get_one(AuditMember, member.id).removed_at is not None
    with pytest.raises(NotFound):
        audit_team.remove(head, audit.id, member.id, reason="Otra vez.")
    audit_team.assign(head, audit.id, office.auditor.id)  # and may come back
    assert len(team(ctx, audit)) == 2


def test_the_lead_stays_while_the_work_goes_on(ctx: Context, office: make.Office) -> None:
    audit = make.make_audit(ctx, office, AuditState.FIELDWORK)
    lead = audit_team.members(ctx, audit)[0]
    with pytest.raises(Invalid) as refused:
        audit_team.remove(make.acting(ctx, office.head), audit.id, lead.id, reason="Se va.")
    assert refused.value.code == "audit_team.lead_needed"


def test_each_member_declares_in_person_with_the_password(
    ctx: Context, office: make.Office, audit: Audit
) -> None:
    head = make.acting(ctx, office.head)
    audit_team.assign(head, audit.id, office.auditor.id)
    auditor = make.acting(ctx, office.auditor)
    with pytest.raises(WrongPassword):
        audit_team.declare(auditor, audit.id, has_conflict=False, text="", password="no es")
    with pytest.raises(Invalid) as refused:
        audit_team.declare(auditor, audit.id, has_conflict=True, text=" ", password=make.PASSWORD)
    assert refused.value.field == "conflict_text"
    for person in (office.head, office.lead):
        with pytest.raises(NotFound):
            make.declare(ctx, person, audit.id)
    make.declare(ctx, office.auditor, audit.id)
    signature = ctx.session.scalars(
        select(Signature).where(Signature.purpose == "audit.declaration")
    ).one()
    assert (signature.user_id, signature.on_behalf_of_id) == (office.auditor.id, None)


def test_a_substitute_does_not_declare_for_the_absent(
    ctx: Context, office: make.Office, audit: Audit
) -> None:
    audit_team.assign(make.acting(ctx, office.head), audit.id, office.auditor.id)
    stand_in = make.make_user(ctx, Role.AUDITOR, name="Sara Suplente")
    today = ctx.today()
    accounts.create_substitution(
        make.acting(ctx, office.auditor),
        absent_id=office.auditor.id,
        substitute_id=stand_in.id,
        starts_on=today,
        ends_on=today + timedelta(days=5),
        reason="Vacaciones.",
    )
    assert make.acting(ctx, stand_in).actor.member_audits == {audit.id}
    with pytest.raises(NotFound):
        make.declare(ctx, stand_in, audit.id)


def test_a_conflict_is_settled_by_the_head_and_not_by_who_has_it(
    ctx: Context, office: make.Office, audit: Audit
) -> None:
    head = make.acting(ctx, office.head)
    for person in (office.head, office.auditor):
        audit_team.assign(head, audit.id, person.id)
        make.declare(ctx, person, audit.id, conflict="Mi primo trabaja allí.")
    own, other = audit_team.members(ctx, audit)
    with pytest.raises(Forbidden):
        audit_team.resolve(make.acting(ctx, office.auditor), audit.id, other.id, resolution="Sí.")
    audit_team.resolve(head, audit.id, other.id, resolution="No verá esos contratos.")
    with pytest.raises(OutOfPlace):
        audit_team.resolve(head, audit.id, other.id, resolution="Otra vez.")
    with pytest.raises(Invalid) as refused:
        audit_team.resolve(head, audit.id, own.id, resolution="Me declaro apto.")
    assert refused.value.code == "audit_team.own_conflict"
    kind = CommitteeDecisionType.RESOLVE_CONFLICT
    committee.record_for_audit(head, audit.id, make.decision(kind, ctx.today()))
    audit_team.resolve(head, audit.id, own.id, resolution="Según el acta CICCI-02.")
    make.declare(ctx, office.auditor, audit.id, conflict="Ahora también mi hermano.")
    again = audit_team.members(ctx, audit)[1]
    assert again.resolved_at is None  # a new declaration waits again


def test_a_decision_of_the_committee_has_its_minutes(
    ctx: Context, office: make.Office, audit: Audit
) -> None:
    head = make.acting(ctx, office.head)
    kind = CommitteeDecisionType.CHANGE_ANNUAL_PLAN
    tomorrow = ctx.today() + timedelta(days=1)
    with pytest.raises(Invalid) as refused:
        committee.record_for_audit(head, audit.id, make.decision(kind, tomorrow))
    assert refused.value.field == "minutes_date"
    other = make.decision(CommitteeDecisionType.APPROVE_CHARTER, ctx.today())
    with pytest.raises(Invalid):
        committee.record_for_audit(head, audit.id, other)
    data = make.decision(kind, ctx.today())
    first = committee.record_for_audit(head, audit.id, data, key="k")
    assert committee.record_for_audit(head, audit.id, data, key="k").id == first.id
    with pytest.raises((Forbidden, NotFound)):
        committee.record_for_audit(make.acting(ctx, office.lead), audit.id, data)
    with pytest.raises(Forbidden):
        committee.record_for_audit(make.acting(ctx, office.manager), audit.id, data)
