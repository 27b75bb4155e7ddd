"""Requests of information as pages read them: those of an audit, and each person's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from app.context import Context
from app.errors import NotFound
from app.models.audits import Audit
from app.models.documents import Document
from app.models.fieldwork import InformationDelivery, InformationRequest
from app.permissions import Permission, can, scope
from app.services.information_requests import LIVE, OPEN_IN, OWED
from workflows.enums import InformationState

PAGE = 50


@dataclass(frozen=True, slots=True)
class RequestPage:
    """Newest first; `next_before` is the key of the following page."""

    rows: Sequence[InformationRequest]
    next_before: int | None


def of_audit(ctx: Context, audit: Audit) -> Sequence[InformationRequest]:
    """Requests of an audit that the actor may read, in order of code."""
    return ctx.session.scalars(
        select(InformationRequest)
        .where(
            InformationRequest.audit_id == audit.id,
            scope(ctx.actor, Permission.INFORMATION_REQUEST_READ, InformationRequest),
        )
        .options(
            joinedload(InformationRequest.requested_by),
            selectinload(InformationRequest.deliveries),
        )
        .order_by(InformationRequest.id)
    ).all()


def mine(
    ctx: Context, *, state: InformationState | None = None, before: int | None = None
) -> RequestPage:
    """Requests that the actor may read, of every audit, newest first."""
    statement = select(InformationRequest).where(
        scope(ctx.actor, Permission.INFORMATION_REQUEST_READ, InformationRequest)
    )
    if state is not None:
        statement = statement.where(InformationRequest.state == state)
    if before is not None:
        statement = statement.where(InformationRequest.id < before)
    rows = ctx.session.scalars(
        statement.options(
            joinedload(InformationRequest.audit).joinedload(Audit.process),
            joinedload(InformationRequest.requested_by),
        )
        .order_by(InformationRequest.id.desc())
        .limit(PAGE + 1)
    ).all()
    shown = rows[:PAGE]
    return RequestPage(shown, shown[-1].id if len(rows) > PAGE else None)


def find(ctx: Context, request_id: int) -> InformationRequest:
    """A request that the actor may read, with its deliveries and files. Raises: NotFound."""
    deliveries = selectinload(InformationRequest.deliveries)
    found = ctx.session.scalars(
        select(InformationRequest)
        .where(InformationRequest.id == request_id)
        .options(
            joinedload(InformationRequest.audit).joinedload(Audit.process),
            joinedload(InformationRequest.requested_by),
            joinedload(InformationRequest.closed_by),
            deliveries.joinedload(InformationDelivery.delivered_by),
            deliveries.joinedload(InformationDelivery.returned_by),
            deliveries.selectinload(InformationDelivery.documents).joinedload(Document.uploaded_by),
        )
    ).one_or_none()
    if found is None or not can(ctx.actor, Permission.INFORMATION_REQUEST_READ, found):
        raise NotFound
    return found


def may_deliver(ctx: Context, found: InformationRequest) -> bool:
    return (
        found.state in OWED
        and found.audit.state in OPEN_IN
        and can(ctx.actor, Permission.INFORMATION_REQUEST_ANSWER, found)
    )


def may_review(ctx: Context, found: InformationRequest) -> bool:
    """Whether the page offers to accept or return what was delivered."""
    return found.state is InformationState.DELIVERED and may_withdraw(ctx, found)


def may_withdraw(ctx: Context, found: InformationRequest) -> bool:
    return (
        found.state in LIVE
        and found.audit.state in OPEN_IN
        and can(ctx.actor, Permission.INFORMATION_REQUEST_REVIEW, found)
    )
