"""Traslado of a finding: what the OCI may not judge is told to the authority that may.

Only the head of the OCI knows of it, and the legal representative of what is addressed to him:
the record never stands in the finding's own history.
Sources: docs/domain.md, "Referral"; Ley 87 de 1993, art. 12 k; Ley 1712 de 2014, art. 19 d.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, ScalarResult, func, select
from sqlalchemy.orm import joinedload

from app.context import Context
from app.errors import Invalid, NotFound
from app.models.accounts import User
from app.models.base import TITLE_LENGTH
from app.models.findings import Finding, Referral
from app.models.traceability import LedgerEvent
from app.permissions import Permission, scope
from app.services import edits, filing, referral_mails, submissions
from app.services.accounts_lists import active_people
from app.services.finding_facts import plain
from app.services.finding_rows import load_to_change
from app.services.transitions import load_for
from workflows.enums import ReferralAuthority, Role


@dataclass(frozen=True, slots=True)
class ReferralData:
    """Who is told what, by a letter of `sent_on`. The legal representative is a person with an
    account (`addressee_id`); any other addressee, words."""

    authority: ReferralAuthority
    addressee: str
    matter: str
    sent_on: date | None
    addressee_id: int | None = None


def refer(ctx: Context, finding_id: int, data: ReferralData, *, key: str = "") -> Referral:
    """Register the referral of a firm finding, with its filing number; the cycle goes on.

    Raises: NotFound, Forbidden, Invalid.
    """
    with ctx.transaction() as session:
        finding = load_to_change(ctx, finding_id, Permission.FINDING_REFER)
        earlier = submissions.claim(ctx, key)
        if earlier is not None:
            return session.get_one(Referral, int(earlier))
        sent_on, person = _checked(ctx, data)
        referral = Referral(
            finding_id=finding.id,
            audit_id=finding.audit_id,
            authority=data.authority,
            addressee=_named(person) if person else plain(data.addressee),
            addressee_id=person.id if person else None,
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
        if person is not None:
            referral_mails.addressed(ctx, referral, person)
        submissions.finish(ctx, key, referral.id)
    return referral


def _checked(ctx: Context, data: ReferralData) -> tuple[date, User | None]:
    """The day of the letter, and the person it is for. Raises: Invalid."""
    person = None
    if data.authority is ReferralAuthority.LEGAL_REPRESENTATIVE:
        person = next((p for p in possible_addressees(ctx) if p.id == data.addressee_id), None)
        if person is None:
            raise Invalid("addressee_id", "referral.needs_representative")
    elif data.addressee_id is not None:
        raise Invalid("addressee_id", "referral.not_of_the_entity")
    elif not plain(data.addressee):
        raise Invalid("addressee", "referral.needs_addressee")
    if not plain(data.matter):
        raise Invalid("matter", "referral.needs_matter")
    if data.sent_on is None or data.sent_on > ctx.today():
        raise Invalid("sent_on", "finding.future_date")
    return data.sent_on, person


def possible_addressees(ctx: Context) -> list[User]:
    """Who of the top management may be told, by name; never who tells it."""
    people = active_people(ctx, Role.TOP_MANAGEMENT)
    return [person for person in people if person.id != ctx.actor.user_id]


def _named(person: User) -> str:
    """The addressee as he was then, for the record."""
    return ", ".join(part for part in (person.name, person.position) if part)[:TITLE_LENGTH]


def record_answer(
    ctx: Context, referral_id: int, *, answer: str, answered_on: date | None, version: int | None
) -> Referral:
    """What the authority answered, or the legal representative himself; a correction keeps what
    stood before in the trail.

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
            if referral.addressee_id is not None:
                referral_mails.answered(ctx, referral)
    return referral


def find(ctx: Context, referral_id: int) -> Referral:
    """One referral, for its page; that the person it is addressed to opened it is recorded.

    Raises: NotFound, also for who may not know of it.
    """
    referral = _readable(ctx, Referral.id == referral_id).one_or_none()
    if referral is None:
        raise NotFound
    if referral.addressee_id == ctx.actor.user_id:
        with ctx.transaction():
            ctx.record("read", "open", referral)
    return referral


def told_to_me(ctx: Context) -> Sequence[Referral]:
    """What was addressed to the actor, the last first. Raises: NotFound for who may be told
    nothing, as if there were no such page."""
    if Role.TOP_MANAGEMENT not in ctx.actor.roles:
        raise NotFound
    found = _readable(ctx, Referral.addressee_id == ctx.actor.user_id).all()
    return found[::-1]


def first_read(ctx: Context, told: Sequence[Referral]) -> dict[int, datetime]:
    """When the person each of these is addressed to first opened it."""
    ids = [str(each.id) for each in told if each.addressee_id is not None]
    if not ids:
        return {}
    opened = (
        select(LedgerEvent.thing_id, func.min(LedgerEvent.at))
        .where(
            LedgerEvent.kind == "read",
            LedgerEvent.thing_kind == Referral.thing,
            LedgerEvent.thing_id.in_(ids),
        )
        .group_by(LedgerEvent.thing_id)
    )
    return {int(thing_id): at for thing_id, at in ctx.session.execute(opened)}


def of_finding(ctx: Context, finding: Finding) -> Sequence[Referral]:
    """Those of a finding that the actor may read, in order."""
    return _readable(ctx, Referral.finding_id == finding.id).all()


def _readable(ctx: Context, wanted: ColumnElement[bool]) -> ScalarResult[Referral]:
    return ctx.session.scalars(
        select(Referral)
        .where(wanted, scope(ctx.actor, Permission.REFERRAL_READ, Referral))
        .options(joinedload(Referral.referred_by), joinedload(Referral.finding))
        .order_by(Referral.id)
    )


def referred(ctx: Context, audit_id: int) -> Sequence[str]:
    """Codes of the findings of an audit that were referred, for who may know it."""
    return ctx.session.scalars(
        select(Finding.code)
        .join(Referral, Referral.finding_id == Finding.id)
        .where(Finding.audit_id == audit_id, scope(ctx.actor, Permission.REFERRAL_READ, Referral))
        .distinct()
        .order_by(Finding.code)
    ).all()
