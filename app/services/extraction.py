"""The text of a document: read in the worker after the upload was answered, kept page by page.

Whatever happens to the reading, the document stays as it was received; its text row says in
which state the reading is and why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, or_, select

from app.adapters.search import split_text
from app.adapters.search.text import clean
from app.context import Context
from app.models.documents import Document
from app.models.texts import DocumentPage, DocumentText, PageKind, TextState
from app.services import readers
from app.services.readers_base import FAILED, Limits, Piece, Reading

STORED, OCR = "document.stored", "document.ocr"
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Stored:
    """What reading needs of a document; no transaction is open while it is read."""

    id: int
    store_key: str
    media_type: str


def on_stored(ctx: Context, payload: Mapping[str, Any]) -> None:
    """Outbox "document.stored": read the text of a new document."""
    read(ctx, int(payload["document_id"]))


def on_ocr(ctx: Context, payload: Mapping[str, Any]) -> None:
    """Outbox "document.ocr": recognise the next portion of a scan."""
    document_id, after = int(payload["document_id"]), int(payload["after"])
    next_after = recognise(ctx, document_id, after)
    if next_after is not None:
        with ctx.transaction():
            _enqueue_ocr(ctx, document_id, next_after)


def read(ctx: Context, document_id: int) -> None:
    """Read a document's text, unless this version of the readers already has.

    Raises: StoreUnavailable.
    """
    known = ctx.session.get(DocumentText, document_id)
    done = known is not None and known.rules_version >= readers.RULES_VERSION
    document = _stored(ctx, document_id)
    if done or document is None:
        return
    reading = _with_bytes(ctx, document, readers.read)
    with ctx.transaction():
        _keep(ctx, document_id, reading, reading.pages)
        if reading.scanned and readers.can_recognise():
            _enqueue_ocr(ctx, document_id, 0)


def recognise(ctx: Context, document_id: int, after: int = 0) -> int | None:
    """Recognise scanned pages after that one; answer where to go on, None at the end.

    Raises: StoreUnavailable.
    """
    document = _stored(ctx, document_id)
    if document is None:
        return None
    reading = _with_bytes(
        ctx, document, lambda stream, kind: readers.recognise(stream, kind, after)
    )
    with ctx.transaction():
        kept = _merged(_pieces(ctx, document_id), reading.pages)
        if reading.state == FAILED and kept:
            reading.state, reading.code = TextState.READ, "partly_recognised"
        elif reading.next_after is not None:
            reading.state = TextState.READ if kept else TextState.WAITING_OCR
        elif not kept and reading.state == TextState.READ:
            reading.state = TextState.NO_TEXT
        _keep(ctx, document_id, reading, kept)
    return reading.next_after


def _stored(ctx: Context, document_id: int) -> Stored | None:
    row = ctx.session.execute(
        select(Document.id, Document.store_key, Document.media_type).where(
            Document.id == document_id
        )
    ).first()
    ctx.session.rollback()  # reading may take minutes: no view of the database is held meanwhile
    return None if row is None else Stored(row.id, row.store_key, row.media_type)


def _with_bytes(ctx: Context, document: Stored, reader: Callable[[Any, str], Reading]) -> Reading:
    try:
        stream = ctx.store.open(document.store_key)
    except KeyError:
        return Reading(state=FAILED, code="missing")
    with stream:
        return reader(stream, document.media_type)


def _pieces(ctx: Context, document_id: int) -> list[Piece]:
    rows = ctx.session.scalars(
        select(DocumentPage)
        .where(DocumentPage.document_id == document_id)
        .order_by(DocumentPage.number)
    )
    return [Piece(row.page, row.label, row.text) for row in rows]


def _merged(old: Sequence[Piece], new: Sequence[Piece]) -> list[Piece]:
    """In order of pages; a page read anew replaces what was there."""
    again = {piece.page for piece in new}
    pieces = [*(piece for piece in old if piece.page not in again), *new]
    return sorted(pieces, key=lambda piece: piece.page)


def _keep(ctx: Context, document_id: int, reading: Reading, pieces: Sequence[Piece]) -> None:
    """Put the result in place of any earlier one, in the open transaction."""
    session = ctx.session
    session.execute(delete(DocumentPage).where(DocumentPage.document_id == document_id))
    parts = [
        (piece, part) for piece in pieces for part in split_text(clean(piece.text), piece.page)
    ]
    for number, (piece, part) in enumerate(parts, start=1):
        session.add(
            DocumentPage(
                document_id=document_id,
                number=number,
                page=piece.page,
                label=clean(piece.label),
                text=part.text,
            )
        )
    row = session.get(DocumentText, document_id) or DocumentText(document_id=document_id)
    row.state = TextState(reading.state)
    row.code = reading.code
    if reading.page_count or row.page_count is None:  # a reading that failed knows no pages
        row.page_kind = PageKind(reading.page_kind)
        row.page_count = reading.page_count
    row.reader = reading.reader or row.reader or ""
    row.characters = sum(len(part.text) for _piece, part in parts)
    row.extracted_at = ctx.now()
    row.rules_version = readers.RULES_VERSION
    session.add(row)
    session.flush()


def _enqueue_ocr(ctx: Context, document_id: int, after: int) -> None:
    key = f"{OCR}:{document_id}:{readers.RULES_VERSION}:{after}:{ctx.now().isoformat()}"
    ctx.enqueue(OCR, key, {"document_id": document_id, "after": after})


HANDLERS = {STORED: on_stored}
SLOW_HANDLERS = {OCR: on_ocr}


# ---------------------------------------------------------------- commands


@dataclass(frozen=True, slots=True)
class Caught:
    """What a command did: documents tried, and those that still have no text."""

    tried: int
    without_text: int


def recognise_waiting(ctx: Context, progress: Progress = lambda _done, _all: None) -> Caught:
    """Recognise every document that waits for it, to its end. Interrupted, it goes on next time."""
    ids = ctx.session.scalars(
        select(DocumentText.document_id)
        .where(DocumentText.state == TextState.WAITING_OCR)
        .order_by(DocumentText.document_id)
    ).all()
    without = 0
    for number, document_id in enumerate(ids, start=1):
        after: int | None = 0
        while after is not None:
            after = recognise(ctx, document_id, after)
        row = ctx.session.get_one(DocumentText, document_id)
        without += row.state is not TextState.READ
        progress(number, len(ids))
    return Caught(len(ids), without)


def unread(ctx: Context) -> Sequence[int]:
    """Documents never read, or read by older rules than the present ones."""
    statement = (
        select(Document.id)
        .outerjoin(DocumentText, DocumentText.document_id == Document.id)
        .where(
            or_(
                DocumentText.document_id.is_(None),
                DocumentText.rules_version < readers.RULES_VERSION,
            )
        )
        .order_by(Document.id)
    )
    return ctx.session.scalars(statement).all()


# ---------------------------------------------------------------- for pages


def text_of(ctx: Context, document_id: int) -> DocumentText | None:
    """How far the reading is; None: not begun."""
    return ctx.session.get(DocumentText, document_id)


def texts_of(ctx: Context, document_ids: Sequence[int]) -> dict[int, DocumentText]:
    """The same for several, in one query."""
    rows = ctx.session.scalars(
        select(DocumentText).where(DocumentText.document_id.in_(document_ids))
    )
    return {row.document_id: row for row in rows}


def waiting(ctx: Context) -> int:
    """How many documents wait for a recogniser."""
    statement = select(func.count()).where(DocumentText.state == TextState.WAITING_OCR)
    return ctx.session.scalar(statement) or 0


def max_pages() -> int:
    return Limits().pages
