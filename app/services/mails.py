"""Mail that transactions leave in the outbox; the worker hands it over, at least once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.adapters.mail import Mail, Mailer, MailRefused
from app.context import Context
from app.models.accounts import RoleGrant, User
from app.models.audits import AuditMember
from app.services.outbox import GiveUp, Handler
from app.trace import canonical
from workflows.enums import Role


def enqueue(ctx: Context, key: str, user: User | None, subject: str, text: str) -> None:
    """Leave a mail to a person in the open transaction; none to who is absent or disabled.

    `key` names the notice: the same notice is never sent twice.
    """
    if user is None or user.disabled_at is not None:
        return
    name = f"{key}:{user.id}"
    payload = {"to": user.email, "subject": subject, "text": text, "message_id": message_id(name)}
    ctx.enqueue("mail", f"mail:{name}", payload)


def heads(session: Session) -> list[User]:
    """Who heads the OCI, in order."""
    return list(
        session.scalars(
            select(User)
            .join(RoleGrant, RoleGrant.user_id == User.id)
            .where(RoleGrant.role == Role.OCI_HEAD, RoleGrant.revoked_at.is_(None))
            .order_by(User.id)
        )
    )


def leads(session: Session, audit_id: int | None) -> list[User]:
    """The lead auditors of an audit, in order."""
    return list(
        session.scalars(
            select(User)
            .join(AuditMember, AuditMember.user_id == User.id)
            .where(
                AuditMember.audit_id == audit_id,
                AuditMember.is_lead,
                AuditMember.removed_at.is_(None),
            )
            .order_by(User.id)
        )
    )


def distinct(people: Iterable[User | None]) -> list[User]:
    """Each person once, in the order of the first time; a place that nobody holds is left out."""
    return list({person.id: person for person in people if person is not None}.values())


def message_id(key: str) -> str:
    """The same for every attempt, so that the reader's server drops a repeated delivery."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@vigia>"


def handler(mailer: Mailer) -> Handler:
    """The outbox handler of kind "mail" for this mailer."""

    def send(_ctx: Context, payload: Mapping[str, Any]) -> None:
        named = payload.get("message_id") or message_id(canonical(payload))
        try:
            mailer.send(Mail(payload["to"], payload["subject"], payload["text"], named))
        except MailRefused as error:
            raise GiveUp(str(error)) from error

    return send
