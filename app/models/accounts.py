"""People, their roles, sessions, one-time links and substitutes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import CODE_LENGTH, TITLE_LENGTH, Base, Traced, Versioned, enum_type
from workflows.enums import PlanSource, Role


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


class OversightShare(Traced, Base):
    """What a person of a body of control may read, between two days (included): the final report
    of an audit and what follows from it, or the findings and plans that come from one source."""

    __tablename__ = "oversight_share"
    __table_args__ = (CheckConstraint("(audit_id IS NULL) <> (source IS NULL)", name="one_scope"),)
    thing = "oversight_share"
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    audit_id: Mapped[int | None] = mapped_column(ForeignKey("audit.id"))
    source: Mapped[PlanSource | None] = mapped_column(enum_type(PlanSource))
    starts_on: Mapped[date | None]  # none: from the day it was granted
    until: Mapped[date]
    granted_at: Mapped[datetime]
    granted_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    revoked_at: Mapped[datetime | None]
    revoked_reason: Mapped[str | None] = mapped_column(Text)
    user: Mapped[User] = relationship(foreign_keys=[user_id])
    granted_by: Mapped[User] = relationship(foreign_keys=[granted_by_id])


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


class CalendarFeed(Base):
    """Private address of a person's calendar: who has it reads his dates. Only its hash is kept."""

    __tablename__ = "calendar_feed"
    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    user: Mapped[User] = relationship()


class Notice(Base):
    """What a person was told in the daily digest, or will be in the next one (`told_on` empty).

    `key` names it once for each person: a task with its due date, a delay of somebody else, or
    a piece of news. `step`: days from the due date of the last reminder given, below 0 before
    it. `text` and `path`: of news only, shown to who may then read the thing.
    """

    __tablename__ = "notice"
    __table_args__ = (UniqueConstraint("user_id", "key"), Index("ix_notice_told", "told_on"))
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    key: Mapped[str] = mapped_column(String(200))
    thing_kind: Mapped[str] = mapped_column(String(CODE_LENGTH), default="")
    thing_id: Mapped[int | None]
    step: Mapped[int] = mapped_column(default=0)
    text: Mapped[str] = mapped_column(Text, default="")
    path: Mapped[str] = mapped_column(String(TITLE_LENGTH), default="")
    created_at: Mapped[datetime]
    told_on: Mapped[date | None]


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
