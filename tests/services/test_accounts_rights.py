"""Rights of the day: roles, reach and substitutes, on both databases."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from app.context import Context
from app.errors import Forbidden, Invalid, NotFound
from app.models.accounts import (
    Substitution,
    User,
)
from app.models.audits import Audit, AuditMember
from app.models.org import Process, Unit
from app.services import accounts
from tests.people import (
    TODAY,
    acting,
    make_person,
    substitution,
    traced,
)
from workflows.enums import AuditLineType, OciRole, ProcessType, Role


def world(ctx: Context, lead: User, leader: User, liaison: User, chief: User) -> dict[str, int]:
    """A process with its leader and liaison, a unit with its head, an audit with its lead."""
    with ctx.transaction() as session:
        unit = Unit(code="U1", name="Unidad", head_id=chief.id)
        process = Process(code="P1", name="Compras", type=ProcessType.SUPPORT, leader_id=leader.id)
        process.liaisons = [session.get_one(User, liaison.id)]
        session.add_all([unit, process])
        session.flush()
        audit = Audit(
            code="2027-AUD-01",
            year=2027,
            title="Compras",
            type=AuditLineType.MANAGEMENT_AUDIT,
            oci_role=OciRole.EVALUATION_AND_FOLLOW_UP,
            process_id=process.id,
            special_authorization="Comité",
            planned_start=TODAY,
            planned_end=TODAY,
            created_by_id=lead.id,
            created_at=ctx.now(),
        )
        session.add(audit)
        session.flush()
        session.add(
            AuditMember(audit_id=audit.id, user_id=lead.id, is_lead=True, added_at=ctx.now())
        )
        ctx.record("change", "create", audit)
    return {"unit": unit.id, "process": process.id, "audit": audit.id}


def test_rights_are_those_of_the_roles_held(ctx: Context) -> None:
    lead = make_person(ctx, "lider@entidad.gov.co", Role.LEAD_AUDITOR)
    leader = make_person(ctx, "dueno@entidad.gov.co", Role.PROCESS_OWNER)
    liaison = make_person(ctx, "enlace@entidad.gov.co", Role.LIAISON)
    ids = world(ctx, lead, leader, liaison, leader)
    actor = accounts.actor_for(ctx.session, lead, TODAY, 9)
    assert actor.lead_audits == actor.member_audits == {ids["audit"]}
    assert (actor.led_processes, actor.session_id) == (frozenset(), 9)
    actor = accounts.actor_for(ctx.session, leader, TODAY)
    assert actor.led_processes == {ids["process"]}
    assert actor.headed_units == {ids["unit"]}
    assert actor.headless_units == frozenset()
    assert accounts.actor_for(ctx.session, liaison, TODAY).liaison_processes == {ids["process"]}
    # The place without the role gives nothing.
    accounts.revoke_role(ctx, lead.id, Role.LEAD_AUDITOR)
    accounts.revoke_role(ctx, leader.id, Role.PROCESS_OWNER)
    accounts.revoke_role(ctx, liaison.id, Role.LIAISON)
    assert accounts.actor_for(ctx.session, lead, TODAY).member_audits == frozenset()
    assert accounts.actor_for(ctx.session, leader, TODAY).led_processes == frozenset()
    assert accounts.actor_for(ctx.session, liaison, TODAY).liaison_processes == frozenset()


def test_a_substitute_has_the_rights_of_the_absent_between_the_dates(ctx: Context) -> None:
    lead = make_person(ctx, "lider@entidad.gov.co", Role.LEAD_AUDITOR)
    stand_in = make_person(ctx, "reemplazo@entidad.gov.co", Role.AUDITOR)
    ids = world(ctx, lead, lead, lead, lead)
    substitution(acting(ctx, lead), lead, stand_in)

    def rights(day: date) -> Any:
        ctx.session.rollback()
        return accounts.actor_for(ctx.session, stand_in, day)

    inside = rights(TODAY)
    assert inside.roles == {Role.AUDITOR, Role.LEAD_AUDITOR}
    assert (inside.persons, inside.acting_for) == ({stand_in.id, lead.id}, {lead.id})
    assert inside.lead_audits == {ids["audit"]}
    assert rights(TODAY + timedelta(days=5)).acting_for == {lead.id}
    for day in (TODAY - timedelta(days=1), TODAY + timedelta(days=6)):
        assert rights(day).acting_for == frozenset()
        assert rights(day).roles == {Role.AUDITOR}
    accounts.disable_user(ctx, lead.id, reason="Licencia")
    assert rights(TODAY).lead_audits == {ids["audit"]}  # the absent may be disabled meanwhile
    row = ctx.session.scalars(select(Substitution)).one()
    accounts.cancel_substitution(ctx, row.id)
    assert rights(TODAY).acting_for == frozenset()


def test_rights_do_not_pass_through_two_substitutions(ctx: Context) -> None:
    head = make_person(ctx, "jefe@entidad.gov.co", Role.OCI_HEAD)
    first, second = make_person(ctx, "uno@entidad.gov.co"), make_person(ctx, "dos@entidad.gov.co")
    substitution(acting(ctx, head), head, first)
    substitution(acting(ctx, first), first, second)
    assert accounts.actor_for(ctx.session, second, TODAY).roles == frozenset()


def test_rights_are_read_in_one_query(ctx: Context, engine: Engine) -> None:
    user = make_person(ctx, "lider@entidad.gov.co", *accounts.GRANTABLE)
    world(ctx, user, user, user, user)
    for n in range(3):
        absent = make_person(ctx, f"ausente{n}@entidad.gov.co", Role.AUDITOR)
        substitution(acting(ctx, absent), absent, user)
    ctx.session.refresh(user)
    statements: list[str] = []

    def note(*args: Any) -> None:
        statements.append(args[2])

    event.listen(engine, "before_cursor_execute", note)
    try:
        accounts.actor_for(ctx.session, user, TODAY)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len([s for s in statements if s.startswith("SELECT")]) == 1


def test_who_may_name_a_substitute(ctx: Context) -> None:
    head = make_person(ctx, "jefe@entidad.gov.co", Role.OCI_HEAD)
    admin = make_person(ctx, "admin@entidad.gov.co", Role.ADMINISTRATOR)
    other = make_person(ctx)
    with pytest.raises(Forbidden, match=r"substitution\.of_others"):
        substitution(acting(ctx, other), head, other)
    with pytest.raises(Forbidden, match=r"substitution\.oneself"):
        substitution(acting(ctx, admin), head, admin)
    row = substitution(acting(ctx, admin), head, other)
    with pytest.raises(NotFound):
        accounts.cancel_substitution(acting(ctx, make_person(ctx, "x@entidad.gov.co")), row.id)
    accounts.cancel_substitution(acting(ctx, head), row.id)
    assert traced(ctx, "permission")[-1] == "cancel"
    with pytest.raises(NotFound):
        accounts.cancel_substitution(acting(ctx, admin), 10_000)


def test_substitutions_that_make_no_sense_are_refused(ctx: Context) -> None:
    ana, luz = make_person(ctx), make_person(ctx, "luz@entidad.gov.co")
    mine = acting(ctx, ana)
    with pytest.raises(Invalid, match=r"substitution\.dates"):
        substitution(mine, ana, luz, days=-1)
    with pytest.raises(Invalid, match=r"substitution\.past"):
        substitution(mine, ana, luz, start=TODAY - timedelta(days=9))
    with pytest.raises(Forbidden, match=r"substitution\.oneself"):
        substitution(mine, ana, ana)
    substitution(mine, ana, luz)
    with pytest.raises(Invalid, match=r"substitution\.overlap"):
        substitution(mine, ana, luz, start=TODAY + timedelta(days=5))
    accounts.disable_user(ctx, luz.id, reason="Retiro")
    with pytest.raises(Invalid, match=r"user\.disabled"):
        substitution(mine, ana, luz, start=TODAY + timedelta(days=50))
