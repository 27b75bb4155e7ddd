"""Documents of an audit that support no finding in particular: letters, minutes, papers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.context import Context
from app.errors import OutOfPlace
from app.models.audits import Audit
from app.models.documents import Document, DocumentPurpose
from app.permissions import can, scope
from app.services import documents, submissions
from app.services.transitions import load_for
from workflows.audit import AuditState

PURPOSES = (DocumentPurpose.WORKING_PAPER, DocumentPurpose.MINUTES, DocumentPurpose.OTHER)
OVER = frozenset({AuditState.CLOSED, AuditState.CANCELLED})
PAGE = 50


class AlreadyKept(Exception):
    """The same form was sent before and its file is kept."""


def keep(
    ctx: Context,
    audit_id: int,
    stream: BinaryIO,
    name: str,
    *,
    purpose: DocumentPurpose,
    key: str = "",
) -> None:
    """Keep one file of an audit. Sent twice with the same key it is kept once.

    Raises: NotFound, Forbidden, OutOfPlace (the audit is over), Invalid, StoreUnavailable.
    """

    def home() -> documents.Home:
        audit = load_for(ctx, Audit, audit_id, "document.upload")
        if audit.state in OVER:
            raise OutOfPlace(state=str(audit.state))
        return documents.Home(audit=audit)

    def attach(document: Document) -> None:
        if submissions.claim(ctx, key) is not None:
            raise AlreadyKept  # rolls back this document; its bytes are swept
        submissions.finish(ctx, key, document.id)

    try:
        documents.upload(
            ctx,
            stream,
            name,
            home=home,
            purpose=purpose,
            permission="document.upload",
            attach=attach,
        )
    except AlreadyKept:
        return


def may_keep(ctx: Context, audit: Audit) -> bool:
    """Whether the page offers to upload."""
    return audit.state not in OVER and can(ctx.actor, "document.upload", audit)


@dataclass(frozen=True, slots=True)
class FilePage:
    """Newest first; `next_before` is the key of the following page."""

    rows: Sequence[Document]
    next_before: int | None


def of_audit(ctx: Context, audit: Audit, *, before: int | None = None) -> FilePage:
    """Documents of an audit, its findings and plans, that the actor may read."""
    statement = select(Document).where(
        Document.audit_id == audit.id, scope(ctx.actor, "document.read", Document)
    )
    if before is not None:
        statement = statement.where(Document.id < before)
    rows = ctx.session.scalars(
        statement.options(joinedload(Document.uploaded_by))
        .order_by(Document.id.desc())
        .limit(PAGE + 1)
    ).all()
    shown = rows[:PAGE]
    return FilePage(shown, shown[-1].id if len(rows) > PAGE else None)
