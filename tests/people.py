"""People with accounts for the tests: by service, acting, signed in, in a browser."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from app.context import Context
from app.models.accounts import Substitution, User
from app.models.traceability import LedgerEvent
from app.permissions import ANONYMOUS
from app.services import accounts
from workflows.enums import Role

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

PASSWORD = "tres gatos verdes"
NEW_PASSWORD = "cuatro perros azules"
TODAY = date(2027, 3, 1)  # when the clock of the tests starts


def make_person(
    ctx: Context,
    email: str = "ana@entidad.gov.co",
    *roles: Role,
    password: str | None = PASSWORD,
    name: str = "",
) -> User:
    """An account whose password is `PASSWORD`; without a name, one made of the address."""
    name = name or f"{email.partition('@')[0].title()} Ruiz"
    data = accounts.PersonData(email, name, "Profesional")
    return accounts.create_user(ctx, data, roles=roles, password=password)


def acting(ctx: Context, user: User) -> Context:
    """The context of this person's requests, with the rights of today."""
    return replace(ctx, actor=accounts.actor_for(ctx.session, user, ctx.today()))


def signed_in(ctx: Context, user: User, password: str = PASSWORD) -> tuple[str, Context]:
    """A session of this person and the context of its requests."""
    token = accounts.log_in(replace(ctx, actor=ANONYMOUS), user.email, password)
    found = accounts.resolve_session(ctx, token)
    assert found is not None
    actor = accounts.actor_for(ctx.session, found[0], ctx.today(), found[1].id)
    return token, replace(ctx, actor=actor)


def is_live(ctx: Context, token: str) -> bool:
    """Whether the next request with this session token would be served."""
    ctx.session.rollback()
    return accounts.resolve_session(ctx, token) is not None


def traced(ctx: Context, kind: str) -> list[str]:
    """What the ledger says was done, of one kind, oldest first."""
    statement = select(LedgerEvent.action).where(LedgerEvent.kind == kind)
    return list(ctx.session.scalars(statement.order_by(LedgerEvent.seq)))


def browser(app: Flask, email: str, password: str = PASSWORD) -> FlaskClient:
    """A browser in which this person has signed in."""
    client = app.test_client()
    answer = client.post("/entrar", data={"email": email, "password": password})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return client


def substitution(
    ctx: Context, absent: User, substitute: User, *, start: date = TODAY, days: int = 5
) -> Substitution:
    """Somebody acts for somebody else during these days, both ends included."""
    return accounts.create_substitution(
        ctx,
        absent_id=absent.id,
        substitute_id=substitute.id,
        starts_on=start,
        ends_on=start + timedelta(days=days),
        reason="Vacaciones",
    )
