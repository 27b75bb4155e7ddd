"""Notified terms moved by explicit act: who, which, what stays behind and who is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.context import Context
from app.errors import Forbidden, Invalid, WrongPassword
from app.models.audits import Audit
from app.models.traceability import HistoryEntry, LedgerEvent, OutboxItem
from app.services import (
    admin_catalogues,
    audit_program,
    due_preview,
    duty_terms,
    recompute,
    settings,
)
from tests.factories import (
    PASSWORD,
    PROGRAM,
    Office,
    acting,
    administrator,
    as_system,
    make_audit,
    make_user,
)
from workflows.audit import AuditState
from workflows.enums import Role

pytestmark = pytest.mark.postgres_long


@pytest.fixture
def audit(ctx: Context, office: Office) -> Audit:
    """Its term to reply runs: five working days from 1 March 2027, until the 8th."""
    return make_audit(ctx, office, AuditState.CONTRADICTION, finding_count=1)


def add_day(ctx: Context, day: date, *, active: bool = True) -> None:
    values = {"day": day, "name": "Día cívico", "legal_ground": "Decreto 10", "active": active}
    admin_catalogues.add(as_system(ctx), "dias-no-habiles", values)


def due_of(ctx: Context, audit: Audit) -> date | None:
    ctx.session.expire_all()
    return ctx.session.get_one(Audit, audit.id).reply_due_on


def test_saving_a_day_moves_nothing_notified_and_offers_it(
    ctx: Context, office: Office, audit: Audit
) -> None:
    head, before = acting(ctx, office.head), due_of(ctx, audit)
    assert before is not None
    assert recompute.rows(head) == []
    add_day(ctx, date(2027, 3, 3))
    assert due_of(ctx, audit) == before
    (row,) = recompute.rows(head)
    assert (row.key, row.before) == (f"audit:{audit.id}:reply", before)
    assert row.after == before + timedelta(days=1)
    assert [each.date for each in row.why.added] == [date(2027, 3, 3)]
    assert row.why.amounts is None


def test_the_chosen_term_is_replaced_and_the_earlier_one_stays_in_the_history(
    ctx: Context, office: Office, audit: Audit
) -> None:
    head = acting(ctx, office.head)
    frozen = dict(audit.reply_due or {})
    add_day(ctx, date(2027, 3, 3))
    (row,) = recompute.rows(head)
    count = recompute.apply(
        head, {row.key: row.after}, reason="Decreto 10 de 2027", password=PASSWORD
    )
    assert count == 1
    assert due_of(ctx, audit) == row.after
    now = ctx.session.get_one(Audit, audit.id).reply_due or {}
    assert ["2027-03-03", "Día cívico"] in now["skipped"]
    entry = ctx.session.scalars(
        select(HistoryEntry).where(HistoryEntry.event == "recompute_term")
    ).one()
    assert (entry.thing_kind, entry.reason, entry.actor_id) == (
        "audit",
        "Decreto 10 de 2027",
        office.head.id,
    )
    assert entry.details["before"] == frozen
    assert entry.details["after"] == now
    event = ctx.session.scalars(
        select(LedgerEvent).where(LedgerEvent.seq == entry.ledger_seq)
    ).one()
    assert event.action == "recompute_term"
    mails = ctx.session.scalars(
        select(OutboxItem.payload).where(OutboxItem.key.startswith("mail:recompute:"))
    ).all()
    assert {mail["to"] for mail in mails} == {office.leader.email, office.liaison.email}
    assert all("ahora vence el 09/03/2027" in mail["text"] for mail in mails)
    assert recompute.rows(head) == []


def test_what_was_not_chosen_keeps_its_date(ctx: Context, office: Office, audit: Audit) -> None:
    other = make_audit(ctx, office, AuditState.CONTRADICTION, finding_count=1, title="Otra")
    add_day(ctx, date(2027, 3, 3))
    head, before = acting(ctx, office.head), due_of(ctx, other)
    row = next(each for each in recompute.rows(head) if each.path == f"/auditorias/{audit.id}")
    recompute.apply(head, {row.key: row.after}, reason="Decreto 10", password=PASSWORD)
    assert due_of(ctx, audit) == row.after
    assert due_of(ctx, other) == before


def test_only_the_head_and_only_with_reason_and_password(
    ctx: Context, office: Office, audit: Audit
) -> None:
    add_day(ctx, date(2027, 3, 3))
    head = acting(ctx, office.head)
    (row,) = recompute.rows(head)
    chosen, before = {row.key: row.after}, due_of(ctx, audit)
    others = [administrator(ctx), acting(ctx, make_user(ctx, Role.SECOND_LINE))]
    others += [acting(ctx, user) for user in (office.lead, office.leader, office.manager)]
    for other in others:
        with pytest.raises(Forbidden):
            recompute.rows(other)
        with pytest.raises(Forbidden):
            recompute.apply(other, chosen, reason="Sí", password=PASSWORD)
    with pytest.raises(Invalid, match="needs_reason"):
        recompute.apply(head, chosen, reason=" ", password=PASSWORD)
    with pytest.raises(Invalid, match=r"recompute\.none_chosen"):
        recompute.apply(head, {}, reason="Sí", password=PASSWORD)
    with pytest.raises(WrongPassword):
        recompute.apply(head, chosen, reason="Sí", password="otra contraseña")
    assert due_of(ctx, audit) == before


def test_a_row_that_changed_since_moves_none(ctx: Context, office: Office, audit: Audit) -> None:
    head, before = acting(ctx, office.head), due_of(ctx, audit)
    add_day(ctx, date(2027, 3, 3))
    (row,) = recompute.rows(head)
    add_day(ctx, date(2027, 3, 4))
    for chosen in ({row.key: row.after}, {"audit:999999:reply": row.after}, {"x": row.after}):
        with pytest.raises(Invalid, match=r"recompute\.changed"):
            recompute.apply(head, chosen, reason="Sí", password=PASSWORD)
    assert due_of(ctx, audit) == before


def test_a_term_that_has_ended_does_not_run_again(
    ctx: Context, office: Office, audit: Audit
) -> None:
    add_day(ctx, date(2027, 3, 3))
    ended = replace(ctx, now=lambda: ctx.now() + timedelta(days=30))
    assert recompute.rows(acting(ended, office.head)) == []


def test_the_preview_tells_what_a_term_and_a_day_would_change(
    ctx: Context, office: Office, audit: Audit
) -> None:
    admin = administrator(ctx)
    rule = settings.rule(ctx.session, "reply")
    before = due_of(ctx, audit)
    (shift,) = due_preview.preview(admin, "terminos", rule.id, {"amount": rule.amount + 3})
    assert (shift.kind, shift.code, shift.before) == ("audit", audit.code, before)
    assert (shift.notified, shift.amounts) == (True, (rule.amount, rule.amount + 3))
    assert shift.after > shift.before
    values = {"day": date(2027, 3, 3), "name": "Día cívico", "active": True}
    (shift,) = due_preview.preview(admin, "dias-no-habiles", None, values)
    assert [each.name for each in shift.added] == ["Día cívico"]
    idle = due_preview.preview(admin, "dias-no-habiles", None, {**values, "active": False})
    assert idle == ()
    assert due_preview.preview(admin, "terminos", rule.id, {"amount": rule.amount}) == ()
    with pytest.raises(Forbidden):
        due_preview.preview(acting(ctx, office.head), "terminos", rule.id, {"amount": 9})


def test_the_preview_tells_of_terms_that_nobody_was_told(ctx: Context, office: Office) -> None:

    audit = make_audit(ctx, office, AuditState.PLANNING)
    audit_program.save(acting(ctx, office.lead), audit.id, PROGRAM, version=None)
    audit_program.sign(acting(ctx, office.head), audit.id, password=PASSWORD, version=None)
    audit_program.announce(acting(ctx, office.head), audit.id, version=None)
    audit = ctx.session.get_one(Audit, audit.id)
    opening = duty_terms.opening(settings.rulebook(ctx.session), audit)
    assert opening is not None
    values = {"day": opening.date, "name": "Receso", "active": True}
    (shift,) = due_preview.preview(administrator(ctx), "dias-no-habiles", None, values)
    assert (shift.code, shift.notified, shift.before) == (audit.code, False, opening.date)
    assert shift.after > opening.date
