"""Outgoing mail: the protocol, the file of development and the SMTP server of production.

Called by the worker only. Delivery is at least once: the Message-ID, which the caller keeps with
the queued mail, lets the reader's server drop a repeated one.
"""

from __future__ import annotations

import logging
import os
import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

log = logging.getLogger(__name__)

TIMEOUT_S = 15.0
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
MESSAGE_ID = re.compile(r"<[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+>")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
DEFAULT_PORTS = {"smtp": 25, "smtps": 465}
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class MailUnavailable(Exception):
    """The server cannot take the mail now: keep it and try again later."""


class MailRefused(Exception):
    """The server will never take this mail (unknown recipient, forbidden sender)."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One message to one person, in plain text. `message_id` is `<something@host>`.

    Raises: ValueError when an address, the subject or the id could add a header.
    """

    to: str
    subject: str
    text: str
    message_id: str

    def __post_init__(self) -> None:
        checked_address(self.to)
        if not self.subject.strip() or CONTROL.search(self.subject):
            raise ValueError("the subject must be one line of text")
        if not MESSAGE_ID.fullmatch(self.message_id):
            raise ValueError("not a message id")


class Mailer(Protocol):
    def send(self, mail: Mail) -> None:
        """Hand the mail over. Raises: MailUnavailable, MailRefused."""


class LogMailer:
    """Development: mails are appended to a file, for the developer to read, and go nowhere."""

    def __init__(self, path: Path, sender: str) -> None:
        self._path = path
        self._sender = checked_address(sender)

    def send(self, mail: Mail) -> None:
        block = f"{'=' * 78}\n{_headers(mail, self._sender)}\n\n{mail.text.rstrip()}\n\n"
        try:
            # One write in append mode: two processes do not mix their mails.
            mode = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            descriptor = os.open(self._path, mode, 0o600)
            with os.fdopen(descriptor, "ab", buffering=0) as file:
                file.write(block.encode())
        except OSError as error:
            raise MailUnavailable(f"the mail file failed: {error.strerror}") from error
        log.info("mail %s written to %s", mail.message_id, self._path.name)


class SmtpMailer:
    """Sends through the server of `MAIL_URL`: `smtp://user:password@host:port` or `smtps://…`.

    `smtps` is encrypted from the start; `smtp` must become so (STARTTLS) unless the server is on
    this machine or the address ends in `?tls=off`, for a relay inside the entity's own network.
    Certificates are verified; a private authority is trusted through SSL_CERT_FILE. A password is
    never sent in clear.
    Raises: ValueError when the address or the sender is malformed (the address is not shown).
    """

    def __init__(self, url: str, sender: str, *, timeout_s: float = TIMEOUT_S) -> None:
        parts = urlsplit(url)
        if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
            raise ValueError("MAIL_URL must be smtp://host:port or smtps://host:port")
        self._host = parts.hostname
        self._port = _port(parts)
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self._is_encrypted_from_start = parts.scheme == "smtps"
        self._is_clear_allowed = self._host in LOOPBACK or parse_qs(parts.query) == {"tls": ["off"]}
        self._sender = checked_address(sender)
        self._timeout_s = timeout_s

    def send(self, mail: Mail) -> None:
        message = EmailMessage(policy=SMTP)
        for name, value in _header_values(mail, self._sender):
            message[name] = value
        message.set_content(mail.text, cte="quoted-printable")  # any server takes it
        with _translated(), self._connected() as server:
            server.send_message(message, self._sender, [mail.to])
        log.info("mail %s handed over", mail.message_id)

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        context = ssl.create_default_context()
        server: smtplib.SMTP
        if self._is_encrypted_from_start:
            server = smtplib.SMTP_SSL(
                self._host, self._port, timeout=self._timeout_s, context=context
            )
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=self._timeout_s)
        with server:
            if not self._is_encrypted_from_start:
                self._encrypt(server, context)
            if self._user:
                server.login(self._user, self._password)
            yield server

    def _encrypt(self, server: smtplib.SMTP, context: ssl.SSLContext) -> None:
        server.ehlo_or_helo_if_needed()
        if server.has_extn("starttls"):
            server.starttls(context=context)
        elif self._user or not self._is_clear_allowed:
            raise MailUnavailable("the mail server offers no encryption")


def make_mailer(url: str, *, sender: str, log_path: Path) -> Mailer:
    """The mailer of the setting `MAIL_URL`; an empty one writes to `log_path` instead.

    Raises: ValueError when the address or the sender is malformed.
    """
    return SmtpMailer(url, sender) if url else LogMailer(log_path, sender)


def checked_address(address: str) -> str:
    """Raises: ValueError when it is not one plain mail address, such as `ana@entidad.gov.co`."""
    if not ADDRESS.fullmatch(address):
        raise ValueError("not a mail address")
    return address


def _header_values(mail: Mail, sender: str) -> list[tuple[str, str]]:
    return [
        ("From", sender),
        ("To", mail.to),
        ("Subject", mail.subject),
        ("Date", format_datetime(datetime.now(UTC))),
        ("Message-ID", mail.message_id),
        ("Content-Language", "es"),
        ("Auto-Submitted", "auto-generated"),  # so that no absence note answers it
    ]


def _headers(mail: Mail, sender: str) -> str:
    return "\n".join(f"{name}: {value}" for name, value in _header_values(mail, sender))


def _port(parts: SplitResult) -> int:
    try:
        return parts.port or DEFAULT_PORTS[parts.scheme]
    except ValueError:
        raise ValueError("MAIL_URL has a port that is not a number") from None


@contextmanager
def _translated() -> Iterator[None]:
    """Errors of smtplib become ours; 5xx answers about this mail are final, the rest is not.

    The server's words are left out: they may repeat the address or the password.
    """
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        codes = {code for code, _ in error.recipients.values()}
        raise _refusal(max(codes, default=0)) from None
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        raise _refusal(error.smtp_code) from None
    except (smtplib.SMTPException, OSError) as error:
        raise MailUnavailable(f"the mail server failed: {type(error).__name__}") from None


def _refusal(code: int) -> MailRefused | MailUnavailable:
    if 500 <= code < 600:
        return MailRefused(f"the mail server refused this mail: {code}")
    return MailUnavailable(f"the mail server asks to wait: {code}")
