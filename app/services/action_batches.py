"""One piece of work over several actions: each asked, allowed and recorded on its own.

A row that may not be done stops no other; the answer says of each what happened.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from app.context import Context
from app.errors import NotFound, Unavailable, VigiaError
from app.models.accounts import User
from app.models.org import Process
from app.models.plans import Action
from app.permissions import Permission, scope
from app.services import change_requests, news, report_words
from app.services.change_proposals import Proposal
from app.services.transitions import load_for
from workflows.enums import ChangeRequestType

MOST = 100


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened with one action: `error` is None when it was done."""

    action_id: int
    error: VigiaError | None = None


def selected(ctx: Context, ids: Sequence[int]) -> Sequence[Action]:
    """Of these actions, those that the actor may read, by code; the first `MOST`; two queries."""
    statement = (
        select(Action)
        .where(scope(ctx.actor, Permission.ACTION_READ, Action), Action.id.in_(sorted(set(ids))))
        .options(
            joinedload(Action.process),
            joinedload(Action.plan),
            joinedload(Action.responsible_unit),
            selectinload(Action.executors),
        )
        .order_by(Action.code)
        .limit(MOST)
    )
    return ctx.session.scalars(statement).all()


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
        own = f"{key}:{action_id}" if key else ""
        change_requests.create(ctx, action_id, kind, reason=reason, proposal=proposal, key=own)

    return _each(ids, one)


def remind(ctx: Context, ids: Sequence[int], *, note: str = "") -> list[Outcome]:
    """Tell those who carry each out, in their next digest, that it is awaited; once a day."""
    return _each(ids, lambda action_id: _remind(ctx, action_id, note.strip()))


def _remind(ctx: Context, action_id: int, note: str) -> None:
    with ctx.transaction() as session:
        action = load_for(ctx, Action, action_id, Permission.ACTION_READ)
        action = load_for(ctx, Action, action_id, Permission.ACTION_REMIND)
        leader = session.get_one(Process, action.process_id).leader_id
        people = [session.get(User, leader) if leader else None, *action.executors]
        others = [user for user in people if user and user.id != ctx.actor.user_id]
        due = f", que termina el {report_words.day(action.end_date)}" if action.end_date else ""
        text = f"{ctx.actor.name} le recuerda la acción {action.code}{due}. {note}".strip()
        key = f"remind:{action.id}:{ctx.today()}:{ctx.actor.user_id}"
        news.tell(ctx, others, key, action, text, f"/acciones/{action.id}")
        ctx.record("change", "remind", action, {"note": note})


def _each(ids: Sequence[int], do: Callable[[int], None]) -> list[Outcome]:
    done = []
    for action_id in list(dict.fromkeys(ids))[:MOST]:
        try:
            do(action_id)
        except Unavailable:
            raise  # not of this row: the rest would fail the same way
        except VigiaError as error:
            done.append(Outcome(action_id, error))
        else:
            done.append(Outcome(action_id))
    if not done:
        raise NotFound
    return done
