"""Mail that transactions leave in the outbox; the worker hands it over, at least once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from app.adapters.mail import Mail, Mailer, MailRefused
from app.context import Context
from app.models.accounts import User
from app.services.outbox import GiveUp, Handler
from app.trace import canonical


def enqueue(ctx: Context, key: str, user: User | None, subject: str, text: str) -> None:
    """Leave a mail to a person in the open transaction; none to who is absent or disabled.

    `key` names the notice: the same notice is never sent twice.
    """
    if user is None or user.disabled_at is not None:
        return
    name = f"{key}:{user.id}"
    payload = {"to": user.email, "subject": subject, "text": text, "message_id": message_id(name)}
    ctx.enqueue("mail", f"mail:{name}", payload)


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
