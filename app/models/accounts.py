"""People, their roles, sessions, one-time links and substitutes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import CODE_LENGTH, TITLE_LENGTH, Base, Traced, Versioned, enum_type
from workflows.enums import Role


class User(Versioned, Base):
    """A person with an account. `email` is stored normalised (NFKC, lower case)."""

    __tablename__ = "user_account"
    thing = "user"
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    position: Mapped[str] = mapped_column(String(200), default="")
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id", use_alter=True))
    password_hash: Mapped[str] = mapped_column(String(300), default="")
    password_changed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    disabled_reason: Mapped[str] = mapped_column(Text, default="")
    last_login_at: Mapped[datetime | None]
    grants: Mapped[list[RoleGrant]] = relationship(
        back_populates="user", foreign_keys="RoleGrant.user_id"
    )


class RoleGrant(Traced, Base):
    """A role given to a person; revoked, never deleted."""

    __tablename__ = "role_grant"
    thing = "role_grant"
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    role: Mapped[Role] = mapped_column(enum_type(Role))
    granted_at: Mapped[datetime]
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    revoked_at: Mapped[datetime | None]
    revoked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    user: Mapped[User] = relationship(back_populates="grants", foreign_keys=[user_id])


class Substitution(Traced, Base):
    """Who acts for an absent person, between two dates (both included)."""

    __tablename__ = "substitution"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="dates"),
        CheckConstraint("absent_id <> substitute_id", name="persons"),
    )
    thing = "substitution"
    absent_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    substitute_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    reason: Mapped[str] = mapped_column(Text, default="")
    created_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    cancelled_at: Mapped[datetime | None]
    absent: Mapped[User] = relationship(foreign_keys=[absent_id])
    substitute: Mapped[User] = relationship(foreign_keys=[substitute_id])


class LoginSession(Base):
    """One log-in of one person; ended at log-out, password change, disabling or idling.

    Only the SHA-256 of the session token is kept.
    """

    __tablename__ = "login_session"
    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    started_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ip: Mapped[str] = mapped_column(String(45), default="")
    user: Mapped[User] = relationship()


class LoginAttempt(Base):
    """A failed log-in, counted for throttling. `key` is a keyed hash of mail or address."""

    __tablename__ = "login_attempt"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[datetime] = mapped_column(index=True)


class OneTimeLink(Base):
    """Link to set a password: first administrator or invited person. Only its hash is kept."""

    __tablename__ = "one_time_link"
    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[str] = mapped_column(String(20))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    user: Mapped[User | None] = relationship()


class Draft(Base):
    """What a person has typed in a long form and not yet submitted; theirs alone."""

    __tablename__ = "draft"
    __table_args__ = (UniqueConstraint("user_id", "form", "thing"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    form: Mapped[str] = mapped_column(String(CODE_LENGTH))
    thing: Mapped[str] = mapped_column(String(CODE_LENGTH * 2))
    content: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime] = mapped_column(index=True)


class Submission(Base):
    """A form already taken, by its one-time key: a second press answers with the first result."""

    __tablename__ = "submission"
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    result: Mapped[str] = mapped_column(String(TITLE_LENGTH), default="")
    at: Mapped[datetime]
