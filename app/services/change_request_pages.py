"""Change requests as lists and pages show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.context import Context
from app.errors import NotFound
from app.models.accounts import User
from app.models.plans import Action, ChangeRequest, Plan, Remark
from app.permissions import Permission, can, scope
from app.services import plan_rows, plan_terms
from workflows.change_request import ChangeRequestState

PAGE = 50


@dataclass(frozen=True, slots=True)
class ListPage:
    rows: tuple[ChangeRequest, ...]
    total: int
    next_id: int | None


def page(
    ctx: Context, state: ChangeRequestState | None = None, before: int | None = None
) -> ListPage:
    """The next requests older than `before` that one may read, newest first; two queries."""
    wanted = [scope(ctx.actor, Permission.CHANGE_REQUEST_READ, ChangeRequest)]
    if state is not None:
        wanted.append(ChangeRequest.state == state)
    total = ctx.session.scalar(select(func.count(ChangeRequest.id)).where(*wanted)) or 0
    if before is not None:
        wanted.append(ChangeRequest.id < before)
    found = ctx.session.scalars(
        select(ChangeRequest)
        .where(*wanted)
        .options(
            joinedload(ChangeRequest.action).joinedload(Action.process),
            joinedload(ChangeRequest.requested_by),
        )
        .order_by(ChangeRequest.id.desc())
        .limit(PAGE + 1)
    ).all()
    return ListPage(tuple(found[:PAGE]), total, found[PAGE - 1].id if len(found) > PAGE else None)


def awaits_direction(ctx: Context, request: ChangeRequest) -> bool:
    """Whether the actor may give now the approval of the direction that the entity demands."""
    return (
        request.direction_approved_at is None
        and request.requested_by_id not in ctx.actor.persons
        and can(ctx.actor, Permission.CHANGE_REQUEST_APPROVE_DIRECTION, request)
        and plan_terms.direction_approves(ctx.session)
    )


@dataclass(frozen=True, slots=True)
class RequestPage:
    request: ChangeRequest
    action: Action
    plan: Plan
    direction_needed: bool
    max_extensions: int
    comments: Sequence[Remark]
    people: dict[int, User]


def request_page(ctx: Context, request_id: int) -> RequestPage:
    """A request with its action, as its page shows it. Raises: NotFound."""
    request = ctx.session.scalars(
        select(ChangeRequest)
        .where(ChangeRequest.id == request_id)
        .options(
            joinedload(ChangeRequest.action).joinedload(Action.plan),
            joinedload(ChangeRequest.action).selectinload(Action.executors),
            joinedload(ChangeRequest.requested_by),
            joinedload(ChangeRequest.drafted_by),
        )
    ).one_or_none()
    if request is None or not can(ctx.actor, Permission.CHANGE_REQUEST_READ, request):
        raise NotFound
    ids = (
        request.requested_by_id,
        request.direction_approved_by_id,
        request.decided_by_id,
    )
    comments = ctx.session.scalars(
        select(Remark)
        .where(Remark.change_request_id == request.id)
        .options(joinedload(Remark.author))
        .order_by(Remark.id)
    ).all()
    return RequestPage(
        request=request,
        action=request.action,
        plan=request.action.plan,
        direction_needed=plan_terms.direction_approves(ctx.session),
        max_extensions=plan_terms.max_extensions(ctx.session),
        comments=comments,
        people=plan_rows.people(ctx.session, [*ids, *(each.answered_by_id for each in comments)]),
    )
