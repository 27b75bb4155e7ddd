"""The audit's case file (expediente): closed with an index that lists and hashes every document.

Source: Ley 594 de 2000, art. 4 and Acuerdo AGN 001 de 2024: electronic index of the case file.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.context import Context
from app.errors import Invalid, OutOfPlace
from app.models.audits import Audit, AuditMember, Report, ReportKind, WorkingPaper
from app.models.documents import Document
from app.services import audit_program
from app.services.filing import content_hash
from app.services.terms import local_date
from app.services.transitions import check_version, load_for
from workflows.audit import AuditState

PROGRAM, DECLARATIONS, PAPERS = "program", "declarations", "papers"
DRAFT_REPORT, FINAL_REPORT = "draft_report", "final_report"


def is_complete(session: Session, audit: Audit) -> bool:
    """Whether it was closed and no document has come since."""
    if audit.case_file_closed_at is None or audit.case_file_index is None:
        return False
    listed = {entry["uuid"] for entry in audit.case_file_index["entries"]}
    uuids = session.scalars(select(Document.uuid).where(Document.audit_id == audit.id))
    return listed == set(uuids)


def missing(session: Session, audit: Audit) -> tuple[str, ...]:
    """What must still be in the case file before it can be closed, by code; see the constants."""
    filed = set(
        session.scalars(
            select(Report.kind).where(
                Report.audit_id == audit.id,
                Report.signature_id.is_not(None),
                Report.filing_number.is_not(None),
            )
        )
    )
    undeclared = exists().where(
        AuditMember.audit_id == audit.id,
        AuditMember.removed_at.is_(None),
        AuditMember.declared_at.is_(None),
    )
    unreviewed = exists().where(
        WorkingPaper.audit_id == audit.id, WorkingPaper.reviewed_at.is_(None)
    )
    without_declaration, with_papers = session.execute(select(undeclared, unreviewed)).one()
    lacks = {
        PROGRAM: not audit_program.is_signed(session, audit),
        DECLARATIONS: without_declaration,
        PAPERS: with_papers,
        DRAFT_REPORT: ReportKind.DRAFT not in filed,
        FINAL_REPORT: ReportKind.FINAL not in filed,
    }
    return tuple(code for code, lacking in lacks.items() if lacking)


def is_closed(ctx: Context, audit: Audit) -> bool:
    """For the page: closed, with nothing new since."""
    return is_complete(ctx.session, audit)


def lacks(ctx: Context, audit: Audit) -> tuple[str, ...]:
    """For the page: what keeps it from being closed."""
    return missing(ctx.session, audit)


def close(ctx: Context, audit_id: int, *, version: int | None) -> Audit:
    """Close the case file: fix its index. Closing again takes in what came since.

    Raises: NotFound, Forbidden, OutOfPlace (not in follow-up), StaleVersion, Invalid (something
    that belongs there is missing).
    """
    with ctx.transaction() as session:
        audit = load_for(ctx, Audit, audit_id, "audit.close_case_file")
        check_version(audit, version)
        if audit.state is not AuditState.FOLLOW_UP or is_complete(session, audit):
            raise OutOfPlace(state=str(audit.state))
        if missing(session, audit):
            raise Invalid("case_file", "case_file.incomplete")
        index = build_index(ctx, audit)
        audit.case_file_index = index
        audit.case_file_closed_at = ctx.now()
        body = {"sha256": index["sha256"], "documents": len(index["entries"])}
        ctx.record("change", "close_case_file", audit, body)
    return audit


def build_index(ctx: Context, audit: Audit) -> dict[str, Any]:
    """Every document of the audit in order of entry, and the hash of the whole list."""
    documents = ctx.session.scalars(
        select(Document)
        .where(Document.audit_id == audit.id)
        .order_by(Document.uploaded_at, Document.id)
    )
    entries = [
        {
            "number": number,
            "uuid": document.uuid,
            "title": document.title,
            "purpose": document.purpose.value,
            "date": local_date(document.uploaded_at, ctx.config.time_zone).isoformat(),
            "filing_number": document.filing_number,
            "sha256": document.sha256,
            "size_bytes": document.size_bytes,
            "withdrawn": document.withdrawn_at is not None,
        }
        for number, document in enumerate(documents, start=1)
    ]
    return {"audit": audit.code, "entries": entries, "sha256": content_hash(entries)}
