"""Supporting documents: nothing that was answered as saved is lost, nothing half saved shows.

Order of an upload: intent row and commit, bytes to the store (which checks their SHA-256),
then one transaction with document row, ledger and outbox, and only then the answer. A crash
at any point leaves at most a pending intent, which `sweep` clears.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
import unicodedata
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePosixPath
from typing import IO, BinaryIO

import puremagic
from sqlalchemy import select

from app.adapters.storage import ChecksumMismatch, sha256_of
from app.context import Context
from app.errors import Invalid, NotFound
from app.models.audits import Audit
from app.models.documents import Document, DocumentPurpose, IntentState, UploadIntent
from app.models.findings import Finding
from app.models.plans import Action, Plan
from app.permissions import authorize, can
from workflows.audit import AuditState
from workflows.enums import Classification

CHUNK_BYTES = 64 * 1024
SPOOL_BYTES = 1024 * 1024
FILENAME_MAX_BYTES = 255
INTENT_GRACE = timedelta(hours=24)
ALLOWED_TYPES = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".eml": "message/rfc822",
    ".html": "text/html",
    ".htm": "text/html",
    ".txt": "text/plain",
    ".csv": "text/csv",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
}
SIGNATURES = {
    ".pdf": (b"%PDF-",),
    ".docx": (b"PK\x03\x04",),
    ".xlsx": (b"PK\x03\x04",),
    ".pptx": (b"PK\x03\x04",),
    ".odt": (b"PK\x03\x04",),
    ".ods": (b"PK\x03\x04",),
    ".png": (b"\x89PNG\r\n\x1a\n",),
    ".jpg": (b"\xff\xd8\xff",),
    ".jpeg": (b"\xff\xd8\xff",),
    ".tif": (b"II*\x00", b"MM\x00*"),
    ".tiff": (b"II*\x00", b"MM\x00*"),
}
TEXT_TYPES = {".txt", ".csv", ".eml", ".html", ".htm"}
PROGRAM_SIGNATURES = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe")


@dataclass(frozen=True, slots=True)
class Home:
    """Where a document belongs; with the purpose it decides who may read it."""

    audit: Audit | None = None
    finding: Finding | None = None
    plan: Plan | None = None
    action: Action | None = None

    @property
    def process_id(self) -> int | None:
        for thing in (self.action, self.plan, self.finding, self.audit):
            if thing is not None:
                return thing.process_id
        return None

    @property
    def audit_id(self) -> int | None:
        for thing in (self.action, self.plan, self.finding, self.audit):
            if thing is not None:
                return thing.audit_id
        return None


@dataclass(frozen=True, slots=True)
class Received:
    """A file on local disk, counted and hashed, before it goes to the store."""

    file: IO[bytes]
    filename: str
    media_type: str
    size_bytes: int
    sha256: str


def clean_filename(raw: str) -> str:
    """Base name without paths, controls or direction marks, NFC, at most 255 bytes of UTF-8.

    Raises: Invalid when nothing usable is left.
    """
    name = unicodedata.normalize("NFC", raw).replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(c for c in name if unicodedata.category(c) not in {"Cc", "Cf", "Co", "Cs", "Cn"})
    kept = re.sub(r"\s+", " ", kept).strip(" .")
    path = PurePosixPath(kept)
    stem, suffix = path.stem, path.suffix.lower()
    if not stem or not suffix:
        raise Invalid("file", "document.bad_name")
    room = FILENAME_MAX_BYTES - len(suffix.encode())
    stem = stem.encode()[:room].decode(errors="ignore").rstrip(" .")
    return f"{stem}{suffix}"


@contextmanager
def receive(stream: BinaryIO, raw_name: str, *, max_bytes: int) -> Iterator[Received]:
    """Copy an upload to a temporary file, counting and hashing; check its type.

    Raises: Invalid (document.bad_name, bad_type, empty, too_big, wrong_content).
    """
    filename = clean_filename(raw_name)
    suffix = PurePosixPath(filename).suffix
    media_type = ALLOWED_TYPES.get(suffix)
    if media_type is None:
        raise Invalid("file", "document.bad_type", allowed=", ".join(sorted(ALLOWED_TYPES)))
    digest, size = hashlib.sha256(), 0
    with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as file:
        while chunk := stream.read(CHUNK_BYTES):
            size += len(chunk)
            if size > max_bytes:
                raise Invalid("file", "document.too_big", max_mb=max_bytes // (1024 * 1024))
            digest.update(chunk)
            file.write(chunk)
        if size == 0:
            raise Invalid("file", "document.empty")
        file.seek(0)
        _check_content(file.read(4096), suffix)
        file.seek(0)
        yield Received(file, filename, media_type, size, digest.hexdigest())


def _check_content(head: bytes, suffix: str) -> None:
    """The first bytes must fit the extension: neither alone is believed.

    Raises: Invalid (document.wrong_content).
    """
    wrong = Invalid("file", "document.wrong_content", suffix=suffix)
    expected = SIGNATURES.get(suffix)
    if expected is not None:
        if not head.startswith(expected):
            raise wrong
        return
    if head.startswith(PROGRAM_SIGNATURES):
        raise wrong
    if suffix in TEXT_TYPES:
        if b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise wrong
        try:
            sniffed = puremagic.from_string(head)
        except puremagic.PureError:
            return
        if sniffed in set(SIGNATURES):
            raise wrong


def upload(
    ctx: Context,
    stream: BinaryIO,
    raw_name: str,
    *,
    home: Callable[[], Home],
    purpose: DocumentPurpose,
    permission: str,
    title: str = "",
    attach: Callable[[Document], None] | None = None,
) -> Document:
    """Keep one file for a thing that the actor may change under `permission`.

    `home` loads the thing(s) anew: it is called before the bytes are taken and again in the
    final transaction, because time has passed. `attach` adds rows that belong to the same
    transaction (for instance the evidence link).
    Raises: Invalid, Forbidden, NotFound, ChecksumMismatch, StoreUnavailable.
    """
    _allow(ctx, home(), permission)
    with receive(stream, raw_name, max_bytes=ctx.config.upload_max_bytes) as received:
        key = begin_intent(ctx, received)
        ctx.store.put(
            key,
            received.file,  # type: ignore[arg-type]  # SpooledTemporaryFile is a binary file
            size_bytes=received.size_bytes,
            sha256=received.sha256,
            media_type=received.media_type,
        )
    with ctx.transaction():
        place = home()
        _allow(ctx, place, permission)
        document = finish_intent(ctx, key, received, place, purpose, title)
        if attach is not None:
            attach(document)
        ctx.session.flush()
    return document


def _allow(ctx: Context, home: Home, permission: str) -> None:
    thing = home.action or home.plan or home.finding or home.audit
    if thing is None:
        raise NotFound
    if not can(ctx.actor, permission, thing):
        if not can(ctx.actor, f"{thing.thing}.read", thing):
            raise NotFound
        authorize(ctx.actor, permission, thing)


def begin_intent(ctx: Context, received: Received) -> str:
    """Write the intent, commit, and answer the store key for the bytes."""
    key = f"documents/{uuid.uuid4()}"
    with ctx.transaction() as session:
        session.add(
            UploadIntent(
                store_key=key,
                owner_id=ctx.actor.user_id,
                sha256=received.sha256,
                size_bytes=received.size_bytes,
                created_at=ctx.now(),
            )
        )
    return key


def finish_intent(
    ctx: Context,
    key: str,
    received: Received,
    home: Home,
    purpose: DocumentPurpose,
    title: str = "",
    *,
    filing_number: str = "",
    classification: Classification = Classification.RESERVED,
) -> Document:
    """Document row, ledger and outbox for bytes already in the store, in the open transaction."""
    session = ctx.session
    intent = session.scalars(
        select(UploadIntent).where(UploadIntent.store_key == key).with_for_update()
    ).one()
    intent.state = IntentState.DONE
    document = Document(
        uuid=key.rpartition("/")[2],
        store_key=key,
        title=title.strip() or PurePosixPath(received.filename).stem,
        filename=received.filename,
        media_type=received.media_type,
        size_bytes=received.size_bytes,
        sha256=received.sha256,
        purpose=purpose,
        classification=classification,
        audit_id=home.audit_id,
        finding_id=home.finding.id if home.finding else None,
        plan_id=home.plan.id if home.plan else None,
        action_id=home.action.id if home.action else None,
        process_id=home.process_id,
        uploaded_by_id=ctx.actor.user_id,
        uploaded_at=ctx.now(),
        filing_number=filing_number,
    )
    session.add(document)
    session.flush()
    body = {
        "sha256": received.sha256,
        "size_bytes": received.size_bytes,
        "filename": received.filename,
        "purpose": purpose.value,
    }
    ctx.record("change", "upload", document, body)
    ctx.enqueue("document.stored", f"document.stored:{document.id}", {"document_id": document.id})
    return document


def find(ctx: Context, document_uuid: str) -> Document:
    """A document that the actor may read. Raises: NotFound (also when not allowed)."""
    document = ctx.session.scalars(
        select(Document).where(Document.uuid == document_uuid)
    ).one_or_none()
    if document is None or not can(ctx.actor, "document.read", document):
        raise NotFound
    return document


def open_for_download(ctx: Context, document_uuid: str) -> tuple[Document, BinaryIO]:
    """A document and its bytes, the reading being written to the ledger before they are given.

    The caller closes the stream. Raises: NotFound, StoreUnavailable, KeyError.
    """
    document = find(ctx, document_uuid)
    stream = ctx.store.open(document.store_key)
    try:
        with ctx.transaction():
            document = find(ctx, document_uuid)
            ctx.record("read", "download", document, {"sha256": document.sha256})
            ctx.session.flush()
        ctx.session.refresh(document)
    except BaseException:
        stream.close()
        raise
    return document, stream


def withdraw(ctx: Context, document_uuid: str, *, reason: str) -> Document:
    """Take a document out of use: it stays stored and traced, marked with the reason.

    Raises: NotFound, Forbidden, Invalid (filed documents are never withdrawn).
    """
    if not reason.strip():
        raise Invalid("reason", "needs_reason")
    with ctx.transaction():
        document = find(ctx, document_uuid)
        authorize(ctx.actor, "document.withdraw", document)
        if document.filing_number:
            raise Invalid("reason", "document.filed")
        _demand_open_case(ctx, document)
        document.withdrawn_at = ctx.now()
        document.withdrawn_reason = reason.strip()
        ctx.record("change", "withdraw", document, {"reason": reason.strip()})
    return document


def _demand_open_case(ctx: Context, document: Document) -> None:
    """What the closed file of an audit lists stays in it. Raises: Invalid."""
    if document.audit_id is None:
        return
    audit = ctx.session.scalars(
        select(Audit).where(Audit.id == document.audit_id).with_for_update(read=True)
    ).one()
    closed_at = audit.case_file_closed_at
    is_in_the_file = closed_at is not None and document.uploaded_at <= closed_at
    if is_in_the_file or audit.state is AuditState.CANCELLED:
        raise Invalid("reason", "document.case_closed")


@dataclass(frozen=True, slots=True)
class Verification:
    """Result of re-reading the store: what is missing, changed or unreadable, by title."""

    checked: int
    missing: tuple[str, ...]
    changed: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.missing and not self.changed


def verify(
    ctx: Context, progress: Callable[[int, int], None] = lambda _done, _all: None
) -> Verification:
    """Read every stored document again and compare its SHA-256 (promise: bytes never change)."""
    rows = ctx.session.execute(select(Document.uuid, Document.store_key, Document.sha256)).all()
    missing, changed = [], []
    for number, (document_uuid, key, expected) in enumerate(rows, start=1):
        try:
            with ctx.store.open(key) as stream:
                if sha256_of(stream) != expected:
                    changed.append(document_uuid)
        except KeyError:
            missing.append(document_uuid)
        except ChecksumMismatch:
            changed.append(document_uuid)
        progress(number, len(rows))
    return Verification(len(rows), tuple(missing), tuple(changed))


def sweep(ctx: Context) -> int:
    """Clear bytes of uploads that were never answered as saved, a day later.

    An object is deleted only when no document row names it, checked under the intent's lock.
    """
    cleared = 0
    limit = ctx.now() - INTENT_GRACE
    with ctx.transaction() as session:
        stale = session.scalars(
            select(UploadIntent)
            .where(UploadIntent.state == IntentState.PENDING, UploadIntent.created_at < limit)
            .with_for_update()
        ).all()
        for intent in stale:
            if session.scalar(select(Document.id).where(Document.store_key == intent.store_key)):
                continue
            ctx.store.delete(intent.store_key)
            intent.state = IntentState.ABANDONED
            cleared += 1
    return cleared + ctx.store.discard_unfinished(limit)


def reserve_key(ctx: Context) -> str:
    """Intent for a file that the final transaction itself will make (a signed report, whose
    filing number exists only inside that transaction). Answer the store key for its bytes."""
    key = f"documents/{uuid.uuid4()}"
    with ctx.transaction() as session:
        session.add(
            UploadIntent(
                store_key=key,
                owner_id=ctx.actor.user_id,
                sha256="",
                size_bytes=0,
                created_at=ctx.now(),
            )
        )
    return key
