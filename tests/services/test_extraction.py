"""From the upload to the text: read in the worker, kept page by page, explained when it fails."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import Engine, select

from app.adapters.search import PART_MAX_LENGTH
from app.context import Context
from app.models.documents import Document
from app.models.texts import DocumentPage, DocumentText, PageKind, TextState
from app.models.traceability import OutboxItem
from app.services import extraction, readers
from tests import factories, files
from tests.search_world import text_of, upload, work


@pytest.fixture
def team(ctx: Context) -> factories.AuditTeam:
    return factories.make_audit_team(ctx)


def pages(ctx: Context, document: Document) -> Sequence[DocumentPage]:
    statement = select(DocumentPage).where(DocumentPage.document_id == document.id)
    return ctx.session.scalars(statement.order_by(DocumentPage.number)).all()


def test_a_document_is_read_after_the_upload_was_answered(
    team: factories.AuditTeam, engine: Engine
) -> None:
    ctx = team.auditor
    document = upload(ctx, team.audit_id, files.pdf("Acta de apertura", "Página dos"))
    assert ctx.session.get(DocumentText, document.id) is None
    work(ctx, engine)
    text = text_of(ctx, document)
    assert (text.state, text.code, text.page_kind) == (TextState.READ, "", PageKind.PAGE)
    assert (text.page_count, text.rules_version) == (2, readers.RULES_VERSION)
    assert [(page.page, page.text) for page in pages(ctx, document)] == [
        (1, "Acta de apertura"),
        (2, "Página dos"),
    ]
    assert text.characters == len("Acta de aperturaPágina dos")


@pytest.mark.parametrize(
    ("content", "name", "state"),
    [
        (files.encrypted_pdf(), "clave.pdf", TextState.ENCRYPTED),
        (files.pdf("Hola")[:200], "cortado.pdf", TextState.DAMAGED),
        (files.docx_bomb(400 * 1024 * 1024), "bomba.docx", TextState.TOO_LARGE),
        (files.pdf(""), "blanco.pdf", TextState.NO_TEXT),
    ],
    ids=files.name_of,
)
def test_a_file_without_text_is_kept_and_explained(
    team: factories.AuditTeam, engine: Engine, content: bytes, name: str, state: TextState
) -> None:
    ctx = team.auditor
    bad = upload(ctx, team.audit_id, content, name)
    good = upload(ctx, team.audit_id, b"Texto que sigue", "despues.txt")
    work(ctx, engine)
    assert (text_of(ctx, bad).state, pages(ctx, bad)) == (state, [])
    assert text_of(ctx, good).state is TextState.READ
    with ctx.store.open(bad.store_key) as stored:
        assert stored.read() == content


def test_text_is_kept_clean(team: factories.AuditTeam, engine: Engine) -> None:
    ctx = team.auditor
    raw = "o\ufb01cina a\u202ecta\nlínea".encode()
    document = upload(ctx, team.audit_id, raw, "raro.txt")
    long = upload(ctx, team.audit_id, b"palabra " * 20_000, "largo.txt")
    work(ctx, engine)
    assert pages(ctx, document)[0].text == "oficina acta\nlínea"
    assert max(len(page.text) for page in pages(ctx, long)) <= PART_MAX_LENGTH
    assert "".join(page.text for page in pages(ctx, long)) == "palabra " * 20_000


def test_a_scan_is_recognised_in_the_slow_lane(team: factories.AuditTeam, engine: Engine) -> None:
    ctx = team.auditor
    mixed = files.joined_pdf(files.scan_pdf("Anexo uno"), files.pdf("Texto dos"))
    scan = upload(ctx, team.audit_id, files.scan_pdf("Informe escaneado"), "escaneo.pdf")
    both = upload(ctx, team.audit_id, mixed, "mixto.pdf")
    extraction.read(ctx, scan.id)
    assert text_of(ctx, scan).state is TextState.WAITING_OCR
    assert extraction.waiting(ctx) == 1
    work(ctx, engine)
    assert text_of(ctx, scan).state is TextState.READ
    assert [(p.page, p.text.strip()) for p in pages(ctx, scan)] == [(1, "Informe escaneado")]
    assert [(p.page, p.text.strip()) for p in pages(ctx, both)] == [
        (1, "Anexo uno"),
        (2, "Texto dos"),
    ]


def test_without_a_recogniser_a_scan_waits_for_the_command(
    team: factories.AuditTeam, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx = team.auditor
    monkeypatch.setenv("PATH", "")  # no Tesseract to be found on this machine
    readers.can_recognise.cache_clear()
    document = upload(ctx, team.audit_id, files.scan_pdf("Escaneo"), "escaneo.pdf")
    work(ctx, engine)
    assert text_of(ctx, document).state is TextState.WAITING_OCR
    monkeypatch.undo()
    readers.can_recognise.cache_clear()
    seen: list[tuple[int, int]] = []
    caught = extraction.recognise_waiting(ctx, lambda done, total: seen.append((done, total)))
    assert (caught.tried, caught.without_text, seen) == (1, 0, [(1, 1)])
    assert text_of(ctx, document).state is TextState.READ
    assert extraction.recognise_waiting(ctx).tried == 0


def test_reading_twice_changes_nothing(team: factories.AuditTeam, engine: Engine) -> None:
    ctx = team.auditor
    document = upload(ctx, team.audit_id, b"Texto", "a.txt")
    work(ctx, engine)
    before = text_of(ctx, document).extracted_at
    extraction.read(ctx, document.id)
    assert text_of(ctx, document).extracted_at == before
    assert len(pages(ctx, document)) == 1
    with ctx.transaction() as session:
        session.get_one(DocumentText, document.id).rules_version = 0
    assert list(extraction.unread(ctx)) == [document.id]
    extraction.read(ctx, document.id)
    assert len(pages(ctx, document)) == 1
    assert extraction.unread(ctx) == []


def test_bytes_that_are_gone_are_said_to_be(team: factories.AuditTeam) -> None:
    ctx = team.auditor
    document = upload(ctx, team.audit_id, b"Texto", "a.txt")
    ctx.store.delete(document.store_key)
    extraction.read(ctx, document.id)
    assert (text_of(ctx, document).state, text_of(ctx, document).code) == (
        TextState.FAILED,
        "missing",
    )
    extraction.read(ctx, 10**6)  # a document that is not there is no error


def test_a_long_scan_is_recognised_a_portion_at_a_time(
    team: factories.AuditTeam, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx = team.auditor
    document = upload(ctx, team.audit_id, files.scan_pdf("Uno", "Dos"), "largo.pdf")
    extraction.read(ctx, document.id)
    whole = readers.recognise

    def first_page_only(stream, kind, after=0):  # type: ignore[no-untyped-def]
        reading = whole(stream, kind, after)
        reading.pages, reading.next_after = [p for p in reading.pages if p.page == 1], 1
        return reading

    monkeypatch.setattr(readers, "recognise", first_page_only)
    assert extraction.recognise(ctx, document.id) == 1
    assert [page.page for page in pages(ctx, document)] == [1]
    monkeypatch.undo()
    extraction.on_ocr(ctx, {"document_id": document.id, "after": 1})
    assert [page.page for page in pages(ctx, document)] == [1, 2]
    left = ctx.session.scalars(select(OutboxItem).where(OutboxItem.kind == extraction.OCR)).all()
    assert [item.payload["after"] for item in left] == [0]
