"""Forms that make something are taken once: a second press answers with the first result."""

from __future__ import annotations

import hashlib
import secrets

from sqlalchemy import select

from app.context import Context
from app.models.accounts import Submission
from app.services.upserts import insert


def new_key() -> str:
    """A one-time key for a form that is about to be shown."""
    return secrets.token_urlsafe(24)


def claim(ctx: Context, key: str) -> str | None:
    """Take a form inside the open transaction.

    Answers None when it is new (or carries no key), else the result of the first time. On
    PostgreSQL a second press waits here until the first one has ended.
    """
    if not key:
        return None
    session, name = ctx.session, _name(ctx, key)
    values = {"key": name, "user_id": ctx.actor.user_id, "result": "", "at": ctx.now()}
    taken = session.execute(
        insert(session, Submission)
        .values(**values)
        .on_conflict_do_nothing()
        .returning(Submission.key)
    ).scalar()
    if taken is not None:
        return None
    return session.scalars(select(Submission.result).where(Submission.key == name)).one()


def earlier(ctx: Context, key: str) -> str | None:
    """What a form already made, for a page whose choices changed because of it; takes nothing."""
    if not key:
        return None
    statement = select(Submission.result).where(Submission.key == _name(ctx, key))
    return ctx.session.scalars(statement).one_or_none() or None


def finish(ctx: Context, key: str, result: object) -> None:
    """Keep what the form made (an id), in the transaction that made it."""
    if key:
        ctx.session.get_one(Submission, _name(ctx, key)).result = str(result)


def _name(ctx: Context, key: str) -> str:
    """Keys of two people never meet, and the length of what is sent does not matter."""
    return hashlib.sha256(f"{ctx.actor.user_id}:{key}".encode()).hexdigest()
