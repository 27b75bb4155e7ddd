"""Browsers of the people of an office, and what tests look at behind their pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event
from werkzeug.test import TestResponse

from app.context import Context
from app.filters import codes
from app.models.accounts import User
from tests import factories as make


class Browse:
    """A browser for each person, signed in at the first use."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.clients: dict[int, FlaskClient] = {}

    def __call__(self, user: User) -> FlaskClient:
        if user.id not in self.clients:
            self.clients[user.id] = make.sign_in(self.app.test_client(), user)
        return self.clients[user.id]


def text(answer: TestResponse) -> str:
    """The page on one line."""
    return " ".join(answer.get_data(as_text=True).split())


def code(value: str) -> str:
    """A code as a page writes it, never broken at its hyphens."""
    return str(codes(value))


def rows(ctx: Context, statement: Any) -> list[Any]:
    """What the requests have written up to now."""
    ctx.session.rollback()
    return list(ctx.session.scalars(statement))


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements that reach the database meanwhile."""
    found: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


def engine_of(app: Flask) -> Engine:
    """The engine that the requests use."""
    from app.extensions import db

    with app.app_context():
        return db.engine
