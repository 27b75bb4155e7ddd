"""The private address where a calendar program reads the due dates of one person."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from app.context import Context
from app.errors import Forbidden, NotFound
from app.models.accounts import CalendarFeed, User
from app.services import accounts, tasks
from app.services.accounts_people import locked_user
from app.services.accounts_sessions import TOKEN_BYTES, token_hash
from app.services.task_rows import Task


def current(ctx: Context) -> CalendarFeed | None:
    """The address that the actor has given out, if any; one query."""
    return ctx.session.scalars(_live(ctx)).first()


def create(ctx: Context) -> str:
    """Make a new address for the actor; an earlier one stops working. Answers its token, which
    is told only now: the hash alone is kept. Raises: Forbidden (nobody has come in)."""
    user_id = _myself(ctx)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with ctx.transaction() as session:
        locked_user(session, user_id)
        _revoke_all(ctx)
        feed = CalendarFeed(token_hash=token_hash(token), user_id=user_id, created_at=ctx.now())
        session.add(feed)
        session.flush()
        ctx.record("permission", "create", ("calendar_feed", str(feed.id)))
    return token


def revoke(ctx: Context) -> None:
    """Make the actor's address stop working; nothing if he has none. Raises: Forbidden."""
    user_id = _myself(ctx)
    with ctx.transaction() as session:
        locked_user(session, user_id)
        _revoke_all(ctx)


def dates_of(ctx: Context, token: str) -> Sequence[Task]:
    """What the owner of this address owes on a date, by what he may see today.

    Raises: NotFound, the same for an unknown, a revoked and a disabled person's address.
    """
    statement = (
        select(CalendarFeed)
        .join(User, User.id == CalendarFeed.user_id)
        .where(
            CalendarFeed.token_hash == token_hash(token),
            CalendarFeed.revoked_at.is_(None),
            User.disabled_at.is_(None),
        )
        .options(joinedload(CalendarFeed.user))
    )
    feed = ctx.session.scalars(statement).one_or_none()
    if feed is None:
        raise NotFound
    actor = accounts.actor_for(ctx.session, feed.user, ctx.today())
    owed = tasks.inbox(replace(ctx, actor=actor)).all_owed
    return [task for task in owed if task.due_on is not None]


def _myself(ctx: Context) -> int:
    if ctx.actor.user_id is None:
        raise Forbidden("calendar_feed.create")
    return ctx.actor.user_id


def _live(ctx: Context) -> Select[CalendarFeed]:
    return select(CalendarFeed).where(
        CalendarFeed.user_id == ctx.actor.user_id, CalendarFeed.revoked_at.is_(None)
    )


def _revoke_all(ctx: Context) -> None:
    for feed in ctx.session.scalars(_live(ctx)).all():
        feed.revoked_at = ctx.now()
        ctx.record("permission", "revoke", ("calendar_feed", str(feed.id)))
