"""Contexts for commands and the worker: the same as a request's, acting as the system."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, current_app

from app.context import Context
from app.extensions import db
from app.permissions import SYSTEM

COMMANDS: tuple[()] = ()


def running_app() -> Flask:
    """The application itself, not the proxy that only this thread's context resolves."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # werkzeug's proxy hides its type
    return app


@contextmanager
def system_context(app: Flask | None = None) -> Iterator[Context]:
    """A context of its own with a fresh database session, closed at the end."""
    flask_app = app or running_app()
    with flask_app.app_context():
        runtime = flask_app.extensions["vigia"]
        yield Context(
            actor=SYSTEM,
            session=db.session(),
            store=runtime.store,
            public_store=runtime.public_store,
            config=runtime.config,
            now=flask_app.extensions["vigia.now"],
        )
