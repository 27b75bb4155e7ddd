"""Request plumbing that every inside blueprint shares: who asks, with which context."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import current_app, g, request, session, url_for
from flask_login import UserMixin, current_user, login_user, logout_user
from werkzeug.routing import IntegerConverter, Map
from werkzeug.wrappers import Response

from app.context import Context
from app.extensions import db, login_manager
from app.models.accounts import User
from app.permissions import ANONYMOUS, Actor
from app.services import accounts
from config import Config

PARTIAL_HEADER = "X-Partial"


LARGEST_ID = 2**31 - 1  # of an INTEGER column


class RowNumber(IntegerConverter):
    """An id in an address. One that no row can have is an unknown page, not an error."""

    def __init__(self, url_map: Map, *args: Any, **kwargs: Any) -> None:
        super().__init__(url_map, *args, **{"max": LARGEST_ID, **kwargs})


@dataclass(frozen=True, slots=True)
class Runtime:
    """What `create_app` built for this process."""

    config: Config
    store: object
    public_store: object


class SignedIn(UserMixin):  # type: ignore[misc]  # flask_login ships no types
    """The person of this request; its id is the session token, so that log-out ends it."""

    def __init__(self, token: str, user: User, actor: Actor) -> None:
        self.token = token
        self.user = user
        self.actor = actor

    def get_id(self) -> str:
        return self.token


def utc_now() -> datetime:
    return datetime.now(UTC)


@login_manager.user_loader  # type: ignore[untyped-decorator]  # flask_login ships no types
def load_signed_in(token: str) -> SignedIn | None:
    """Rights are read anew at every request, never kept in the cookie."""
    resolved = accounts.resolve_session(anonymous_context(), token)
    if resolved is None:
        return None
    user, login = resolved
    today = anonymous_context().today()
    return SignedIn(token, user, accounts.actor_for(db.session(), user, today, login.id))


def begin_session(token: str) -> None:
    """Start a fresh cookie session for a new log-in (nothing of the old one is kept)."""
    session.clear()
    resolved = load_signed_in(token)
    if resolved is not None:
        login_user(resolved)


def end_session() -> None:
    """Forget the cookie; the caller has ended the session row."""
    logout_user()
    session.clear()


def current_actor() -> Actor:
    return current_user.actor if current_user.is_authenticated else ANONYMOUS


def current_context() -> Context:
    """The context of this request, acting as the person who is signed in."""
    return _context(current_actor())


def anonymous_context() -> Context:
    return _context(ANONYMOUS)


def _context(actor: Actor) -> Context:
    runtime = current_app.extensions["vigia"]
    return Context(
        actor=actor,
        session=db.session(),
        store=runtime.store,
        public_store=runtime.public_store,
        config=runtime.config,
        now=current_app.extensions["vigia.now"],
        ip=request.remote_addr or "",
        request_id=request_id(),
    )


def request_id() -> str:
    """Short random number of this request, shown on error pages and written to the log."""
    if "request_id" not in g:
        g.request_id = secrets.token_hex(6)
    return str(g.request_id)


def wants_partial() -> bool:
    return PARTIAL_HEADER in request.headers


def typed_values() -> Mapping[str, str]:
    """What the person typed, to give it back after a refusal; never a password."""
    hidden = {"csrf_token", "version", "idempotency_key", "totp", "draft_id"}
    return {
        name: value
        for name, value in request.form.items()
        if name not in hidden and "password" not in name
    }


def form_version(name: str = "version") -> int | None:
    """The version the page showed; 0 (never current) when it is absent or not a number."""
    raw = request.form.get(name, "")
    return int(raw) if raw.isdecimal() and len(raw) < 10 else 0


def attachment(response: Response) -> Response:
    """Headers of a download that must never run in our origin."""
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "no-store"
    return response


def safe_next(target: str | None) -> str:
    """A relative path of our own, or the panel."""
    if not target or not target.startswith("/") or target.startswith("//"):
        return url_for("panel.show")
    if any(ord(c) < 32 or c == "\\" for c in target):
        return url_for("panel.show")
    return target
