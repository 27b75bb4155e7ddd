"""What the team asks of the audited process: asked, delivered, returned or accepted.

A request keeps every delivery with its files; each file is evidence of the audit.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from app.context import Context
from app.errors import Invalid, NotFound, OutOfPlace
from app.models.audits import Audit
from app.models.documents import Document, DocumentPurpose
from app.models.fieldwork import InformationDelivery, InformationRequest
from app.permissions import Permission, can
from app.services import documents, edits, information_mails, settings, submissions
from app.services.documents import Received
from app.services.replies import Upload, store
from app.services.terms import DueDate, compute_due
from app.services.transitions import load, load_for
from workflows.audit import AuditState
from workflows.enums import InformationState

TERM = "information_delivery"
ASKED_IN = frozenset({AuditState.PLANNING, AuditState.FIELDWORK, AuditState.DRAFT_REPORT})
"""In which states of the audit something may be asked."""
OPEN_IN = ASKED_IN | {AuditState.CONTRADICTION, AuditState.FINAL_REPORT}
"""In which states what was asked may still be delivered and reviewed."""
OWED = frozenset({InformationState.PENDING, InformationState.RETURNED})
LIVE = OWED | {InformationState.DELIVERED}


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing to ask. `due_on`: a later day than the term gives; none for the term's own."""

    title: str
    description: str = ""
    due_on: date | None = None


def term_from_today(ctx: Context) -> DueDate:
    """When something asked today is due, with its arithmetic."""
    return settings.due(ctx.session, TERM, ctx.today())


def may_ask(ctx: Context, audit: Audit) -> bool:
    """Whether the page offers to ask: right, moment, and an auditee who knows of the audit."""
    return (
        audit.state in ASKED_IN
        and audit.announced_at is not None
        and can(ctx.actor, Permission.INFORMATION_REQUEST_CREATE, audit)
    )


def ask(ctx: Context, audit_id: int, asked: Asked, *, key: str = "") -> InformationRequest:
    """Ask for something; the leader and the liaisons of the process are told.

    Raises: NotFound, Forbidden, OutOfPlace, Invalid (no title, not announced, too soon).
    """
    with ctx.transaction() as session:
        audit = load_for(ctx, Audit, audit_id, Permission.INFORMATION_REQUEST_CREATE)
        earlier = submissions.claim(ctx, key)
        if earlier is not None:
            return load(session, InformationRequest, int(earlier))
        if audit.state not in ASKED_IN:
            raise OutOfPlace(state=str(audit.state))
        due = _checked(ctx, audit, asked)
        taken = session.scalar(
            select(func.count(InformationRequest.id)).where(InformationRequest.audit_id == audit.id)
        )
        information_request = InformationRequest(
            audit_id=audit.id,
            process_id=audit.process_id,
            code=f"SI-{(taken or 0) + 1:02d}",  # the audit is locked: nobody else counts now
            title=asked.title.strip(),
            description=asked.description.strip(),
            state=InformationState.PENDING,
            requested_by_id=ctx.actor.user_id,
            requested_at=ctx.now(),
            due_on=asked.due_on or due.date,
            due=due.to_json(),
        )
        session.add(information_request)
        session.flush()
        ctx.record_transition(
            information_request,
            event="create",
            source="",
            target=InformationState.PENDING.value,
            details={
                "audit": audit.id,
                "code": information_request.code,
                "title": information_request.title,
                "due_on": information_request.due_on.isoformat(),
            },
        )
        information_mails.asked(ctx, audit, information_request)
        submissions.finish(ctx, key, information_request.id)
    return information_request


def _checked(ctx: Context, audit: Audit, asked: Asked) -> DueDate:
    """The term from today. Raises: Invalid."""
    if audit.announced_at is None:
        raise Invalid("title", "information_request.not_announced")
    if not asked.title.strip():
        raise Invalid("title", "information_request.needs_title")
    due = term_from_today(ctx)
    if asked.due_on is not None and asked.due_on < due.date:
        raise Invalid("due_on", "information_request.too_soon", first=f"{due.date:%d/%m/%Y}")
    return due


# ------------------------------------------------------------------ the auditee


def deliver(
    ctx: Context,
    request_id: int,
    *,
    text: str,
    files: Sequence[Upload] = (),
    version: int | None,
    key: str = "",
) -> InformationRequest:
    """Answer with text, files or both; late is allowed, and shows.

    A second press of the same form answers with the first one.
    Raises: NotFound, Forbidden, OutOfPlace, StaleVersion, Invalid (nothing in it, a file),
    StoreUnavailable.
    """
    _to_deliver(ctx, request_id)
    if not text.strip() and not files:
        raise Invalid("text", "information_request.needs_answer")
    with ExitStack() as stack:
        kept = store(ctx, stack, files)
        with ctx.transaction() as session:
            if submissions.claim(ctx, key) is not None:
                return load_for(ctx, InformationRequest, request_id, "information_request.read")
            information_request, audit = _to_deliver(ctx, request_id)
            _demand(information_request, OWED)
            edits.check_version(information_request, version, {})
            delivery = InformationDelivery(
                request_id=information_request.id,
                text=text.strip(),
                delivered_by_id=ctx.actor.user_id,
                delivered_at=ctx.now(),
                documents=_documents(ctx, audit, information_request, kept),
            )
            session.add(delivery)
            session.flush()
            details = {
                "delivery": delivery.id,
                "text": delivery.text,
                "sha256": [document.sha256 for document in delivery.documents],
            }
            _move(ctx, information_request, "deliver", InformationState.DELIVERED, "", details)
            information_mails.delivered(ctx, audit, information_request)
            submissions.finish(ctx, key, information_request.id)
    return information_request


def _documents(
    ctx: Context,
    audit: Audit,
    information_request: InformationRequest,
    kept: Sequence[tuple[str, Received]],
) -> list[Document]:
    home, purpose = documents.Home(audit=audit), DocumentPurpose.DELIVERY
    return [
        documents.finish_intent(
            ctx, key, received, home, purpose, f"{information_request.code} {received.filename}"
        )
        for key, received in kept
    ]


def _to_deliver(ctx: Context, request_id: int) -> tuple[InformationRequest, Audit]:
    """Raises: NotFound, Forbidden, OutOfPlace."""
    return _with_audit(ctx, request_id, Permission.INFORMATION_REQUEST_ANSWER)


# ------------------------------------------------------------------ the auditor


def accept(ctx: Context, request_id: int, *, note: str, version: int | None) -> InformationRequest:
    """What was delivered is what was asked.

    Raises: NotFound, Forbidden, OutOfPlace, StaleVersion.
    """
    with ctx.transaction():
        information_request, _audit = _to_review(ctx, request_id, version)
        _demand(information_request, {InformationState.DELIVERED})
        _close(ctx, information_request, note)
        _move(ctx, information_request, "accept", InformationState.FULFILLED, note)
    return information_request


def send_back(
    ctx: Context, request_id: int, *, note: str, version: int | None
) -> InformationRequest:
    """What was delivered does not serve, and why; the term to deliver runs again from today.

    Raises: NotFound, Forbidden, OutOfPlace, StaleVersion, Invalid (no note).
    """
    with ctx.transaction():
        information_request, audit = _to_review(ctx, request_id, version)
        _demand(information_request, {InformationState.DELIVERED})
        if not note.strip():
            raise Invalid("note", "needs_reason")
        last = information_request.deliveries[-1]
        last.returned_at, last.returned_by_id = ctx.now(), ctx.actor.user_id
        last.returned_note = note.strip()
        again = term_from_today(ctx)
        if again.date > information_request.due_on:
            information_request.due_on, information_request.due = again.date, again.to_json()
        details: dict[str, object] = {"due_on": information_request.due_on.isoformat()}
        _move(ctx, information_request, "send_back", InformationState.RETURNED, note, details)
        information_mails.returned(ctx, audit, information_request, last)
    return information_request


def withdraw(
    ctx: Context, request_id: int, *, note: str, version: int | None
) -> InformationRequest:
    """It is not needed any more, and why.

    Raises: NotFound, Forbidden, OutOfPlace, StaleVersion, Invalid (no reason).
    """
    with ctx.transaction():
        information_request, audit = _to_review(ctx, request_id, version)
        _demand(information_request, LIVE)
        if not note.strip():
            raise Invalid("note", "needs_reason")
        _close(ctx, information_request, note)
        _move(ctx, information_request, "withdraw", InformationState.WITHDRAWN, note)
        information_mails.withdrawn(ctx, audit, information_request)
    return information_request


def _close(ctx: Context, information_request: InformationRequest, note: str) -> None:
    information_request.closed_at = ctx.now()
    information_request.closed_by_id = ctx.actor.user_id
    information_request.closed_note = note.strip()


def _to_review(
    ctx: Context, request_id: int, version: int | None
) -> tuple[InformationRequest, Audit]:
    found, audit = _with_audit(ctx, request_id, Permission.INFORMATION_REQUEST_REVIEW)
    edits.check_version(found, version, {})
    return found, audit


def _with_audit(ctx: Context, request_id: int, permission: str) -> tuple[InformationRequest, Audit]:
    """The request and its audit, locked with the audit first.

    Raises: NotFound, Forbidden, OutOfPlace (the audit is past it, or stands still).
    """
    audit_id = ctx.session.scalar(
        select(InformationRequest.audit_id).where(InformationRequest.id == request_id)
    )
    if audit_id is None:
        raise NotFound
    audit = load(ctx.session, Audit, audit_id, lock=True)
    found = load_for(ctx, InformationRequest, request_id, permission)
    if audit.state not in OPEN_IN:
        raise OutOfPlace(state=str(audit.state))
    return found, audit


def _demand(information_request: InformationRequest, states: Collection[InformationState]) -> None:
    if information_request.state not in states:
        raise OutOfPlace(state=str(information_request.state))


def _move(
    ctx: Context,
    information_request: InformationRequest,
    event: str,
    target: InformationState,
    reason: str,
    details: dict[str, object] | None = None,
) -> None:
    source = information_request.state
    information_request.state = target
    ctx.session.flush()
    ctx.record_transition(
        information_request,
        event=event,
        source=source.value,
        target=target.value,
        reason=reason.strip(),
        details=details,
    )


# ------------------------------------------------------------------ the audit stood still


def shift_by_suspension(ctx: Context, audit: Audit, stop: tuple[date, date]) -> None:
    """What was owed when the audit stopped is due later: its term stood still on those days, both
    included. Inside the open transaction.
    """
    first, last = stop
    calendar = settings.calendar(ctx.session)
    rows = ctx.session.scalars(
        select(InformationRequest)
        .where(
            InformationRequest.audit_id == audit.id,
            InformationRequest.state.in_(sorted(OWED)),
            InformationRequest.due_on >= first,
        )
        .order_by(InformationRequest.id)
    ).all()
    for information_request in rows:
        before = DueDate.from_json(information_request.due)
        stops = [*before.suspensions, stop]
        after = compute_due(before.term, before.start_date, calendar, stops)
        extra = information_request.due_on - before.date  # days given beyond the term
        was = information_request.due_on
        information_request.due_on = after.date + extra
        information_request.due = after.to_json()
        body = {
            "term": TERM,
            "due_on": [was.isoformat(), information_request.due_on.isoformat()],
            "suspension": [first.isoformat(), last.isoformat()],
        }
        ctx.record("change", "shift_term", information_request, body)
