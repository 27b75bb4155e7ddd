"""What the administration pages show about people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import or_, select, tuple_
from sqlalchemy.orm import Session

from app.context import Context
from app.errors import NotFound
from app.models.accounts import OneTimeLink, RoleGrant, User
from app.models.org import Process, Unit, process_liaison
from app.permissions import Permission, authorize
from workflows.enums import Role

PAGE = 50


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One line of the list of people."""

    user: User
    unit: str
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class PeoplePage:
    rows: tuple[PersonRow, ...]
    next_id: int | None


@dataclass(frozen=True, slots=True)
class PersonCard:
    """One person with what he may reach."""

    user: User
    unit: str
    roles: tuple[Role, ...]
    led: tuple[Process, ...]
    liaison: tuple[Process, ...]
    headed: tuple[Unit, ...]
    pending_link: OneTimeLink | None


def people_page(
    ctx: Context,
    *,
    text: str = "",
    role: Role | None = None,
    state: str = "",
    after: int | None = None,
) -> PeoplePage:
    """People by name, `PAGE` at a time, from after the person `after`.

    `state`: "" (all), "active" or "disabled". Raises: Forbidden.
    """
    authorize(ctx.actor, Permission.USERS_MANAGE)
    statement = select(User, Unit.name).outerjoin(Unit, Unit.id == User.unit_id)
    if text:
        found = [
            column.icontains(text, autoescape=True)
            for column in (User.name, User.email, User.position)
        ]
        statement = statement.where(or_(*found))
    if role is not None:
        held = select(RoleGrant.user_id).where(
            RoleGrant.role == role, RoleGrant.revoked_at.is_(None)
        )
        statement = statement.where(User.id.in_(held))
    if state == "active":
        statement = statement.where(User.disabled_at.is_(None))
    elif state == "disabled":
        statement = statement.where(User.disabled_at.is_not(None))
    if after is not None:
        last = ctx.session.get(User, after)
        if last is not None:
            statement = statement.where(tuple_(User.name, User.id) > (last.name, last.id))
    found_rows = ctx.session.execute(statement.order_by(User.name, User.id).limit(PAGE + 1)).all()
    shown = found_rows[:PAGE]
    roles = roles_of(ctx.session, [user.id for user, _unit in shown])
    rows = tuple(PersonRow(user, unit or "", roles[user.id]) for user, unit in shown)
    return PeoplePage(rows, shown[-1][0].id if len(found_rows) > PAGE else None)


def roles_of(session: Session, user_ids: Iterable[int]) -> dict[int, tuple[Role, ...]]:
    """Live roles of these people, in the order of the enumeration."""
    held: dict[int, set[Role]] = defaultdict(set)
    statement = select(RoleGrant.user_id, RoleGrant.role).where(
        RoleGrant.user_id.in_(list(user_ids)), RoleGrant.revoked_at.is_(None)
    )
    for user_id, role in session.execute(statement):
        held[user_id].add(role)
    order = list(Role)
    return defaultdict(tuple, {k: tuple(sorted(v, key=order.index)) for k, v in held.items()})


def person_card(ctx: Context, user_id: int) -> PersonCard:
    """Raises: Forbidden, NotFound."""
    authorize(ctx.actor, Permission.USERS_MANAGE)
    session = ctx.session
    user = session.get(User, user_id)
    if user is None:
        raise NotFound
    unit = session.get(Unit, user.unit_id) if user.unit_id else None
    liaison = (
        select(Process)
        .join(process_liaison, process_liaison.c.process_id == Process.id)
        .where(process_liaison.c.user_id == user.id)
    )
    link = select(OneTimeLink).where(
        OneTimeLink.user_id == user.id,
        OneTimeLink.used_at.is_(None),
        OneTimeLink.expires_at > ctx.now(),
    )
    return PersonCard(
        user=user,
        unit=unit.name if unit else "",
        roles=roles_of(session, [user.id])[user.id],
        led=tuple(session.scalars(select(Process).where(Process.leader_id == user.id))),
        liaison=tuple(session.scalars(liaison)),
        headed=tuple(session.scalars(select(Unit).where(Unit.head_id == user.id))),
        pending_link=session.scalars(link.order_by(OneTimeLink.id.desc())).first(),
    )


def active_people(ctx: Context, role: Role | None = None) -> list[User]:
    """Everybody with an open account (and this role), by name: for select fields.

    Names and positions of colleagues are known inside the entity; nothing else is given.
    Raises: Forbidden when nobody is signed in.
    """
    if not ctx.actor.is_person:
        authorize(ctx.actor, Permission.USERS_MANAGE)
    statement = select(User).where(User.disabled_at.is_(None)).order_by(User.name, User.id)
    if role is not None:
        statement = statement.where(
            User.id.in_(
                select(RoleGrant.user_id).where(
                    RoleGrant.role == role, RoleGrant.revoked_at.is_(None)
                )
            )
        )
    return list(ctx.session.scalars(statement))


def names_by_id(ctx: Context, user_ids: Iterable[int]) -> dict[int, str]:
    """Names of these people. Raises: Forbidden."""
    authorize(ctx.actor, Permission.USERS_MANAGE)
    rows = ctx.session.execute(select(User.id, User.name).where(User.id.in_(list(user_ids))))
    return {user_id: name for user_id, name in rows}
