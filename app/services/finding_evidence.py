"""Evidence of a finding: new files, documents the audit already has, and taking one off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from sqlalchemy import select

from app.context import Context
from app.errors import Invalid, NotFound
from app.models.documents import Document, DocumentPurpose
from app.models.findings import Finding, FindingEvidence
from app.permissions import Permission, scope
from app.services import documents
from app.services.finding_facts import plain
from app.services.finding_rows import forget_review, load_to_change
from app.services.transitions import load
from workflows.enums import EvidenceQuality, EvidenceType

LINKABLE = frozenset(
    {DocumentPurpose.EVIDENCE, DocumentPurpose.WORKING_PAPER, DocumentPurpose.MINUTES}
)


def upload(
    ctx: Context,
    finding_id: int,
    stream: BinaryIO,
    filename: str,
    *,
    type: EvidenceType,
    note: str = "",
    qualities: Sequence[EvidenceQuality] = (),
) -> Document:
    """Keep a new file as evidence: file, document and link are saved together or not at all.

    Raises: NotFound, Forbidden, Invalid, ChecksumMismatch, StoreUnavailable.
    """

    def attach(document: Document) -> None:
        _attach(ctx, finding_id, document, type, note, qualities)

    finding = load(ctx.session, Finding, finding_id)
    purpose = (
        DocumentPurpose.EVIDENCE if finding.audit_id is not None else DocumentPurpose.SOURCE_REPORT
    )
    return documents.upload(
        ctx,
        stream,
        filename,
        home=lambda: documents.Home(finding=load(ctx.session, Finding, finding_id)),
        purpose=purpose,
        permission=Permission.FINDING_ADD_EVIDENCE,
        attach=attach,
    )


def link(
    ctx: Context,
    finding_id: int,
    document_id: int,
    *,
    type: EvidenceType,
    note: str = "",
    qualities: Sequence[EvidenceQuality] = (),
) -> FindingEvidence:
    """Use a document of the same audit as evidence; one that was taken off comes back.

    Raises: NotFound, Forbidden, Invalid.
    """
    with ctx.transaction():
        finding = load_to_change(ctx, finding_id, Permission.FINDING_ADD_EVIDENCE)
        document = _linkable(ctx, finding, document_id)
        return _attach(ctx, finding.id, document, type, note, qualities)


def _linkable(ctx: Context, finding: Finding, document_id: int) -> Document:
    statement = select(Document).where(
        Document.id == document_id,
        Document.audit_id == finding.audit_id,
        Document.purpose.in_(sorted(LINKABLE)),
        Document.withdrawn_at.is_(None),
        scope(ctx.actor, Permission.DOCUMENT_READ, Document),
    )
    document = ctx.session.scalars(statement).one_or_none()
    if document is None:
        raise Invalid("document_id", "finding.unknown_choice")
    return document


def _attach(
    ctx: Context,
    finding_id: int,
    document: Document,
    type: EvidenceType,
    note: str,
    qualities: Sequence[EvidenceQuality],
) -> FindingEvidence:
    """The link itself, in the open transaction; linking twice changes nothing."""
    statement = select(FindingEvidence).where(
        FindingEvidence.finding_id == finding_id, FindingEvidence.document_id == document.id
    )
    row = ctx.session.scalars(statement).one_or_none()
    if row is None:
        row = FindingEvidence(finding_id=finding_id, document_id=document.id)
        ctx.session.add(row)
    elif row.removed_at is None:
        return row
    row.type, row.note, row.removed_at = type, plain(note), None
    row.qualities = _in_order(qualities)
    row.added_by_id = ctx.actor.user_id  # type: ignore[assignment]  # a person: authorised above
    row.added_at = ctx.now()
    ctx.session.flush()
    body = {"evidence": row.id, "document": document.id, "sha256": document.sha256}
    ctx.record("change", "add_evidence", (Finding.thing, str(finding_id)), body)
    return row


def judge(
    ctx: Context, finding_id: int, evidence_id: int, qualities: Sequence[EvidenceQuality]
) -> FindingEvidence:
    """Say which qualities a piece of evidence has: those not named, it lacks.

    Raises: NotFound, Forbidden.
    """
    with ctx.transaction():
        finding = load_to_change(ctx, finding_id, Permission.FINDING_ADD_EVIDENCE)
        row = _standing(ctx, finding, evidence_id)
        judged = _in_order(qualities)
        if row.qualities != judged:
            body = {"evidence": row.id, "qualities": {"old": row.qualities, "new": judged}}
            row.qualities = judged
            ctx.record("change", "judge_evidence", finding, body)
        return row


def _in_order(qualities: Sequence[EvidenceQuality]) -> list[str]:
    return [each.value for each in EvidenceQuality if each in qualities]


def _standing(ctx: Context, finding: Finding, evidence_id: int) -> FindingEvidence:
    """Raises: NotFound: of another finding, or taken off."""
    row = ctx.session.get(FindingEvidence, evidence_id)
    if row is None or row.finding_id != finding.id or row.removed_at is not None:
        raise NotFound
    return row


def remove(ctx: Context, finding_id: int, evidence_id: int, *, reason: str) -> None:
    """Take a piece of evidence off a finding that was not communicated; the file stays.

    Whoever had reviewed the finding must look again. Raises: NotFound, Forbidden, Invalid.
    """
    if not plain(reason):
        raise Invalid("reason", "needs_reason")
    with ctx.transaction() as session:
        finding = load_to_change(ctx, finding_id, Permission.FINDING_ADD_EVIDENCE)
        row = session.get(FindingEvidence, evidence_id)
        if row is None or row.finding_id != finding.id:
            raise NotFound
        if row.removed_at is not None:
            return
        row.removed_at = ctx.now()
        forget_review(finding)
        body = {"evidence": row.id, "document": row.document_id, "reason": plain(reason)}
        ctx.record("change", "remove_evidence", finding, body)
