"""One-time links to set a password: for an invited person, or for the first administrator."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from app.context import Context
from app.errors import Forbidden, Invalid, NotFound
from app.models.accounts import OneTimeLink, User
from app.permissions import Permission, authorize
from app.services.accounts_people import (
    PersonData,
    accepted_password,
    add_grant,
    administrators,
    checked,
    demand_free_email,
    locked_user,
    void_links,
)
from app.services.accounts_sessions import TOKEN_BYTES, as_person, end_sessions, token_hash
from workflows.enums import Role

INVITATION, SETUP = "invite", "setup"
LINK_LIFE = {INVITATION: timedelta(hours=72), SETUP: timedelta(hours=24)}


@dataclass(frozen=True, slots=True)
class LinkInfo:
    """What the page of a live link needs to know."""

    purpose: str
    name: str
    email: str


def invite(ctx: Context, user_id: int, *, by_mail: bool = True) -> str:
    """Make a one-time link to set a password; earlier ones stop working. Answers its address.

    With `by_mail` it goes to the person; otherwise a command prints it.
    Raises: Forbidden, NotFound, Invalid (disabled person).
    """
    authorize(ctx.actor, Permission.USERS_MANAGE)
    with ctx.transaction() as session:
        user = locked_user(session, user_id)
        if user.disabled_at is not None:
            raise Invalid("user", "user.disabled")
        void_links(session, user, ctx.now())
        link, address = _new_link(ctx, INVITATION, user)
        ctx.record("permission", "invite", user, {"email": user.email})
        if by_mail:
            payload = {
                "to": user.email,
                "subject": "Su acceso a Vigía",
                "text": _invitation(user, address),
            }
            ctx.enqueue("mail", f"mail:invite:{link.id}", payload)
    return address


def _invitation(user: User, address: str) -> str:
    hours = int(LINK_LIFE[INVITATION].total_seconds() // 3600)
    return (
        f"{user.name}:\n\nPara entrar a Vigía, escriba su contraseña en esta dirección:\n\n"
        f"{address}\n\nSirve una sola vez y durante {hours} horas. No la comparta. "
        "Si usted no esperaba este mensaje, avise al administrador del sistema."
    )


def setup_link(ctx: Context) -> str:
    """Address where the first administrator makes his account.

    Raises: Forbidden (not the system, or an administrator exists already).
    """
    authorize(ctx.actor, Permission.USERS_MANAGE)
    with ctx.transaction() as session:
        if administrators(session):
            raise Forbidden("setup.done")
        link, address = _new_link(ctx, SETUP, None)
        ctx.record("permission", "setup_link", ("one_time_link", str(link.id)))
    return address


def _new_link(ctx: Context, purpose: str, user: User | None) -> tuple[OneTimeLink, str]:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = OneTimeLink(
        token_hash=token_hash(token),
        purpose=purpose,
        user_id=user.id if user else None,
        created_at=ctx.now(),
        expires_at=ctx.now() + LINK_LIFE[purpose],
    )
    ctx.session.add(link)
    ctx.session.flush()
    return link, f"{ctx.config.public_url}/enlace/{token}"


def look_at_link(ctx: Context, token: str) -> LinkInfo:
    """What a link is for. Raises: NotFound, the same for unknown, used and expired ones."""
    link = _live_link(ctx, token, lock=False)
    user = link.user
    return LinkInfo(link.purpose, user.name if user else "", user.email if user else "")


def _live_link(ctx: Context, token: str, *, lock: bool) -> OneTimeLink:
    statement = select(OneTimeLink).where(OneTimeLink.token_hash == token_hash(token))
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    link = ctx.session.scalars(statement).one_or_none()
    usable = link is not None and link.used_at is None and link.expires_at > ctx.now()
    if link is None or not usable:
        raise NotFound("link.invalid")
    if link.user is not None and link.user.disabled_at is not None:
        raise NotFound("link.invalid")
    if link.purpose == SETUP and administrators(ctx.session, lock=lock):
        raise NotFound("link.invalid")
    return link


def use_link(ctx: Context, token: str, *, password: str, email: str = "", name: str = "") -> str:
    """Set the password that a link allows; a set-up link also makes the first administrator.

    Every session of the person ends. Answers the mail to log in with.
    Raises: NotFound (the link does not serve), Invalid.
    """
    info = look_at_link(ctx, token)
    if info.purpose == SETUP:
        data = checked(PersonData(email, name))
    else:
        data = PersonData(info.email, info.name)
    hashed = accepted_password(password, data)
    with ctx.transaction() as session:
        link = _live_link(ctx, token, lock=True)
        link.used_at = ctx.now()
        user = link.user or _first_administrator(ctx, data)
        user.password_hash, user.password_changed_at = hashed, ctx.now()
        session.flush()
        link.user_id = user.id
        end_sessions(session, user.id, ctx.now())
        as_person(ctx, user).record("permission", "set_password", user, {"link": link.purpose})
    return data.email


def _first_administrator(ctx: Context, data: PersonData) -> User:
    demand_free_email(ctx.session, data.email)
    user = User(email=data.email, name=data.name, created_at=ctx.now())
    ctx.session.add(user)
    ctx.session.flush()
    add_grant(ctx, user, Role.ADMINISTRATOR)
    return user
