"""Plain text, tables as text, and mail."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage
from pathlib import Path

from app.services.readers_base import (
    TOO_LARGE,
    Collected,
    Full,
    Limits,
    Reading,
    Unreadable,
    decode,
    read_all,
)
from app.services.readers_xml import html_text

MAIL_DEPTH = 5
MAIL_PARTS = 500
MAIL_HEADERS = ("From", "To", "Cc", "Date", "Subject")


def read_text(path: Path, limits: Limits) -> Reading:
    with path.open("rb") as stream:
        raw = read_all(stream, limits)
        whole = not stream.read(1)
    reading = Reading(reader="texto", code="" if whole else "truncated")
    collected = Collected(limits)
    try:
        collected.add(decode(raw))
    except Full:
        reading.code = "truncated"
    reading.pages = collected.pieces
    return reading


def read_eml(path: Path, limits: Limits) -> Reading:
    """Headers, body and the names of the attachments; what is attached is not opened."""
    with path.open("rb") as stream:
        message = email.message_from_binary_file(stream, policy=email.policy.default)
    reading = Reading(reader="eml")
    collected = Collected(limits)
    try:
        _add_message(message, collected, limits, 0)
    except Full:
        reading.code = "truncated"
    reading.pages = collected.pieces
    return reading


def _add_message(message: EmailMessage, collected: Collected, limits: Limits, depth: int) -> None:
    if depth > MAIL_DEPTH:
        raise Unreadable(TOO_LARGE, "nested_mail")
    lines = [f"{name}: {value}" for name in MAIL_HEADERS if (value := _header(message, name))]
    collected.add("\n".join(lines) + "\n")
    attachments = []
    for number, part in enumerate(message.walk()):
        if number > MAIL_PARTS:
            raise Unreadable(TOO_LARGE, "members")
        if part.get_filename():
            attachments.append(str(part.get_filename()))
    _add_body(message, collected, limits)
    if attachments:
        collected.add("\n" + "\n".join(attachments) + "\n")
    for part in message.iter_attachments() if message.is_multipart() else ():
        if part.get_content_type() == "message/rfc822":
            inner = part.get_content()
            if isinstance(inner, EmailMessage):
                _add_message(inner, collected, limits, depth + 1)


def _header(message: EmailMessage, name: str) -> str:
    try:
        return str(message.get(name, "") or "")
    except (ValueError, LookupError, IndexError, AttributeError, TypeError):
        return ""  # the standard parser trips over some broken headers


def _add_body(message: EmailMessage, collected: Collected, limits: Limits) -> None:
    body = message.get_body(preferencelist=("plain", "html"))
    if body is None:
        return
    try:
        content = body.get_content()
    except (LookupError, UnicodeError):
        raw = body.get_payload(decode=True)
        content = decode(raw) if isinstance(raw, bytes) else ""
    if not isinstance(content, str):
        return
    if body.get_content_type() == "text/html":
        content, _whole = html_text(content, limits)
    collected.add(content)
