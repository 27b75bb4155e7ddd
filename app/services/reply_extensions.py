"""More time to reply to the preliminary report: asked within the term, decided by the OCI's head.

An extension that waits for its answer keeps the findings from being ratified by silence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, joinedload

from app.context import Context
from app.errors import Invalid, NotFound, OutOfPlace
from app.models.audits import Audit
from app.models.findings import Finding, ReplyExtension
from app.permissions import Permission, can, scope
from app.services import edits, extension_mails, filing, settings, submissions
from app.services.audit_terms import REPLY
from app.services.finding_facts import plain
from app.services.terms import DueDate, compute_due
from app.services.transitions import load, load_for
from workflows.audit import AuditState
from workflows.enums import ExtensionState
from workflows.finding import FindingState

MOST_DAYS, MOST_TIMES = "reply_extension", "max_reply_extensions"
"""Limits of the catalogue: days of all the extensions of a term, and how many there may be."""


def most_days(ctx: Context) -> int:
    return settings.limit(ctx.session, MOST_DAYS)


def may_request(ctx: Context, audit: Audit) -> bool:
    """Whether the page offers it: right, moment, and an extension left to ask for."""
    return can(ctx.actor, Permission.REPLY_EXTENSION_REQUEST, audit) and (
        _refusal(ctx, audit) is None
    )


def request(
    ctx: Context, audit_id: int, *, days: int, reason: str, key: str = ""
) -> ReplyExtension:
    """Ask for so many days more; it is filed, and the head and the lead auditors are told.

    Raises: NotFound, Forbidden, OutOfPlace (another one waits), Invalid.
    """
    with ctx.transaction() as session:
        audit = load_for(ctx, Audit, audit_id, Permission.REPLY_EXTENSION_REQUEST)
        earlier = submissions.claim(ctx, key)
        if earlier is not None:
            return session.get_one(ReplyExtension, int(earlier))
        refusal = _refusal(ctx, audit)
        if refusal is not None:
            raise refusal
        if not plain(reason):
            raise Invalid("reason", "needs_reason")
        _demand_days(ctx, days)
        filed = filing.next_number(
            ctx,
            subject=f"Solicitud de prórroga para responder la auditoría {audit.code}",
            thing=audit,
        )
        extension = ReplyExtension(
            audit_id=audit.id,
            process_id=audit.process_id,
            days=days,
            reason=plain(reason),
            filing_number=filed.number,
            state=ExtensionState.REQUESTED,
            requested_by_id=ctx.actor.user_id,
            requested_at=ctx.now(),
            due_before=dict(audit.reply_due or {}),
        )
        session.add(extension)
        session.flush()
        details = {"audit": audit.id, "days": days, "filing_number": filed.number}
        ctx.record_transition(
            extension,
            event="create",
            source="",
            target=ExtensionState.REQUESTED.value,
            reason=extension.reason,
            details=details,
        )
        extension_mails.requested(ctx, audit, extension)
        submissions.finish(ctx, key, extension.id)
    return extension


def _refusal(ctx: Context, audit: Audit) -> Invalid | OutOfPlace | None:
    """Why no extension can be asked for today; None when it can."""
    if audit.reply_due_on is None or audit.state is not AuditState.CONTRADICTION:
        return OutOfPlace(event="request_extension", state=audit.state.value)
    if audit.reply_due_on < ctx.today():
        return Invalid("days", "reply_extension.ended")
    if pending(ctx.session, audit.id) is not None:
        return OutOfPlace("reply_extension.pending", event="request_extension")
    unanswered = exists().where(
        Finding.audit_id == audit.id, Finding.state == FindingState.PRELIMINARY
    )
    if not ctx.session.scalar(select(unanswered)):
        return Invalid("days", "reply_extension.nothing_pending")
    most = settings.limit(ctx.session, MOST_TIMES)
    if _granted(ctx.session, audit.id) >= most or most_days(ctx) < 1:
        return Invalid("days", "reply_extension.too_many", most=most)
    return None


def _demand_days(ctx: Context, days: int | None) -> None:
    most = most_days(ctx)
    if days is None or not 1 <= days <= most:
        raise Invalid("days", "reply_extension.needs_days", most=most)


def _granted(session: Session, audit_id: int) -> int:
    counted = select(func.count(ReplyExtension.id)).where(
        ReplyExtension.audit_id == audit_id, ReplyExtension.state == ExtensionState.GRANTED
    )
    return session.scalar(counted) or 0


def pending(session: Session, audit_id: int) -> ReplyExtension | None:
    """The extension of an audit that still waits for its answer."""
    return session.scalars(
        select(ReplyExtension).where(
            ReplyExtension.audit_id == audit_id, ReplyExtension.state == ExtensionState.REQUESTED
        )
    ).first()


def decide(
    ctx: Context, extension_id: int, *, days: int | None, reason: str, version: int | None
) -> ReplyExtension:
    """Grant so many days (no more than the limit; fewer than asked is allowed), or deny: no days.

    The term counts the granted days from where it began, with the calendar of today.
    Raises: NotFound, Forbidden, StaleVersion, OutOfPlace, Invalid.
    """
    with ctx.transaction() as session:
        audit_id = session.scalar(
            select(ReplyExtension.audit_id).where(ReplyExtension.id == extension_id)
        )
        if audit_id is None:
            raise NotFound
        audit = load(session, Audit, audit_id, lock=True)
        extension = _to_decide(ctx, extension_id, version)
        if not plain(reason):
            raise Invalid("reason", "needs_reason")
        after = None if days is None else _extended(ctx, audit, days)
        source, event = extension.state, "deny" if after is None else "grant"
        extension.state = ExtensionState.DENIED if after is None else ExtensionState.GRANTED
        extension.decided_by_id, extension.decided_at = ctx.actor.user_id, ctx.now()
        extension.decision_reason = plain(reason)
        extension.days_granted = days
        extension.due_after = None if after is None else after.to_json()
        session.flush()
        ctx.record_transition(
            extension,
            event=event,
            source=source.value,
            target=extension.state.value,
            reason=extension.decision_reason,
            details={"audit": audit.id, "days": days or 0},
        )
        if after is not None:
            _write(ctx, audit, after)
        extension_mails.decided(ctx, audit, extension)
    return extension


def _to_decide(ctx: Context, extension_id: int, version: int | None) -> ReplyExtension:
    """Raises: NotFound, Forbidden, StaleVersion, OutOfPlace (decided already, audit stopped)."""
    extension = load(ctx.session, ReplyExtension, extension_id, lock=True)
    if not can(ctx.actor, Permission.REPLY_EXTENSION_READ, extension):
        raise NotFound
    edits.check_version(extension, version, {})
    running = extension.audit.state is AuditState.CONTRADICTION
    if extension.state is not ExtensionState.REQUESTED or not running:
        raise OutOfPlace(event="decide", state=extension.state.value)
    return load_for(ctx, ReplyExtension, extension_id, Permission.REPLY_EXTENSION_DECIDE)


def _extended(ctx: Context, audit: Audit, days: int) -> DueDate:
    """Raises: Invalid: too many days, or too few for a term that went by meanwhile."""
    _demand_days(ctx, days)
    before = DueDate.from_json(audit.reply_due or {})
    term = replace(before.term, extended=before.term.extended + days)
    calendar = settings.calendar(ctx.session)
    after = compute_due(term, before.start_date, calendar, before.suspensions)
    if after.date < ctx.today():
        raise Invalid("days", "reply_extension.too_late", day=f"{after.date:%d/%m/%Y}")
    return after


def _write(ctx: Context, audit: Audit, after: DueDate) -> None:
    was = audit.reply_due_on
    audit.reply_due_on, audit.reply_due = after.date, after.to_json()
    dates = [was.isoformat() if was else "", after.date.isoformat()]
    ctx.record("change", "extend_term", audit, {"term": REPLY, "reply_due_on": dates})


# ------------------------------------------------------------------ reading


def of_audit(ctx: Context, audit_id: int) -> Sequence[ReplyExtension]:
    """Those of an audit that the actor may read, in order."""
    return ctx.session.scalars(
        select(ReplyExtension)
        .where(
            ReplyExtension.audit_id == audit_id,
            scope(ctx.actor, Permission.REPLY_EXTENSION_READ, ReplyExtension),
        )
        .order_by(ReplyExtension.id)
    ).all()


def find(ctx: Context, extension_id: int) -> ReplyExtension:
    """Raises: NotFound, also when the actor may not read it."""
    found = ctx.session.scalars(
        select(ReplyExtension)
        .where(ReplyExtension.id == extension_id)
        .options(
            joinedload(ReplyExtension.audit).joinedload(Audit.process),
            joinedload(ReplyExtension.requested_by),
            joinedload(ReplyExtension.decided_by),
        )
    ).one_or_none()
    if found is None or not can(ctx.actor, Permission.REPLY_EXTENSION_READ, found):
        raise NotFound
    return found


def may_decide(ctx: Context, extension: ReplyExtension) -> bool:
    return extension.audit.state is AuditState.CONTRADICTION and can(
        ctx.actor, Permission.REPLY_EXTENSION_DECIDE, extension
    )
