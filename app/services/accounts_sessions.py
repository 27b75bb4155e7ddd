"""Log-in, log-out, sessions, and the password given again to sign."""

from __future__ import annotations

import hashlib
import logging
import re
import secrets
import unicodedata
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, Select, UpdateBase, delete, or_, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.context import WRITING, Context
from app.errors import Forbidden, Invalid, WrongPassword
from app.models.accounts import Draft, LoginAttempt, LoginSession, Submission, User
from app.permissions import Actor
from app.services import accounts_passwords as passwords

log = logging.getLogger("vigia.accounts")

TOKEN_BYTES = 32
SEEN_EVERY = timedelta(minutes=1)
DRAFTS_KEPT = timedelta(days=30)
EMAIL = re.compile(r"[!#-'*+\-/-9=?A-Z^-~.]+@[a-z0-9-]+(\.[a-z0-9-]+)+", re.IGNORECASE)
EMAIL_MAX_LENGTH = 254


def normalise_email(text: str) -> str:
    """One spelling per mailbox: NFKC, lower case, no blanks around.

    Letters of other alphabets that look like ours are refused by `check_email`.
    """
    return unicodedata.normalize("NFKC", text).strip().casefold()


def check_email(text: str) -> str:
    """The normalised address. Raises: Invalid (field `email`)."""
    email = normalise_email(text)
    if len(email) > EMAIL_MAX_LENGTH or not email.isascii() or not EMAIL.fullmatch(email):
        raise Invalid("email", "user.bad_email")
    return email


def token_hash(token: str) -> str:
    """What is kept of a session token or a one-time link."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def log_in(ctx: Context, email: str, password: str) -> str:
    """Check mail and password, begin a session, answer its token.

    The same answer and the same work for a wrong password, an unknown or a disabled person.
    Raises: WrongPassword, Throttled.
    """
    mail = normalise_email(email)[:EMAIL_MAX_LENGTH]
    by_mail = passwords.attempt_key(ctx, "mail", mail)
    by_ip = passwords.address_key(ctx)
    passwords.count_attempt(ctx, [(by_mail, passwords.BY_PERSON), (by_ip, passwords.BY_ADDRESS)])
    user = ctx.session.scalars(select(User).where(User.email == mail)).one_or_none()
    right = passwords.matches("" if user is None else user.password_hash, password)
    if user is None or not right or user.disabled_at is not None:
        _record_refusal(ctx, user, by_mail)
        raise WrongPassword("login.refused")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    user_id, checked_hash = user.id, user.password_hash
    with ctx.transaction() as session:
        user = session.get_one(User, user_id, with_for_update=True)
        if user.disabled_at is not None or user.password_hash != checked_hash:
            raise WrongPassword("login.refused")  # changed while we were looking
        passwords.forgive(ctx, by_mail, by_ip)
        values: dict[str, object] = {"last_login_at": ctx.now()}
        if passwords.needs_rehash(checked_hash):
            values["password_hash"] = passwords.hash_password(password)
        # Not through the row: a log-in must not make the administrator's open form stale.
        session.execute(
            update(User).where(User.id == user_id).values(values),
            execution_options={"synchronize_session": False},
        )
        session.add(_new_session(ctx, user_id, token))
        as_person(ctx, user).record("login", "log_in", user)
    return token


def as_person(ctx: Context, user: User) -> Context:
    """The same context with this person as the author of what is recorded, and no rights."""
    return replace(ctx, actor=Actor(user_id=user.id, name=user.name))


def _new_session(ctx: Context, user_id: int, token: str) -> LoginSession:
    now = ctx.now()
    return LoginSession(
        token_hash=token_hash(token), user_id=user_id, started_at=now, last_seen_at=now, ip=ctx.ip
    )


def _record_refusal(ctx: Context, user: User | None, key: str) -> None:
    """Leave a trace of the failure: whose account if known, never what was typed."""
    thing = ("user", str(user.id)) if user else ("login", "unknown")
    with ctx.transaction():
        ctx.record("login", "refuse", thing, {"attempt": key[:16]})


def log_out(ctx: Context, token: str) -> None:
    """End the session of this token; nothing happens when it has ended."""
    with ctx.transaction() as session:
        row = session.scalars(_open_session(token)).one_or_none()
        if row is not None:
            row.ended_at = ctx.now()
            ctx.record("login", "log_out", ("user", str(row.user_id)))


def _open_session(token: str) -> Select[LoginSession]:
    return select(LoginSession).where(
        LoginSession.token_hash == token_hash(token), LoginSession.ended_at.is_(None)
    )


def resolve_session(ctx: Context, token: str) -> tuple[User, LoginSession] | None:
    """The person of a live session: not ended, not idle nor old, person not disabled.

    Notes the visit at most once a minute; a busy database does not keep anyone from reading.
    """
    row = ctx.session.execute(
        select(User, LoginSession)
        .join(LoginSession, LoginSession.user_id == User.id)
        .where(
            LoginSession.token_hash == token_hash(token),
            LoginSession.ended_at.is_(None),
            User.disabled_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return None
    user, login = row
    now = ctx.now()
    if (now - login.last_seen_at).total_seconds() > ctx.config.session_idle_s:
        return None
    if (now - login.started_at).total_seconds() > ctx.config.session_max_s:
        return None
    if now - login.last_seen_at >= SEEN_EVERY:
        _note_visit(ctx, login.id, now)
    return user, login


def _note_visit(ctx: Context, login_id: int, now: datetime) -> None:
    statement = update(LoginSession).where(LoginSession.id == login_id)
    try:
        with ctx.transaction() as session:
            session.execute(statement.values(last_seen_at=now))
    except OperationalError:
        log.warning("the visit of session %s could not be noted", login_id, exc_info=True)


def end_sessions(session: Session, user_id: int, now: datetime, *, but: int | None = None) -> None:
    """End every live session of a person, except one, inside the caller's transaction."""
    statement = update(LoginSession).where(
        LoginSession.user_id == user_id, LoginSession.ended_at.is_(None)
    )
    if but is not None:
        statement = statement.where(LoginSession.id != but)
    session.execute(statement.values(ended_at=now))


def verify_password(ctx: Context, password: str) -> None:
    """The acting person gives the password again, to sign. Throttled like a log-in.

    Call it before the transaction of the use case: it opens its own.
    Raises: Forbidden (nobody is acting), WrongPassword, Throttled.
    """
    if ctx.actor.user_id is None:
        raise Forbidden("sign")
    _refuse_inside_transaction(ctx.session)
    user_id = ctx.actor.user_id
    by_user = passwords.attempt_key(ctx, "sign", str(user_id))
    by_ip = passwords.address_key(ctx)
    passwords.count_attempt(ctx, [(by_user, passwords.BY_PERSON), (by_ip, passwords.BY_ADDRESS)])
    user = ctx.session.get(User, user_id)
    right = passwords.matches("" if user is None else user.password_hash, password)
    if user is None or not right or user.disabled_at is not None:
        _record_refusal(ctx, user, by_user)
        raise WrongPassword
    with ctx.transaction():
        passwords.forgive(ctx, by_user, by_ip)


def _refuse_inside_transaction(session: Session) -> None:
    """Opening a transaction inside another would silently drop what the outer one wrote."""
    if session.in_transaction():
        options = session.connection().get_execution_options()
        if any(options.get(name) for name in WRITING):
            raise RuntimeError("the password is verified before the transaction, not inside it")


def change_password(ctx: Context, *, current: str, new: str) -> None:
    """Change one's own password and end every other session of that person.

    Raises: WrongPassword (`current`), Throttled, Invalid (field `password`).
    """
    verify_password(ctx, current)
    user = ctx.session.get_one(User, ctx.actor.user_id)
    passwords.check_acceptable(new, email=user.email, name=user.name)
    if passwords.matches(user.password_hash, new):
        raise Invalid("password", "password.same")
    hashed = passwords.hash_password(new)
    with ctx.transaction() as session:
        user = session.get_one(User, ctx.actor.user_id, with_for_update=True)
        user.password_hash, user.password_changed_at = hashed, ctx.now()
        end_sessions(session, user.id, ctx.now(), but=ctx.actor.session_id)
        ctx.record("permission", "change_password", user)


def clean_up(ctx: Context) -> dict[str, int]:
    """End sessions past their time; drop drafts after 30 days, old form keys and attempts.

    Daily work of the worker. Answers how many rows of each.
    """
    now = ctx.now()
    idle = now - timedelta(seconds=ctx.config.session_idle_s)
    oldest = now - timedelta(seconds=ctx.config.session_max_s)
    expired = update(LoginSession).where(
        LoginSession.ended_at.is_(None),
        or_(LoginSession.last_seen_at < idle, LoginSession.started_at < oldest),
    )
    statements = {
        "sessions": expired.values(ended_at=now),
        "drafts": delete(Draft).where(Draft.saved_at < now - DRAFTS_KEPT),
        "submissions": delete(Submission).where(Submission.at < now - DRAFTS_KEPT),
        "attempts": delete(LoginAttempt).where(LoginAttempt.at < now - passwords.KEPT),
    }
    with ctx.transaction() as session:
        return {name: _count(session, each) for name, each in statements.items()}


def _count(session: Session, statement: UpdateBase) -> int:
    result = session.execute(statement, execution_options={"synchronize_session": False})
    return cast("CursorResult[Any]", result).rowcount
