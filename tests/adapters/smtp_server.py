"""A small SMTP server for tests, with or without encryption, and a certificate made for it."""

from __future__ import annotations

import base64
import socketserver
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from Crypto.Hash import SHA1, SHA256
from Crypto.PublicKey import ECC
from Crypto.Signature import DSS
from Crypto.Util.asn1 import DerBitString, DerInteger, DerObjectId, DerOctetString, DerSequence


@dataclass
class Received:
    """One mail as the server got it."""

    sender: str
    recipients: list[str]
    data: bytes
    is_encrypted: bool
    credentials: tuple[str, str] | None


@dataclass
class SmtpServer:
    """What the server does and what it has seen. `answers` replaces its answer to a command."""

    port: int = 0
    mails: list[Received] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    answers: Mapping[str, str] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    is_tls_from_start: bool = False


@contextmanager
def serving(**settings: Any) -> Iterator[SmtpServer]:
    """Run a server on a free port of the loopback until the end of the block."""
    state = SmtpServer(**settings)

    class Handler(_Handler):
        server_state = state

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        state.port = server.server_address[1]
        server.daemon_threads = False
        running = threading.Thread(target=server.serve_forever, args=(0.01,))
        running.start()
        try:
            yield state
        finally:
            server.shutdown()
            running.join()


class _Handler(socketserver.StreamRequestHandler):
    server_state: SmtpServer

    def setup(self) -> None:
        super().setup()
        self.is_encrypted = False
        self.credentials: tuple[str, str] | None = None

    def finish(self) -> None:
        super().finish()
        self.request.close()

    def handle(self) -> None:
        try:
            if self.server_state.is_tls_from_start:
                self._encrypt()
            self._talk()
        except (ssl.SSLError, ConnectionError):
            return  # the client did not trust us, and left

    def _encrypt(self) -> None:
        assert self.server_state.tls is not None
        self.request = self.server_state.tls.wrap_socket(self.request, server_side=True)
        super().setup()
        self.is_encrypted = True

    def _talk(self) -> None:
        self._say("220 test")
        sender, recipients = "", list[str]()
        while line := self.rfile.readline().decode().rstrip("\r\n"):
            self.server_state.lines.append(line)
            verb, _, rest = line.partition(" ")
            verb = verb.upper()
            if verb in self.server_state.answers:
                self._say(self.server_state.answers[verb])
            elif verb == "EHLO":
                self._greet()
            elif verb == "STARTTLS":
                self._say("220 go on")
                self._encrypt()
            elif verb == "AUTH":
                self._authenticate(rest)
            elif verb == "MAIL":
                sender, recipients = _address(rest), []
                self._say("250 ok")
            elif verb == "RCPT":
                recipients.append(_address(rest))
                self._say("250 ok")
            elif verb == "DATA":
                self._take(sender, recipients)
            elif verb == "QUIT":
                return self._say("221 bye")
            else:
                self._say("250 ok")
        return None

    def _greet(self) -> None:
        offers_tls = self.server_state.tls is not None and not self.is_encrypted
        self._say("250-test")
        if offers_tls:
            self._say("250-STARTTLS")
        self._say("250 AUTH PLAIN")

    def _authenticate(self, rest: str) -> None:
        _, user, password = base64.b64decode(rest.removeprefix("PLAIN ")).decode().split("\0")
        self.credentials = (user, password)
        self._say("235 welcome")

    def _take(self, sender: str, recipients: list[str]) -> None:
        self._say("354 go on")
        data = b""
        while (line := self.rfile.readline()) != b".\r\n":
            data += line.removeprefix(b".")
        mail = Received(sender, recipients, data, self.is_encrypted, self.credentials)
        self.server_state.mails.append(mail)
        self._say("250 kept")

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")


def _address(rest: str) -> str:
    return rest.partition("<")[2].partition(">")[0]


def server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def write_certificate(path: Path, host: str = "127.0.0.1") -> Path:
    """A key and a certificate for an address, signed by itself, as PEM. Source: RFC 5280."""
    key = ECC.generate(curve="P-256")
    public = key.public_key().export_key(format="DER")
    ecdsa_with_sha256 = _sequence(_oid("1.2.840.10045.4.3.2"))
    name = _sequence(_set(_sequence(_oid("2.5.4.3"), _tagged(0x0C, b"test"))))
    now = datetime.now(UTC)
    validity = _sequence(_time(now - timedelta(days=1)), _time(now + timedelta(days=1)))
    body = _sequence(
        _tagged(0xA0, DerInteger(2).encode()),
        DerInteger(int(now.timestamp())).encode(),
        ecdsa_with_sha256,
        name,
        validity,
        name,
        public,
        _tagged(0xA3, _extensions(host, public)),
    )
    signature = DSS.new(key, "fips-186-3", encoding="der").sign(SHA256.new(body))
    certificate = _sequence(body, ecdsa_with_sha256, DerBitString(signature).encode())
    text = base64.encodebytes(certificate).decode()
    path.write_text(
        f"{key.export_key(format='PEM')}\n"
        f"-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n"
    )
    return path


def _extensions(host: str, public: bytes) -> bytes:
    address = bytes(int(part) for part in host.split("."))
    identifier = DerOctetString(SHA1.new(public).digest()).encode()
    return _sequence(
        _extension("2.5.29.17", _sequence(_tagged(0x87, address))),  # for this IP address
        _extension("2.5.29.19", _sequence(b"\x01\x01\xff"), is_critical=True),  # an authority
        _extension("2.5.29.15", _tagged(0x03, b"\x02\x84"), is_critical=True),  # that signs
        _extension("2.5.29.14", identifier),
    )


def _extension(oid: str, value: bytes, *, is_critical: bool = False) -> bytes:
    critical = b"\x01\x01\xff" if is_critical else b""
    return _sequence(_oid(oid), critical, DerOctetString(value).encode())


def _sequence(*parts: bytes) -> bytes:
    return DerSequence([part for part in parts if part]).encode()


def _set(content: bytes) -> bytes:
    return _tagged(0x31, content)


def _oid(dotted: str) -> bytes:
    return DerObjectId(dotted).encode()


def _time(at: datetime) -> bytes:
    return _tagged(0x17, at.strftime("%y%m%d%H%M%SZ").encode())


def _tagged(tag: int, content: bytes) -> bytes:
    """Tag, length, content. Lengths of up to 65,535 bytes."""
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    length = size.to_bytes(2, "big").lstrip(b"\0")
    return bytes([tag, 0x80 | len(length)]) + length + content
