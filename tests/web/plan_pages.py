"""What the tests of the pages of plans and actions share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event
from werkzeug.test import TestResponse

from app.models.accounts import User
from tests.factories import sign_in
from tests.plan_world import World


class Browse:
    """A browser for each person of the world, by the name of the role."""

    def __init__(self, app: Flask, world: World) -> None:
        self.app, self.world = app, world
        self.clients: dict[int, FlaskClient] = {}

    def __call__(self, who: str | User) -> FlaskClient:
        user: User = getattr(self.world.office, who) if isinstance(who, str) else who
        if user.id not in self.clients:
            self.clients[user.id] = sign_in(self.app.test_client(), user)
        return self.clients[user.id]


def text(answer: TestResponse) -> str:
    return " ".join(answer.get_data(as_text=True).split())


def key_of(page: str) -> str:
    """The one-time key of the form that a page shows."""
    found = re.search(r'name="idempotency_key" value="([^"]+)"', page)
    assert found
    return found.group(1)


def rows(world: World, statement: Any) -> list[Any]:
    """What the requests have written up to now."""
    world.ctx.session.rollback()
    return list(world.ctx.session.scalars(statement))


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements that reach the database meanwhile."""
    found: list[str] = []

    def note(_c: object, _cur: object, statement: str, *_rest: object) -> None:
        if not statement.startswith("BEGIN"):
            found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)
