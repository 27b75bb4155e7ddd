"""The audit's program: written by the team, signed by the head of the OCI, told to the auditee."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.context import Context
from app.errors import Invalid, OutOfPlace
from app.models.accounts import User
from app.models.audits import Audit, Signature
from app.models.documents import Document, DocumentPurpose
from app.permissions import authorize
from app.services import accounts, documents, drafts, edits, filing, mails
from app.services.transitions import check_version, load, load_for
from workflows.audit import AuditState

PROGRAM_FIELDS = (
    "objective",
    "scope",
    "criteria",
    "risks",
    "tests",
    "sample",
    "methodology",
    "schedule",
)
REQUIRED_TO_SIGN = ("objective", "scope", "criteria", "risks", "tests", "sample", "schedule")
REPORT_FIELDS = ("limitations", "conclusions")
PROGRAM_STATES = frozenset({AuditState.SCHEDULED, AuditState.PLANNING})
REPORT_STATES = frozenset(
    {
        AuditState.FIELDWORK,
        AuditState.DRAFT_REPORT,
        AuditState.CONTRADICTION,
        AuditState.FINAL_REPORT,
    }
)
PROGRAM_FORM = "audit_program"
REPORT_FORM = "audit_report"


def content(audit: Audit) -> dict[str, str]:
    """What the signature of the program covers."""
    return {"audit": audit.code, **{name: getattr(audit, name) for name in PROGRAM_FIELDS}}


def is_signed(session: Session, audit: Audit) -> bool:
    """Whether the signature covers the program as it now reads."""
    signature = signature_of(session, audit)
    return signature is not None and signature.content_sha256 == filing.content_hash(content(audit))


def signature_of(session: Session, audit: Audit) -> Signature | None:
    if audit.program_signature_id is None:
        return None
    return session.get(Signature, audit.program_signature_id)


def read_signature(ctx: Context, audit: Audit) -> Signature | None:
    """The signature that covers the program as it now reads, with its person; None otherwise."""
    if audit.program_signature_id is None or not is_signed(ctx.session, audit):
        return None
    return ctx.session.scalars(
        select(Signature)
        .where(Signature.id == audit.program_signature_id)
        .options(joinedload(Signature.user))
    ).one()


@dataclass(frozen=True, slots=True)
class Announcement:
    """Who was told, when, with which number and letter."""

    at: datetime
    number: str
    by: User | None
    document: Document | None


def announcement(ctx: Context, audit: Audit) -> Announcement | None:
    """The announcement of an audit, if there was one."""
    if audit.announced_at is None:
        return None
    person = ctx.session.get(User, audit.announced_by_id) if audit.announced_by_id else None
    letter = ctx.session.get(Document, audit.announcement_id) if audit.announcement_id else None
    return Announcement(audit.announced_at, audit.announcement_number, person, letter)


def save(ctx: Context, audit_id: int, values: Mapping[str, str], *, version: int | None) -> bool:
    """Write the program. Answers whether that voided a signature.

    Raises: NotFound, Forbidden, OutOfPlace (the program is closed), StaleVersion.
    """
    with ctx.transaction() as session:
        audit = load_for(ctx, Audit, audit_id, "audit.edit")
        if audit.state not in PROGRAM_STATES:
            raise OutOfPlace(state=str(audit.state))
        texts = {name: values.get(name, "").strip() for name in PROGRAM_FIELDS}
        edits.check_version(audit, version, texts)
        was_signed = is_signed(session, audit)
        changed = edits.apply(audit, texts)
        drafts.drop(ctx, PROGRAM_FORM, audit.id)
        if not changed:
            return False
        ctx.record("change", "edit_program", audit, changed)
        if was_signed:
            audit.program_signature_id = None
            ctx.record("change", "void_program_signature", audit)
    return was_signed


def missing_to_sign(audit: Audit) -> list[str]:
    """Names of the parts of the program that are still blank."""
    return [name for name in REQUIRED_TO_SIGN if not getattr(audit, name).strip()]


def sign(ctx: Context, audit_id: int, *, password: str, version: int | None) -> None:
    """The head of the OCI signs the program as it reads now.

    Raises: NotFound, Forbidden, OutOfPlace, Invalid (parts are blank), StaleVersion,
    WrongPassword, Throttled.
    """
    _to_sign(ctx, audit_id, version)
    accounts.verify_password(ctx, password)
    with ctx.transaction():
        audit = _to_sign(ctx, audit_id, version)
        digest = filing.content_hash(content(audit))
        signature = filing.sign(
            ctx,
            audit,
            purpose="audit.program",
            content_sha256=digest,
            on_behalf_of=filing.absent_head(ctx),
        )
        audit.program_signature_id = signature.id


def _to_sign(ctx: Context, audit_id: int, version: int | None) -> Audit:
    audit = load_for(ctx, Audit, audit_id, "audit.sign_program")
    if audit.state is not AuditState.PLANNING:
        raise OutOfPlace(state=str(audit.state))
    check_version(audit, version)
    if missing_to_sign(audit):
        raise Invalid("program", "audit_program.incomplete")
    return audit


def save_report_texts(
    ctx: Context, audit_id: int, values: Mapping[str, str], *, version: int | None
) -> None:
    """Write the limitations and the conclusions that the reports will carry.

    Raises: NotFound, Forbidden, OutOfPlace, StaleVersion.
    """
    with ctx.transaction():
        audit = load_for(ctx, Audit, audit_id, "audit.edit")
        if audit.state not in REPORT_STATES:
            raise OutOfPlace(state=str(audit.state))
        texts = {name: values.get(name, "").strip() for name in REPORT_FIELDS}
        edits.check_version(audit, version, texts)
        changed = edits.apply(audit, texts)
        drafts.drop(ctx, REPORT_FORM, audit.id)
        if changed:
            ctx.record("change", "edit_report_texts", audit, changed)


# ------------------------------------------------------------------ announcement


def announce(
    ctx: Context,
    audit_id: int,
    *,
    version: int | None,
    file: tuple[BinaryIO, str] | None = None,
) -> Audit:
    """Tell the leader of the process that the audit begins; with the letter, if there is one.

    `file` is a stream and its name. It is numbered (radicado) and mailed; from then on the
    auditee sees the audit.
    Raises: NotFound, Forbidden, OutOfPlace, StaleVersion, Invalid (nobody to tell, bad file).
    """
    if file is None:
        with ctx.transaction():
            audit = _to_announce(ctx, audit_id, version)
            _announce(ctx, audit, None)
        return audit
    stream, name = file

    def home() -> documents.Home:
        return documents.Home(audit=_to_announce(ctx, audit_id, version))

    def attach(document: Document) -> None:
        _announce(ctx, load(ctx.session, Audit, audit_id, lock=True), document)

    documents.upload(
        ctx,
        stream,
        name,
        home=home,
        purpose=DocumentPurpose.ANNOUNCEMENT,
        permission="audit.announce",
        title="Oficio de anuncio",
        attach=attach,
    )
    return load(ctx.session, Audit, audit_id)


def _to_announce(ctx: Context, audit_id: int, version: int | None) -> Audit:
    audit = load_for(ctx, Audit, audit_id, "audit.announce")
    check_version(audit, version)
    if audit.state is not AuditState.PLANNING or audit.announced_at is not None:
        raise OutOfPlace(state=str(audit.state))
    leader = audit.process.leader
    if leader is None or leader.disabled_at is not None:
        raise Invalid("recipient", "audit.no_recipient")
    return audit


def _announce(ctx: Context, audit: Audit, document: Document | None) -> None:
    authorize(ctx.actor, "audit.announce", audit)
    number = filing.next_number(
        ctx, subject=f"Anuncio de la auditoría {audit.code}", thing=audit
    ).number
    if document is not None:
        document.filing_number = number
    record_announcement(ctx, audit, number, document)


def record_announcement(ctx: Context, audit: Audit, number: str, document: Document | None) -> None:
    """The leader of the process is told, with this number and letter, in the open transaction."""
    audit.announced_at = ctx.now()
    audit.announced_by_id = ctx.actor.user_id
    audit.announcement_number = number
    audit.announcement_id = document.id if document else None
    leader = audit.process.leader
    body = {
        "filing_number": number,
        "recipient": leader.id if leader else 0,
        "sha256": document.sha256 if document else "",
    }
    ctx.record("change", "announce", audit, body)
    mails.enqueue(
        ctx,
        f"audit-announced:{audit.id}",
        leader,
        f"Anuncio de la auditoría {audit.code}",
        f"La Oficina de Control Interno anuncia la auditoría «{audit.title}» al proceso "
        f"{audit.process.name}, con radicado {number}.\n\nEstá programada del "
        f"{audit.planned_start:%d/%m/%Y} al {audit.planned_end:%d/%m/%Y}.\n\n"
        f"Consúltela en {ctx.config.public_url}/auditorias/{audit.id}",
    )
