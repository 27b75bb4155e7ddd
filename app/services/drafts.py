"""What a person has typed in a long form and not yet sent: seen by that person only."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlalchemy import delete, func, select

from app.context import Context
from app.errors import Invalid, NotFound
from app.models.accounts import Draft
from app.models.base import CODE_LENGTH
from app.services.upserts import insert

NAME = re.compile(r"[a-z0-9_.:-]+")
MAX_CHARACTERS = 250_000  # twelve texts of the greatest length
MAX_PER_PERSON = 200

Content = Mapping[str, str | list[str]]


def save(ctx: Context, form: str, thing: str, content: Content) -> None:
    """Keep the fields of a form over what was kept before. Names without text are kept too.

    `form` names the form ("audit_program"), `thing` what it is about ("12", "new").
    Raises: NotFound (no such form), Invalid (too much to keep).
    """
    _check_names(ctx, form, thing)
    if sum(len(name) + sum(map(len, _texts(value))) for name, value in content.items()) > (
        MAX_CHARACTERS
    ):
        raise Invalid("fields", "draft.too_big")
    now = ctx.now()
    with ctx.transaction() as session:
        if _count(ctx, form, thing) >= MAX_PER_PERSON:
            raise Invalid("fields", "draft.too_many")
        values = {"content": dict(content), "saved_at": now}
        session.execute(
            insert(session, Draft)
            .values(user_id=ctx.actor.user_id, form=form, thing=thing, **values)
            .on_conflict_do_update(index_elements=["user_id", "form", "thing"], set_=values)
        )


def find(ctx: Context, form: str, thing: object) -> Draft | None:
    """The actor's own draft of this form, if any."""
    return ctx.session.scalars(
        select(Draft).where(
            Draft.user_id == ctx.actor.user_id, Draft.form == form, Draft.thing == str(thing)
        )
    ).one_or_none()


def drop(ctx: Context, form: str, thing: object) -> None:
    """Forget the actor's draft, in the open transaction of the form that was sent."""
    ctx.session.execute(
        delete(Draft).where(
            Draft.user_id == ctx.actor.user_id, Draft.form == form, Draft.thing == str(thing)
        )
    )


def discard(ctx: Context, form: str, thing: str) -> None:
    """Forget the actor's draft because the actor says so."""
    with ctx.transaction():
        drop(ctx, form, thing)


def _check_names(ctx: Context, form: str, thing: str) -> None:
    known = len(form) <= CODE_LENGTH and len(thing) <= 2 * CODE_LENGTH
    if ctx.actor.user_id is None or not known or not NAME.fullmatch(f"{form}{thing}"):
        raise NotFound


def _texts(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _count(ctx: Context, form: str, thing: str) -> int:
    """The person's other drafts."""
    statement = select(func.count(Draft.id)).where(
        Draft.user_id == ctx.actor.user_id, (Draft.form != form) | (Draft.thing != thing)
    )
    return ctx.session.scalar(statement) or 0
