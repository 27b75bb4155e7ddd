"""Traslado of a finding: what the OCI may not judge is told to the authority that may.

Only the head of the OCI knows of it: the record never stands in the finding's own history.
Sources: docs/domain.md, "Finding"; Ley 1712 de 2014, art. 19 d.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.context import Context
from app.errors import Invalid
from app.models.findings import Finding, Referral
from app.permissions import Permission, scope
from app.services import edits, filing, submissions
from app.services.finding_facts import plain
from app.services.finding_rows import load_to_change
from app.services.transitions import load_for
from workflows.enums import ReferralAuthority


@dataclass(frozen=True, slots=True)
class ReferralData:
    """Who is told what, by a letter of `sent_on`."""

    authority: ReferralAuthority
    addressee: str
    matter: str
    sent_on: date | None


def refer(ctx: Context, finding_id: int, data: ReferralData, *, key: str = "") -> Referral:
    """Register the referral of a firm finding, with its filing number; the cycle goes on.

    Raises: NotFound, Forbidden, Invalid.
    """
    with ctx.transaction() as session:
        finding = load_to_change(ctx, finding_id, Permission.FINDING_REFER)
        earlier = submissions.claim(ctx, key)
        if earlier is not None:
            return session.get_one(Referral, int(earlier))
        sent_on = _checked(ctx, data)
        referral = Referral(
            finding_id=finding.id,
            audit_id=finding.audit_id,
            authority=data.authority,
            addressee=plain(data.addressee),
            matter=plain(data.matter),
            sent_on=sent_on,
            filing_number="",
            referred_by_id=ctx.actor.user_id,
            referred_at=ctx.now(),
        )
        session.add(referral)
        session.flush()
        # The register of filings is read by others: it says that something was sent, not what.
        filed = filing.next_number(ctx, subject="Traslado por competencia", thing=referral)
        referral.filing_number = filed.number
        body = {
            "finding": finding.id,
            "authority": referral.authority.value,
            "sent_on": referral.sent_on.isoformat(),
            "filing_number": filed.number,
            "matter_sha256": filing.content_hash(referral.matter),
        }
        ctx.record("change", "refer", referral, body)
        submissions.finish(ctx, key, referral.id)
    return referral


def _checked(ctx: Context, data: ReferralData) -> date:
    """The day of the letter. Raises: Invalid."""
    if not plain(data.addressee):
        raise Invalid("addressee", "referral.needs_addressee")
    if not plain(data.matter):
        raise Invalid("matter", "referral.needs_matter")
    if data.sent_on is None or data.sent_on > ctx.today():
        raise Invalid("sent_on", "finding.future_date")
    return data.sent_on


def record_answer(
    ctx: Context, referral_id: int, *, answer: str, answered_on: date | None, version: int | None
) -> Referral:
    """What the authority answered; a correction keeps what stood before in the trail.

    Raises: NotFound, Forbidden, StaleVersion, Invalid.
    """
    with ctx.transaction():
        referral = load_for(ctx, Referral, referral_id, Permission.REFERRAL_RECORD_ANSWER)
        values = {"answer": plain(answer), "answered_on": answered_on}
        edits.check_version(referral, version, values)
        if not plain(answer):
            raise Invalid("answer", "referral.needs_answer")
        if answered_on is None or not referral.sent_on <= answered_on <= ctx.today():
            raise Invalid("answered_on", "finding.future_date")
        changed = edits.apply(referral, values)
        if changed:
            referral.answer_recorded_by_id = ctx.actor.user_id
            ctx.record("change", "record_answer", referral, {"fields": changed})
    return referral


def of_finding(ctx: Context, finding: Finding) -> Sequence[Referral]:
    """Those of a finding that the actor may read, in order."""
    return ctx.session.scalars(
        select(Referral)
        .where(
            Referral.finding_id == finding.id,
            scope(ctx.actor, Permission.REFERRAL_READ, Referral),
        )
        .options(joinedload(Referral.referred_by))
        .order_by(Referral.id)
    ).all()


def referred(ctx: Context, audit_id: int) -> Sequence[str]:
    """Codes of the findings of an audit that were referred, for who may know it."""
    return ctx.session.scalars(
        select(Finding.code)
        .join(Referral, Referral.finding_id == Finding.id)
        .where(Finding.audit_id == audit_id, scope(ctx.actor, Permission.REFERRAL_READ, Referral))
        .distinct()
        .order_by(Finding.code)
    ).all()
