"""Preliminary and final audit reports: previews without signature, and the signed originals."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.context import Context
from app.errors import Forbidden, Invalid
from app.models.accounts import User
from app.models.audits import Audit, Report, ReportKind, Signature
from app.models.documents import Document, DocumentPurpose
from app.permissions import Permission
from app.services import documents, filing, letterheads, report_content, report_pdf
from app.services.documents import Home, Received
from app.services.report_content import ReportContent, Seal
from app.services.report_words import moment
from app.services.transitions import load_for
from workflows.audit import AuditState
from workflows.enums import LetterheadKind

DOCX_TYPE = documents.ALLOWED_TYPES[".docx"]
PDF_TYPE = documents.ALLOWED_TYPES[".pdf"]
PURPOSES = {
    ReportKind.DRAFT: DocumentPurpose.DRAFT_REPORT,
    ReportKind.FINAL: DocumentPurpose.FINAL_REPORT,
}
# In these states a report of the kind is being prepared; its issue ends them.
PREPARED_IN = {
    ReportKind.DRAFT: frozenset({AuditState.FIELDWORK, AuditState.DRAFT_REPORT}),
    ReportKind.FINAL: frozenset({AuditState.CONTRADICTION, AuditState.FINAL_REPORT}),
}


@dataclass(frozen=True, slots=True)
class Rendered:
    """The two files of a report, with their hashes."""

    docx: Received
    pdf: Received


def latest(session: Session, audit_id: int, kind: ReportKind) -> Report | None:
    """The last report of this kind, signed or not."""
    statement = (
        select(Report)
        .where(Report.audit_id == audit_id, Report.kind == ReportKind(kind))
        .options(joinedload(Report.docx), joinedload(Report.pdf))
        .order_by(Report.id.desc())
        .limit(1)
    )
    return session.scalars(statement).first()


def generate(ctx: Context, audit_id: int, kind: ReportKind) -> Report:
    """Make a preview in DOCX and PDF, neither signed nor filed; each one is kept.

    The files are drawn and stored before the transaction that names them, for that takes time.
    Raises: NotFound, Forbidden, Invalid (report.wrong_moment), StoreUnavailable.
    """
    kind = ReportKind(kind)
    _demand_moment(load_for(ctx, Audit, audit_id, Permission.AUDIT_REPORT), kind)
    content = report_content.build(ctx, audit_id, kind)
    rendered = _render(ctx, content)
    keys = (documents.reserve_key(ctx), documents.reserve_key(ctx))
    _store(ctx, rendered, keys)
    with ctx.transaction():
        audit = load_for(ctx, Audit, audit_id, Permission.AUDIT_REPORT)
        _demand_moment(audit, kind)
        report = _keep(ctx, audit, content, rendered, keys)
        ctx.record("change", "generate", report, {"kind": kind.value, "audit": audit.id})
        ctx.session.flush()
    return report


def issue(ctx: Context, audit: Audit, kind: ReportKind, keys: tuple[str, str]) -> Report:
    """File, sign, draw and keep a report, inside the caller's open transaction.

    The caller has verified the signer's password before opening it, and reserved two keys of
    the store (documents.reserve_key): the filing number exists only inside the transaction, so
    the files are made in it. If it fails, the next one takes the number and the stored files
    are swept.
    Raises: StoreUnavailable, Forbidden (the system signs nothing).
    """
    kind = ReportKind(kind)
    if ctx.actor.user_id is None:
        raise Forbidden(Permission.AUDIT_REPORT)
    content = report_content.build(ctx, audit.id, kind)
    filed = filing.next_number(ctx, subject=f"{content.name}: {audit.code}"[:300], thing=audit)
    absent = filing.absent_head(ctx)
    content = replace(content, seal=_seal(ctx, filed.number, absent))
    signature = filing.sign(
        ctx,
        audit,
        purpose=f"informe_{kind.value}",
        content_sha256=filing.content_hash(content.as_json()),
        on_behalf_of=absent,
    )
    content = _sealed(content, signature.content_sha256)
    rendered = _render(ctx, content)
    _store(ctx, rendered, keys)
    report = _keep(ctx, audit, content, rendered, keys, signature)
    body = {"kind": kind.value, "audit": audit.id, "filing_number": filed.number}
    ctx.record("change", "issue", report, body)
    return report


def _demand_moment(audit: Audit, kind: ReportKind) -> None:
    if audit.state not in PREPARED_IN[kind]:
        raise Invalid("kind", "report.wrong_moment")


def _seal(ctx: Context, number: str, absent: User | None) -> Seal:
    """Who signs, as the page prints it."""
    user = ctx.session.get_one(User, ctx.actor.user_id)
    return Seal(
        filing_number=number,
        signed_at=moment(ctx.now(), ctx.config.time_zone),
        signer=user.name,
        signer_position=user.position,
        on_behalf_of=absent.name if absent else "",
    )


def _sealed(content: ReportContent, sha256: str) -> ReportContent:
    if content.seal is None:
        raise ValueError("an unsigned report has no seal")
    return replace(content, seal=replace(content.seal, content_sha256=sha256))


def _render(ctx: Context, content: ReportContent) -> Rendered:
    at = ctx.now()
    stem = f"{content.audit_code}-informe-{content.kind}"
    word_file = letterheads.draw(ctx, LetterheadKind.REPORT, content, at=at)
    return Rendered(
        docx=_file(word_file, f"{stem}.docx", DOCX_TYPE),
        pdf=_file(report_pdf.render(content, at=at), f"{stem}.pdf", PDF_TYPE),
    )


def _file(data: bytes, name: str, media_type: str) -> Received:
    sha256 = hashlib.sha256(data).hexdigest()
    return Received(io.BytesIO(data), name, media_type, len(data), sha256)


def _store(ctx: Context, rendered: Rendered, keys: tuple[str, str]) -> None:
    for key, file in zip(keys, (rendered.docx, rendered.pdf), strict=True):
        ctx.store.put(
            key,
            io.BytesIO(file.file.read()),
            size_bytes=file.size_bytes,
            sha256=file.sha256,
            media_type=file.media_type,
        )


def _keep(
    ctx: Context,
    audit: Audit,
    content: ReportContent,
    rendered: Rendered,
    keys: tuple[str, str],
    signature: Signature | None = None,
) -> Report:
    kind = ReportKind(content.kind)
    number = content.seal.filing_number if content.seal else ""
    docx, pdf = (
        _document(ctx, audit, key, file, kind, f"{content.name} {audit.code}", number)
        for key, file in zip(keys, (rendered.docx, rendered.pdf), strict=True)
    )
    told = content.as_json()
    report = Report(
        audit_id=audit.id,
        kind=kind,
        content=told,
        content_sha256=(signature.content_sha256 if signature else filing.content_hash(told)),
        docx_id=docx.id,
        pdf_id=pdf.id,
        generated_by_id=ctx.actor.user_id,
        generated_at=ctx.now(),
        signature_id=signature.id if signature else None,
        filing_number=number or None,
        communicated_at=ctx.now() if signature else None,
    )
    ctx.session.add(report)
    ctx.session.flush()
    return report


def _document(
    ctx: Context,
    audit: Audit,
    key: str,
    file: Received,
    kind: ReportKind,
    title: str,
    number: str,
) -> Document:
    return documents.finish_intent(
        ctx, key, file, Home(audit=audit), PURPOSES[kind], title, filing_number=number
    )
