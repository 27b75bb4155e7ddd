"""Decisions of the CICCI, with the number and date of the minutes that prove them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.context import Context
from app.errors import Invalid
from app.models.audits import Audit, CommitteeDecision
from app.models.base import Traced
from app.permissions import Permission, authorize, can
from app.services import submissions
from app.services.transitions import load_for
from workflows.enums import CommitteeDecisionType, Role

FOR_AUDITS = (
    CommitteeDecisionType.CHANGE_ANNUAL_PLAN,
    CommitteeDecisionType.AUTHORISE_SPECIAL_AUDIT,
    CommitteeDecisionType.RESOLVE_CONFLICT,
)
"""What the committee decides about one audit: stopping it, allowing it, its independence."""


@dataclass(frozen=True, slots=True)
class DecisionData:
    type: CommitteeDecisionType
    minutes_number: str
    minutes_date: date
    text: str


def record_for_audit(
    ctx: Context, audit_id: int, data: DecisionData, *, key: str = ""
) -> CommitteeDecision:
    """Register a decision about an audit.

    Raises: NotFound, Forbidden, Invalid.
    """
    if data.type not in FOR_AUDITS:
        raise Invalid("type", "committee.other_type")
    with ctx.transaction() as session:
        audit = load_for(ctx, Audit, audit_id, "audit.read")
        authorize(ctx.actor, Permission.COMMITTEE_RECORD)
        earlier = submissions.claim(ctx, key)
        if earlier is not None:
            return session.get_one(CommitteeDecision, int(earlier))
        decision = add(ctx, audit, data)
        submissions.finish(ctx, key, decision.id)
    return decision


def add(ctx: Context, thing: Traced, data: DecisionData) -> CommitteeDecision:
    """Register a decision about a thing in the open transaction; the caller has authorised it.

    Raises: Invalid.
    """
    check_minutes(ctx, data.minutes_number, data.minutes_date)
    if not data.text.strip():
        raise Invalid("text", "committee.needs_text")
    kind, thing_id = thing.ref
    decision = CommitteeDecision(
        type=data.type,
        minutes_number=data.minutes_number.strip(),
        minutes_date=data.minutes_date,
        text=data.text.strip(),
        thing_kind=kind,
        thing_id=thing_id,
        recorded_by_id=ctx.actor.user_id,
        recorded_at=ctx.now(),
    )
    ctx.session.add(decision)
    ctx.session.flush()
    body = {
        "decision": decision.id,
        "type": data.type.value,
        "minutes_number": decision.minutes_number,
        "minutes_date": data.minutes_date.isoformat(),
        "text": decision.text,
    }
    ctx.record("change", "record_decision", thing, body)
    return decision


def check_minutes(ctx: Context, number: str, day: date | None) -> None:
    """Minutes have a number and a date that has come. Raises: Invalid."""
    if not number.strip():
        raise Invalid("minutes_number", "committee.needs_number")
    if day is None:
        raise Invalid("minutes_date", "committee.needs_date")
    if day > ctx.today():
        raise Invalid("minutes_date", "committee.future_minutes")


def of_audit(ctx: Context, audit: Audit) -> list[CommitteeDecision]:
    """Decisions about an audit, for the office and for those who sit in the committee."""
    sits = Role.TOP_MANAGEMENT in ctx.actor.roles
    if not sits and not can(ctx.actor, "working_paper.read", audit):
        return []
    return about(ctx.session, audit)


def about(
    session: Session, thing: Traced, types: Iterable[CommitteeDecisionType] | None = None
) -> list[CommitteeDecision]:
    """Decisions about a thing, newest first."""
    kind, thing_id = thing.ref
    statement = select(CommitteeDecision).where(
        CommitteeDecision.thing_kind == kind, CommitteeDecision.thing_id == thing_id
    )
    if types is not None:
        statement = statement.where(CommitteeDecision.type.in_(list(types)))
    return list(session.scalars(statement.order_by(CommitteeDecision.id.desc())))
