"""News: what a person learns in the next daily digest, instead of a mail for each event."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import select

from app.context import Context
from app.models.accounts import Notice, User
from app.models.base import Traced
from app.models.findings import Finding
from app.models.plans import Action, ChangeRequest, Plan
from app.models.publications import Publication
from app.permissions import Actor, can

FRESH = timedelta(days=7)
"""News that waited longer (nobody sent digests) is no news any more."""
MODELS = {model.thing: model for model in (Action, ChangeRequest, Finding, Plan, Publication)}


def tell(
    ctx: Context, people: Iterable[User | None], key: str, thing: Traced, text: str, path: str
) -> int:
    """Leave news for these people in the open transaction, once for each `key`; answer for how
    many it is new.

    `thing`: what it is about; at the time of the digest only who may read it is told.
    """
    kind, thing_id = thing.ref
    if kind not in MODELS:
        raise ValueError(kind)
    told = {user.id: user for user in people if user is not None and user.disabled_at is None}
    known = select(Notice.user_id).where(Notice.key == key, Notice.user_id.in_(sorted(told)))
    fresh = sorted(set(told) - set(ctx.session.scalars(known)))
    for user_id in fresh:
        ctx.session.add(
            Notice(
                user_id=user_id,
                key=key,
                thing_kind=kind,
                thing_id=int(thing_id),
                text=text,
                path=path,
                created_at=ctx.now(),
            )
        )
    return len(fresh)


def waiting(ctx: Context, actor: Actor) -> list[Notice]:
    """News that the next digest of this person brings, oldest first."""
    statement = (
        select(Notice)
        .where(
            Notice.user_id == actor.user_id,
            Notice.told_on.is_(None),
            Notice.created_at > ctx.now() - FRESH,
        )
        .order_by(Notice.id)
    )
    return [row for row in ctx.session.scalars(statement) if _readable(ctx, actor, row)]


def _readable(ctx: Context, actor: Actor, notice: Notice) -> bool:
    model = MODELS[notice.thing_kind]
    row = ctx.session.get(model, notice.thing_id)
    return row is not None and can(actor, f"{model.thing}.read", row)
