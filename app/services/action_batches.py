"""Changes asked of several actions at once; a request, and a result, for each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import joinedload, selectinload

from app.context import Context
from app.models.plans import Action
from app.services import batches, change_requests
from app.services.batches import Outcome
from app.services.change_proposals import Proposal
from workflows.enums import ChangeRequestType


def selected(ctx: Context, ids: Sequence[int]) -> Sequence[Action]:
    """Of these actions, those that the actor may read, by code; two queries."""
    return batches.selected(
        ctx,
        Action,
        ids,
        Action.code,
        joinedload(Action.process),
        joinedload(Action.plan),
        joinedload(Action.responsible_unit),
        selectinload(Action.executors),
    )


def extend(
    ctx: Context, ids: Sequence[int], *, end_date: date, reason: str, key: str
) -> list[Outcome]:
    """Ask for more time for each, until the same day."""
    proposal = Proposal(end_date=end_date)
    return _ask(ctx, ids, ChangeRequestType.EXTENSION, proposal, reason, key)


def reassign(
    ctx: Context, ids: Sequence[int], *, proposal: Proposal, reason: str, key: str
) -> list[Outcome]:
    """Ask that the same unit, position and people answer for each."""
    return _ask(ctx, ids, ChangeRequestType.RESPONSIBLE_CHANGE, proposal, reason, key)


def _ask(
    ctx: Context,
    ids: Sequence[int],
    kind: ChangeRequestType,
    proposal: Proposal,
    reason: str,
    key: str,
) -> list[Outcome]:
    def one(action_id: int) -> None:
        own = batches.own_key(key, action_id)
        change_requests.create(ctx, action_id, kind, reason=reason, proposal=proposal, key=own)

    return batches.each(ids, one)
