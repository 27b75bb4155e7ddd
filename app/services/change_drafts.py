"""A change request that a liaison prepares and the leader of the process sends.

It is no state of the request: nothing is asked until the leader sends it, changed or not. An
action has at most one prepared at a time. Source: docs/domain.md, "Change requests prepared".
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.context import Context
from app.errors import Blocked, Forbidden, Invalid, NotFound
from app.models.plans import Action, ChangeDraft, ChangeRequest
from app.permissions import Permission, authorize, can
from app.services import (
    change_proposals,
    change_request_facts,
    edits,
    plan_notices,
    plan_rows,
    submissions,
)
from app.services.change_proposals import Proposal
from app.services.transitions import check_version, load, load_for
from workflows.change_request import ChangeRequestWorkflow
from workflows.enums import ChangeRequestType as Type


@dataclass(frozen=True, slots=True)
class Prepared:
    """The prepared request that a page showed, at its version there."""

    draft_id: int
    version: int | None


def prepare(
    ctx: Context,
    action_id: int,
    kind: Type,
    *,
    reason: str,
    proposal: Proposal,
    over: Prepared | None = None,
    key: str = "",
) -> ChangeDraft:
    """Leave a change request ready for the leader, or write `over` the one that was.

    It must be one that could be asked today: nobody prepares what will be refused.
    Raises: NotFound, Forbidden, StaleVersion (another stands there by now), Blocked, Invalid.
    """
    with ctx.transaction() as session:
        earlier = submissions.claim(ctx, key)
        if earlier is not None:
            return session.get_one(ChangeDraft, int(earlier))
        plan_rows.lock_around_action(session, action_id)
        action = preparable(ctx, action_id)
        demand_askable(ctx, action, kind, reason)
        _before, proposed = change_proposals.values(ctx, action, kind, proposal)
        values = {"type": kind, "reason": reason.strip(), "proposed": proposed}
        draft = take(ctx, action, over) if over else _new(ctx, action)
        changed = edits.apply(draft, values)
        session.add(draft)
        session.flush()
        if changed:
            ctx.record("change", "prepare", draft, {"action": action.code, "fields": changed})
        submissions.finish(ctx, key, draft.id)
    return draft


def _new(ctx: Context, action: Action) -> ChangeDraft:
    """Raises: StaleVersion when somebody else has prepared one meanwhile."""
    standing = open_of(ctx, action)
    if standing is not None:
        check_version(standing, 0)
    return ChangeDraft(
        action_id=action.id, author_id=ctx.actor.user_id, created_at=ctx.now(), reason=""
    )


def preparable(ctx: Context, action_id: int) -> Action:
    """An action for which this actor prepares changes. Raises: NotFound, Forbidden."""
    action = load_for(ctx, Action, action_id, Permission.ACTION_READ)
    authorize(ctx.actor, Permission.CHANGE_REQUEST_DRAFT, action)
    return action


def demand_askable(ctx: Context, action: Action, kind: Type, reason: str) -> None:
    """Raises: Blocked, with every condition on asking that is not met today."""
    given = change_request_facts.creation_facts(ctx, action, kind, reason)
    unmet = ChangeRequestWorkflow.creation_unmet(given)
    if unmet:
        raise Blocked("change_request.create", unmet, given)


def open_of(ctx: Context, action: Action) -> ChangeDraft | None:
    """What is prepared for an action and not sent yet, for who may prepare it."""
    if not can(ctx.actor, Permission.CHANGE_REQUEST_DRAFT, action):
        return None
    return ctx.session.scalars(
        select(ChangeDraft)
        .where(ChangeDraft.action_id == action.id, ChangeDraft.closed_at.is_(None))
        .options(joinedload(ChangeDraft.author))
    ).one_or_none()


def take(ctx: Context, action: Action, prepared: Prepared) -> ChangeDraft:
    """The prepared request of this action, locked in the open transaction; one that was sent or
    discarded is of another version. Raises: NotFound, StaleVersion."""
    draft = load(ctx.session, ChangeDraft, prepared.draft_id, lock=True)
    if draft.action_id != action.id:
        raise NotFound
    check_version(draft, prepared.version if draft.closed_at is None else 0)
    return draft


def use_up(ctx: Context, draft: ChangeDraft, request: ChangeRequest) -> None:
    """In the transaction that sends the request; its author learns of it in the daily digest."""
    draft.closed_at, draft.request_id = ctx.now(), request.id
    ctx.record("change", "send", draft, {"request": request.id})
    plan_notices.draft_sent(ctx, draft, request)


def discard(ctx: Context, draft_id: int, *, reason: str, version: int | None) -> ChangeDraft:
    """Send nothing: by the leader, with a word that its author reads in the daily digest, or by
    its author himself.

    Raises: NotFound, Forbidden, StaleVersion, Invalid.
    """
    with ctx.transaction():
        draft, action = discardable(ctx, draft_id)
        check_version(draft, version if draft.closed_at is None else 0)
        if not reason.strip():
            raise Invalid("reason", "change_draft.needs_reason")
        draft.closed_at, draft.discard_reason = ctx.now(), reason.strip()
        ctx.record("change", "discard", draft, {"reason": draft.discard_reason})
        plan_notices.draft_discarded(ctx, draft, action)
    return draft


def discardable(ctx: Context, draft_id: int) -> tuple[ChangeDraft, Action]:
    """One that this actor may discard, locked, and its action. Raises: NotFound, Forbidden."""
    draft = load(ctx.session, ChangeDraft, draft_id, lock=True)
    action = ctx.session.get_one(Action, draft.action_id)
    if not can(ctx.actor, Permission.CHANGE_REQUEST_DRAFT, action):
        raise NotFound
    if not may_discard(ctx, draft, action):
        raise Forbidden(Permission.CHANGE_REQUEST_CREATE)
    return draft, action


def may_discard(ctx: Context, draft: ChangeDraft, action: Action) -> bool:
    mine = draft.author_id in ctx.actor.persons
    return mine or can(ctx.actor, Permission.CHANGE_REQUEST_CREATE, action)
