"""Mail to a real local SMTP server, and to the file of development."""

from __future__ import annotations

import email
import email.policy
import logging
import socket
import threading
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from app.adapters.mail import (
    LogMailer,
    Mail,
    MailRefused,
    MailUnavailable,
    SmtpMailer,
    make_mailer,
)
from tests.adapters.smtp_server import SmtpServer, server_tls, serving, write_certificate
from tests.servers import free_port

SENDER = "vigia@entidad.gov.co"
SECRET = "never-to-be-shown"
TEXT = "Señora líder:\n\nTiene 5 días hábiles.\n.\nhttps://vigia.example/auditorias/1\n"


def mail(**changes: str) -> Mail:
    values = {
        "to": "ana@entidad.gov.co",
        "subject": "Réplica al informe preliminar 2027-AUD-01",
        "text": TEXT,
        "message_id": "<outbox-17@vigia.example>",
        **changes,
    }
    return Mail(**values)


def mailer(server: SmtpServer, *, scheme: str = "smtp", user: str = "", query: str = "") -> Any:
    url = f"{scheme}://{user}127.0.0.1:{server.port}{query}"
    return make_mailer(url, sender=SENDER, log_path=Path("unused"))


def parsed(data: bytes) -> EmailMessage:
    return email.message_from_bytes(data, policy=email.policy.default)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_certificate(tmp_path_factory.mktemp("tls") / "server.pem")


# ---------------------------------------------------------------- the message


def test_the_server_gets_the_mail_as_written() -> None:
    with serving() as server:
        mailer(server).send(mail())
    (got,) = server.mails
    message = parsed(got.data)
    assert (got.sender, got.recipients) == (SENDER, ["ana@entidad.gov.co"])
    assert message["Subject"] == "Réplica al informe preliminar 2027-AUD-01"
    assert message["Message-ID"] == "<outbox-17@vigia.example>"
    assert (message["From"], message["To"]) == (SENDER, "ana@entidad.gov.co")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime.tzinfo is not None
    assert message.get_content().replace("\r\n", "\n") == TEXT


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\0", "\u2028", "\x85", "\x0b"])
@pytest.mark.parametrize("field", ["to", "subject", "message_id"])
def test_no_header_can_be_added(field: str, break_: str) -> None:
    values = {"to": "ana@entidad.gov.co", "subject": "Asunto", "message_id": "<a@b>"}
    for injected in (f"{break_}Bcc: x@y.z", break_):
        with pytest.raises(ValueError, match=r"address|subject|message id"):
            mail(**{field: values[field] + injected})


@pytest.mark.parametrize(
    "address",
    ["", "ana", "ana@", "@x.co", "a@b.co,c@d.co", "Ana <a@b.co>", "a b@c.co", "a@b..co", "ñ@b.co"],
)
def test_what_is_not_one_plain_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        mail(to=address)
    with pytest.raises(ValueError, match="address"):
        LogMailer(Path("unused"), address)


# ---------------------------------------------------------------- encryption


def test_smtp_is_encrypted_before_the_password_is_sent(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with serving(tls=server_tls(certificate)) as server:
        mailer(server, user="vigia:p%40ss%2Fword@").send(mail())
    (got,) = server.mails
    assert got.is_encrypted
    assert got.credentials == ("vigia", "p@ss/word")


def test_smtps_is_encrypted_from_the_start(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with serving(tls=server_tls(certificate), is_tls_from_start=True) as server:
        mailer(server, scheme="smtps", user="vigia:pw@").send(mail())
    assert server.mails[0].is_encrypted


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_certificate_nobody_vouches_for_is_not_accepted(certificate: Path, scheme: str) -> None:
    settings = {"tls": server_tls(certificate), "is_tls_from_start": scheme == "smtps"}
    with serving(**settings) as server, pytest.raises(MailUnavailable) as error:
        mailer(server, scheme=scheme, user=f"vigia:{SECRET}@").send(mail())
    assert server.mails == []
    assert not any("AUTH" in line for line in server.lines)
    assert SECRET not in str(error.value)


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_certificate_of_another_host_is_not_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    other = write_certificate(tmp_path / "other.pem", host="127.0.0.2")
    monkeypatch.setenv("SSL_CERT_FILE", str(other))
    settings = {"tls": server_tls(other), "is_tls_from_start": scheme == "smtps"}
    with serving(**settings) as server, pytest.raises(MailUnavailable):
        mailer(server, scheme=scheme).send(mail())
    assert server.mails == []


@pytest.mark.parametrize("query", ["", "?tls=off"])
def test_a_password_is_never_sent_in_clear(query: str) -> None:
    with serving() as server, pytest.raises(MailUnavailable, match="no encryption"):
        mailer(server, user=f"vigia:{SECRET}@", query=query).send(mail())
    assert not any(line.startswith(("AUTH", "MAIL")) for line in server.lines)


def test_another_machine_gets_no_mail_in_clear_unless_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No second machine here: the loopback is taken off the list of hosts of this machine."""
    monkeypatch.setattr("app.adapters.mail.LOOPBACK", frozenset[str]())
    with serving() as server:
        with pytest.raises(MailUnavailable, match="no encryption"):
            mailer(server).send(mail())
        assert server.mails == []
        mailer(server, query="?tls=off").send(mail())
        assert len(server.mails) == 1


# ---------------------------------------------------------------- failures


@pytest.mark.parametrize(
    ("verb", "answer", "expected"),
    [
        ("MAIL", "550 who are you", MailRefused),
        ("MAIL", "451 later", MailUnavailable),
        ("RCPT", "550 no such person", MailRefused),
        ("RCPT", "450 mailbox busy", MailUnavailable),
        ("DATA", "554 no", MailRefused),
        ("DATA", "452 disk full", MailUnavailable),
        ("EHLO", "421 too busy", MailUnavailable),
    ],
)
def test_final_and_passing_refusals_are_told_apart(
    verb: str, answer: str, expected: type[Exception]
) -> None:
    answers = {verb: answer, "HELO": answer}
    with serving(answers=answers) as server, pytest.raises(expected) as error:
        mailer(server).send(mail())
    assert server.mails == []
    assert "ana@entidad.gov.co" not in str(error.value)


def test_a_wrong_password_can_be_corrected_so_the_mail_waits(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    answers = {"AUTH": f"535 {SECRET} is wrong"}
    tls = server_tls(certificate)
    with serving(tls=tls, answers=answers) as server, pytest.raises(MailUnavailable) as error:
        mailer(server, user=f"vigia:{SECRET}@").send(mail())
    assert SECRET not in str(error.value)


def test_a_server_that_is_down_is_unavailable() -> None:
    with pytest.raises(MailUnavailable):
        mailer(SmtpServer(port=free_port())).send(mail())


def test_a_server_that_never_answers_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"smtp://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(MailUnavailable):
            SmtpMailer(url, SENDER, timeout_s=0.2).send(mail())


@pytest.mark.parametrize(
    "url", ["smtp://", "http://host", "host:25", "smtp://h:port", f"smtpx://u:{SECRET}@host"]
)
def test_a_malformed_address_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(ValueError, match="MAIL_URL") as error:
        make_mailer(url, sender=SENDER, log_path=Path("unused"))
    assert SECRET not in str(error.value)


# ---------------------------------------------------------------- development


def test_without_a_server_mails_are_written_to_a_file(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "mail.log"
    with caplog.at_level(logging.INFO, "app.adapters.mail"):
        make_mailer("", sender=SENDER, log_path=path).send(mail())
        make_mailer("", sender=SENDER, log_path=path).send(mail(subject="Otro asunto"))
    written = path.read_text()
    assert written.index("Subject: Réplica al informe") < written.index("Subject: Otro asunto")
    assert "To: ana@entidad.gov.co\n" in written
    assert "Tiene 5 días hábiles." in written
    assert path.stat().st_mode & 0o777 == 0o600
    assert "<outbox-17@vigia.example> written to mail.log" in caplog.text
    assert "Tiene 5 días" not in caplog.text


def test_mails_of_several_processes_do_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    bodies = [f"{letter}" * 50_000 for letter in "abcd"]

    def write(body: str) -> None:
        for _ in range(5):
            LogMailer(path, SENDER).send(mail(text=body))

    writers = [threading.Thread(target=write, args=(body,)) for body in bodies]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    written = path.read_text()
    assert [written.count(body + "\n") for body in bodies] == [5, 5, 5, 5]


def test_a_file_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(MailUnavailable):
        LogMailer(tmp_path / "no such folder" / "mail.log", SENDER).send(mail())
