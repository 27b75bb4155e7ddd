"""Uploads lose nothing, leave nothing half done, and give the same bytes back."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from sqlalchemy import func, select

from app.adapters.storage import DocumentStore, StoreUnavailable
from app.context import Context
from app.errors import Forbidden, Invalid, NotFound
from app.models.audits import Audit
from app.models.documents import Document, DocumentPurpose, IntentState, UploadIntent
from app.models.traceability import LedgerEvent, OutboxItem
from app.services import documents, ledger
from app.services.documents import Home
from tests import factories
from tests.conftest import Clock

PDF = b"%PDF-1.7\n" + b"acta de apertura " * 50


@pytest.fixture
def team(ctx: Context) -> factories.AuditTeam:
    return factories.make_audit_team(ctx)


def home(ctx: Context, audit_id: int) -> Callable[[], Home]:
    return lambda: Home(audit=ctx.session.get_one(Audit, audit_id))


def put(
    ctx: Context, audit_id: int, content: bytes | BinaryIO = PDF, name: str = "acta.pdf"
) -> Document:
    stream = io.BytesIO(content) if isinstance(content, bytes) else content
    return documents.upload(
        ctx,
        stream,
        name,
        home=home(ctx, audit_id),
        purpose=DocumentPurpose.WORKING_PAPER,
        permission="document.upload",
    )


def count(ctx: Context, model: type) -> int:
    ctx.session.rollback()
    return ctx.session.scalar(select(func.count()).select_from(model)) or 0


def test_the_same_bytes_come_back_and_the_reading_is_traced(team: factories.AuditTeam) -> None:
    ctx = team.auditor
    document = put(ctx, team.audit_id)
    found, stream = documents.open_for_download(ctx, document.uuid)
    with stream:
        assert stream.read() == PDF
    assert found.filename == "acta.pdf"
    event = ctx.session.scalars(select(LedgerEvent).order_by(LedgerEvent.seq.desc())).first()
    assert event is not None
    assert (event.kind, event.action, event.actor_id) == ("read", "download", ctx.actor.user_id)
    intent = ctx.session.scalars(select(UploadIntent)).one()
    assert intent.state is IntentState.DONE
    stored = select(func.count(OutboxItem.id)).where(OutboxItem.kind == "document.stored")
    assert ctx.session.scalar(stored) == 1
    assert documents.verify(ctx).ok
    assert ledger.verify(ctx.session).ok


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("acta.exe", b"MZ\x90", "document.bad_type"),
        ("acta.pdf", b"", "document.empty"),
        ("acta.pdf", b"<html><script>", "document.wrong_content"),
        ("acta.docx", PDF, "document.wrong_content"),
        ("acta.txt", b"MZ\x90\x00programa", "document.wrong_content"),
        ("acta.csv", b"\x7fELF", "document.wrong_content"),
        ("../../", PDF, "document.bad_name"),
        (".pdf", PDF, "document.bad_name"),
        ("\u202e\u200f\x00", PDF, "document.bad_name"),
    ],
)
def test_what_is_refused_leaves_nothing(
    team: factories.AuditTeam, name: str, content: bytes, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        put(team.auditor, team.audit_id, content, name)
    assert refused.value.code == code
    assert count(team.auditor, Document) == count(team.auditor, UploadIntent) == 0
    assert list(team.auditor.store.keys("documents")) == []


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\x\\acta.PDF", "acta.pdf"),
        ('a"b;c\r\nd.pdf', 'a"b;cd.pdf'),
        ("acta\u202efdp.txt", "actafdp.txt"),
        ("informe año 2026 ñ.pdf", "informe año 2026 ñ.pdf"),
        ("n\u0303.pdf", "ñ.pdf"),
        ("acta . pdf.pdf ", "acta . pdf.pdf"),
    ],
)
def test_names_are_made_safe(raw: str, clean: str) -> None:
    assert documents.clean_filename(raw) == clean


def test_long_names_keep_their_extension() -> None:
    name = documents.clean_filename("ñ" * 5000 + ".pdf")
    assert name.endswith("ñ.pdf")
    assert len(name.encode()) <= 255


def test_size_limit_is_exact(team: factories.AuditTeam) -> None:
    ctx = replace(team.auditor, config=replace(team.auditor.config, upload_max_bytes=len(PDF)))
    assert put(ctx, team.audit_id).size_bytes == len(PDF)
    with pytest.raises(Invalid) as refused:
        put(ctx, team.audit_id, PDF + b"x")
    assert refused.value.code == "document.too_big"


class BrokenAfter(io.BytesIO):
    """A connection that is cut after some bytes."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() > 300:
            raise ConnectionError("cut")
        return super().read(min(size or 100, 100) if size and size > 0 else 100)


def test_a_cut_connection_leaves_nothing(team: factories.AuditTeam) -> None:
    with pytest.raises(ConnectionError):
        put(team.auditor, team.audit_id, BrokenAfter(PDF))
    assert count(team.auditor, Document) == count(team.auditor, UploadIntent) == 0


class DownStore:
    """A store that does not answer."""

    def __init__(self, real: object) -> None:
        self._real = real

    def put(self, *_args: object, **_kwargs: object) -> None:
        raise StoreUnavailable("down")

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)


def test_a_store_that_is_down_leaves_a_pending_intent_only(
    team: factories.AuditTeam, clock: Clock
) -> None:
    ctx = replace(team.auditor, store=cast(DocumentStore, DownStore(team.auditor.store)))
    with pytest.raises(StoreUnavailable):
        put(ctx, team.audit_id)
    assert count(ctx, Document) == 0
    assert count(ctx, UploadIntent) == 1
    assert documents.sweep(team.auditor) == 0, "younger than a day: it may still be on its way"
    clock.advance(days=2)
    assert documents.sweep(team.auditor) == 1
    assert documents.sweep(team.auditor) == 0


def test_bytes_whose_row_never_came_are_swept(team: factories.AuditTeam, clock: Clock) -> None:
    """A crash between the store and the last transaction: the object is there, no row is."""
    ctx = team.auditor
    with documents.receive(io.BytesIO(PDF), "acta.pdf", max_bytes=10_000) as received:
        key = documents.begin_intent(ctx, received)
        ctx.store.put(
            key,
            received.file,  # type: ignore[arg-type] # a spooled file is a binary stream
            size_bytes=received.size_bytes,
            sha256=received.sha256,
            media_type=received.media_type,
        )
    assert list(ctx.store.keys("documents")) == [key]
    clock.advance(days=2)
    assert documents.sweep(ctx) == 1
    assert list(ctx.store.keys("documents")) == []


def test_the_sweeper_never_touches_what_was_saved(team: factories.AuditTeam, clock: Clock) -> None:
    document = put(team.auditor, team.audit_id)
    clock.advance(days=400)
    documents.sweep(team.auditor)
    assert list(team.auditor.store.keys("documents")) == [document.store_key]


def test_an_outsider_cannot_tell_it_exists(team: factories.AuditTeam) -> None:
    document = put(team.auditor, team.audit_id)
    for stranger in (team.owner, team.outsider):
        with pytest.raises(NotFound):
            documents.open_for_download(stranger, document.uuid)
        with pytest.raises((NotFound, Forbidden)):
            put(stranger, team.audit_id)


def test_withdrawing_keeps_the_bytes_and_the_reason(team: factories.AuditTeam) -> None:
    ctx = team.auditor
    document = put(ctx, team.audit_id)
    with pytest.raises(Invalid):
        documents.withdraw(ctx, document.uuid, reason="  ")
    gone = documents.withdraw(ctx, document.uuid, reason="Se subió el archivo equivocado")
    assert gone.withdrawn_at is not None
    assert list(ctx.store.keys("documents")) == [document.store_key]
    assert documents.verify(ctx).checked == 1


def test_one_flipped_bit_is_reported(team: factories.AuditTeam) -> None:
    ctx = team.auditor
    document = put(ctx, team.audit_id)
    if ctx.config.storage_backend == "local":
        path = next(Path(ctx.config.data_dir).rglob(document.uuid))
        path.chmod(0o600)
        data = bytearray(path.read_bytes())
        data[10] ^= 1
        path.write_bytes(bytes(data))
        assert documents.verify(ctx).changed == (document.uuid,)
    ctx.store.delete(document.store_key)
    assert documents.verify(ctx).missing == (document.uuid,)
