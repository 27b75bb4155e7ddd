"""Who acts for an absent person, and when."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, joinedload

from app.context import Context
from app.errors import Forbidden, Invalid, NotFound
from app.models.accounts import Substitution
from app.permissions import Permission, authorize, can
from app.services.accounts_people import locked_user


def create_substitution(
    ctx: Context, *, absent_id: int, substitute_id: int, starts_on: date, ends_on: date, reason: str
) -> Substitution:
    """Name who acts for an absent person, between two dates, both included.

    The person does it for himself, or the administrator; nobody appoints himself.
    Raises: Forbidden, Invalid.
    """
    author_id = _own_or_manager(ctx, absent_id)
    if substitute_id == author_id:
        raise Forbidden("substitution.oneself")
    if substitute_id == absent_id:
        raise Invalid("substitute_id", "substitution.same_person")
    if ends_on < starts_on:
        raise Invalid("ends_on", "substitution.dates")
    if ends_on < ctx.today():
        raise Invalid("ends_on", "substitution.past")
    with ctx.transaction() as session:
        absent, substitute = locked_user(session, absent_id), locked_user(session, substitute_id)
        if substitute.disabled_at is not None:
            raise Invalid("substitute_id", "user.disabled")
        _demand_no_overlap(session, absent_id, substitute_id, starts_on, ends_on)
        row = Substitution(
            absent_id=absent_id,
            substitute_id=substitute_id,
            starts_on=starts_on,
            ends_on=ends_on,
            reason=reason.strip(),
            created_by_id=author_id,
        )
        session.add(row)
        body = {
            "absent_id": absent_id,
            "absent": absent.name,
            "substitute_id": substitute_id,
            "substitute": substitute.name,
            "starts_on": starts_on.isoformat(),
            "ends_on": ends_on.isoformat(),
            "reason": row.reason,
        }
        ctx.record("permission", "create", row, body)
    return row


def _own_or_manager(ctx: Context, absent_id: int) -> int:
    author_id = ctx.actor.user_id
    if author_id is None:
        raise Forbidden("substitution.of_others")
    if absent_id != author_id and not can(ctx.actor, Permission.USERS_MANAGE):
        raise Forbidden("substitution.of_others")
    return author_id


def _demand_no_overlap(
    session: Session, absent_id: int, substitute_id: int, starts_on: date, ends_on: date
) -> None:
    statement = select(Substitution.id).where(
        Substitution.absent_id == absent_id,
        Substitution.substitute_id == substitute_id,
        Substitution.cancelled_at.is_(None),
        Substitution.starts_on <= ends_on,
        Substitution.ends_on >= starts_on,
    )
    if session.scalars(statement).first() is not None:
        raise Invalid("starts_on", "substitution.overlap")


def cancel_substitution(ctx: Context, substitution_id: int) -> None:
    """End a substitution now. The absent person or the administrator may.

    Raises: NotFound, also when it is somebody else's.
    """
    with ctx.transaction() as session:
        row = session.get(Substitution, substitution_id, with_for_update=True)
        if row is None:
            raise NotFound
        own = ctx.actor.user_id is not None and row.absent_id == ctx.actor.user_id
        if not own and not can(ctx.actor, Permission.USERS_MANAGE):
            raise NotFound
        if row.cancelled_at is None:
            row.cancelled_at = ctx.now()
            body = {"absent": row.absent.name, "substitute": row.substitute.name}
            ctx.record("permission", "cancel", row, body)


def substitutions_of(ctx: Context) -> list[Substitution]:
    """Those of the acting person that have not passed: as absent and as substitute."""
    mine = or_(
        Substitution.absent_id == ctx.actor.user_id, Substitution.substitute_id == ctx.actor.user_id
    )
    return _current(ctx, mine)


def all_substitutions(ctx: Context) -> list[Substitution]:
    """Every substitution that has not passed. Raises: Forbidden."""
    authorize(ctx.actor, Permission.USERS_MANAGE)
    return _current(ctx, Substitution.id.is_not(None))


def _current(ctx: Context, condition: ColumnElement[bool]) -> list[Substitution]:
    statement = (
        select(Substitution)
        .where(condition, Substitution.cancelled_at.is_(None), Substitution.ends_on >= ctx.today())
        .options(joinedload(Substitution.absent), joinedload(Substitution.substitute))
        .order_by(Substitution.starts_on, Substitution.id)
    )
    return list(ctx.session.scalars(statement))
