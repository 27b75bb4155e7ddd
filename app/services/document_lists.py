"""Reading documents: lists by permission, and the card of one with its custody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from app.context import Context
from app.models.accounts import User
from app.models.documents import Document, DocumentPurpose
from app.models.texts import DocumentText
from app.models.traceability import LedgerEvent
from app.permissions import can, scope
from app.services import documents, extraction

PAGE = 25
CUSTODY = 100


@dataclass(frozen=True, slots=True)
class DocumentPage:
    rows: Sequence[Document]
    next_id: int | None


@dataclass(frozen=True, slots=True)
class Custody:
    """Who did what with the document, and when."""

    seq: int
    action: str
    person: User | None
    event: LedgerEvent


@dataclass(frozen=True, slots=True)
class Card:
    document: Document
    custody: Sequence[Custody]
    may_withdraw: bool
    text: DocumentText | None  # how far its reading is; None: not begun


def page(
    ctx: Context, *, text: str = "", purpose: str = "", before: int | None = None
) -> DocumentPage:
    """Newest first, only what this actor may read; `text` looks into title and file name."""
    statement = (
        select(Document)
        .options(joinedload(Document.uploaded_by))
        .where(scope(ctx.actor, "document.read", Document))
    )
    if text.strip():
        like = "%" + _escaped(text.strip()) + "%"
        statement = statement.where(
            or_(Document.title.ilike(like, escape="!"), Document.filename.ilike(like, escape="!"))
        )
    if purpose:
        statement = statement.where(Document.purpose == DocumentPurpose(purpose))
    if before is not None:
        statement = statement.where(Document.id < before)
    rows = ctx.session.scalars(statement.order_by(Document.id.desc()).limit(PAGE + 1)).all()
    return DocumentPage(rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None)


def _escaped(text: str) -> str:
    for special in "!%_":
        text = text.replace(special, "!" + special)
    return text


def card(ctx: Context, document_uuid: str) -> Card:
    """One document with its custody: uploads, downloads, withdrawal. Raises: NotFound."""
    document = documents.find(ctx, document_uuid)
    events = ctx.session.execute(
        select(LedgerEvent, User)
        .outerjoin(User, User.id == LedgerEvent.actor_id)
        .where(LedgerEvent.thing_kind == "document", LedgerEvent.thing_id == str(document.id))
        .order_by(LedgerEvent.seq.desc())
        .limit(CUSTODY)
    ).all()
    custody = [Custody(event.seq, event.action, user, event) for event, user in events]
    may_withdraw = can(ctx.actor, "document.withdraw", document)
    return Card(document, custody, may_withdraw, extraction.text_of(ctx, document.id))
