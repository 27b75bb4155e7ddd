"""Reports: both files say the same, hold every finding as it was written, and are signed whole."""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, cast

import pypdfium2
import pytest
from docx import Document as WordFile
from sqlalchemy import func, select

from app.adapters.storage import DocumentStore, StoreUnavailable
from app.context import Context
from app.errors import Forbidden, Invalid, NotFound
from app.models.accounts import Substitution
from app.models.audits import Audit, Report, ReportKind, Signature
from app.models.documents import Document, IntentState, UploadIntent
from app.models.org import Filing
from app.services import (
    accounts,
    audit_program,
    documents,
    finding_records,
    reports,
)
from app.services.filing import content_hash
from app.services.report_pdf import printable
from tests import finding_world as fw
from tests.conftest import Clock
from workflows.enums import FindingType, Severity

PDF_LIBRARY = threading.Lock()  # it takes one caller at a time
MARGIN_PT = 70
ODD = (
    'Ñandú: # no es título, $x^2$, \\pagebreak, <script>alert("1")</script> & {{7*7}} %s _y_ *z* '
    "= `raw` @ref «comillas» “otras” 100 % → ≥ 漢字 😀 fin"
)


@pytest.fixture
def world(ctx: Context) -> fw.World:
    return fw.make_world(ctx)


def pdf_text(data: bytes, *, body_only: bool = False) -> str:
    """What the PDF says; `body_only` leaves out what heads and foots each page."""
    with PDF_LIBRARY:
        document = pypdfium2.PdfDocument(data)
        texts = []
        for page in document:
            width, height = page.get_size()
            read = page.get_textpage()
            texts.append(
                read.get_text_bounded(0, MARGIN_PT, width, height - MARGIN_PT)
                if body_only
                else read.get_text_range()
            )
        document.close()
    return squeezed(" ".join(texts))


def word_text(data: bytes) -> str:
    document = WordFile(io.BytesIO(data))
    parts = [paragraph.text for paragraph in document.paragraphs]
    parts += [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    section = document.sections[0]
    parts += [p.text for p in (*section.header.paragraphs, *section.footer.paragraphs)]
    return squeezed(" ".join(parts))


def squeezed(text: str) -> str:
    """Without the breaks of lines and pages, which are the renderer's own."""
    return "".join(text.replace("\u200b", "").split())


def drawn(text: str) -> str:
    """A text as the PDF shows it: characters without a glyph give their code."""
    return squeezed(str(printable(text)))


def files(world: fw.World, report: Report) -> tuple[str, str]:
    report = world.ctx.session.get_one(Report, report.id)
    return (
        pdf_text(fw.stored(world.ctx, report.pdf)),
        word_text(fw.stored(world.ctx, report.docx)),
    )


def long_text(length: int) -> str:
    words = " ".join(f"palabra{number} año" for number in range(length))
    return words[:length].rstrip()


def test_both_files_hold_every_finding_whatever_it_is_made_of(world: fw.World) -> None:
    audit = fw.make_fieldwork_audit(world)
    fw.make_reviewed(world, audit, title=ODD[:250], condition=ODD, type=FindingType.OBSERVATION)
    fw.make_reviewed(world, audit, condition=long_text(20_000), severity=Severity.CRITICAL)
    fw.make_reviewed(world, audit, effect="x" * 3_000, recommendation="a\n\n\nb\nc")
    fw.make_reviewed(
        world,
        audit,
        type=FindingType.STRENGTH,
        title="Tablero al día",
        criterion="",
        cause="",
        effect="",
        recommendation="",
    )
    fw.communicate(world, audit)
    report = reports.latest(world.ctx.session, audit.id, ReportKind.DRAFT)
    assert report is not None
    pdf = pdf_text(fw.stored(world.ctx, report.pdf), body_only=True)
    word = word_text(fw.stored(world.ctx, report.docx))
    content = report.content
    assert len(content["findings"]) == 3
    assert len(content["strengths"]) == 1
    for finding in content["findings"] + content["strengths"]:
        for text in (finding["code"], finding["title"], *(p["text"] for p in finding["parts"])):
            assert squeezed(text) in word
            assert drawn(text) in pdf
    assert "[U+1F600]" in pdf
    assert "😀" in word


def test_the_files_are_accessible_and_carry_no_personal_properties(world: fw.World) -> None:
    audit = fw.make_fieldwork_audit(world)
    finding = fw.make_reviewed(world, audit)
    report = reports.generate(world.head, audit.id, ReportKind.DRAFT)
    data = fw.stored(world.ctx, report.docx)
    document = WordFile(io.BytesIO(data))
    properties = document.core_properties
    people = {user.name for user in world.users.values()}
    assert not people & {properties.author, properties.last_modified_by}
    assert (properties.language, properties.comments) == ("es-CO", "")
    headings = [
        (p.style.name, p.text)
        for p in document.paragraphs
        if p.style is not None and (p.style.name or "").startswith("Heading")
    ]
    assert ("Heading 1", "Hallazgos y observaciones") in headings
    assert ("Heading 2", finding.title) in headings
    assert ("Heading 3", "Condición") in headings
    assert b'w:val="es-CO"' in styles_of(data)
    pdf = fw.stored(world.ctx, report.pdf)
    with PDF_LIBRARY:
        opened = pypdfium2.PdfDocument(pdf)
        metadata = opened.get_metadata_dict()
        tagged = opened.is_tagged()
        opened.close()
    assert tagged
    assert metadata["Title"].startswith("Informe preliminar de auditoría interna")
    assert metadata["Author"] not in people
    assert b"pdfuaid" in pdf


def styles_of(data: bytes) -> bytes:
    from zipfile import ZipFile

    with ZipFile(io.BytesIO(data)) as archive:
        return archive.read("word/styles.xml")


def test_a_preview_is_neither_signed_nor_filed_and_only_the_office_makes_it(
    world: fw.World,
) -> None:
    audit = fw.make_fieldwork_audit(world)
    fw.make_reviewed(world, audit)
    draft = fw.make_finding(world, audit, title="Todavía en borrador")
    for name, error in {
        "auditor": Forbidden,
        "leader": Forbidden,
        "outsider": NotFound,
        "admin": NotFound,
    }.items():
        with pytest.raises(error):
            reports.generate(world.acting(name), audit.id, ReportKind.DRAFT)
    with pytest.raises(Invalid):
        reports.generate(world.head, audit.id, ReportKind.FINAL)
    first = reports.generate(world.head, audit.id, ReportKind.DRAFT)
    second = reports.generate(world.lead, audit.id, ReportKind.DRAFT)
    latest = reports.latest(world.ctx.session, audit.id, ReportKind.DRAFT)
    assert latest is not None
    assert (latest.id, first.id != second.id) == (second.id, True)
    assert (latest.signature_id, latest.filing_number, latest.pdf.filing_number) == (None,) * 2 + (
        "",
    )
    pdf, word = files(world, latest)
    assert squeezed(draft.title) not in pdf
    assert "BORRADOR" in pdf
    for text in (pdf, word):
        assert squeezed("Vista previa") in text
    with pytest.raises(NotFound):
        documents.find(world.leader, latest.pdf.uuid)


def test_the_issued_report_is_signed_numbered_and_says_so(world: fw.World, clock: Clock) -> None:
    audit = fw.make_fieldwork_audit(world)
    finding = fw.make_reviewed(world, audit)
    fw.communicate(world, audit)
    report = reports.latest(world.ctx.session, audit.id, ReportKind.DRAFT)
    assert report is not None
    signature = world.ctx.session.get_one(Signature, report.signature_id)
    assert signature.user_id == world.users["head"].id
    pdf, word = files(world, report)
    for text in (
        report.filing_number or "",
        world.users["head"].name,
        "1 de marzo de 2027, 09:00",
        signature.content_sha256,
        finding.condition,
        audit.title,
        world.process.name,
        *(world.users[name].name for name in ("lead", "auditor", "leader")),
    ):
        assert squeezed(text) in pdf
        assert squeezed(text) in word
    # The signature covers all that the files say, except for the hash itself.
    content = dict(report.content)
    content["seal"] = {**content["seal"], "content_sha256": ""}
    assert content_hash(content) == signature.content_sha256 == report.content_sha256
    assert report.pdf.filing_number == report.docx.filing_number == report.filing_number
    assert documents.find(world.leader, report.pdf.uuid).id == report.pdf_id
    with pytest.raises(Forbidden):
        documents.withdraw(world.head, report.pdf.uuid, reason="Tiene un error")
    with pytest.raises(Invalid):
        reports.generate(world.head, audit.id, ReportKind.DRAFT)


def test_the_final_report_tells_reply_analysis_and_decision_but_no_refuted_text(
    world: fw.World, clock: Clock
) -> None:
    audit = fw.make_fieldwork_audit(world)
    modified, refuted, silent = (
        fw.make_reviewed(world, audit, title=title, condition=f"Condición {title}")
        for title in ("Modificado", "Desvirtuado", "Callado")
    )
    audit_program.save_report_texts(
        world.lead, audit.id, {"conclusions": "El control es débil."}, version=None
    )
    fw.communicate(world, audit)
    for finding in (modified, refuted):
        fw.make_reply(world, finding)
        finding_records.analyse(world.auditor, finding.id, version=None, text=fw.ANALYSIS)
    fw.fire(
        world.head,
        modified,
        "modify",
        reason="Se acepta en parte",
        inputs={"condition": "Texto final con 3 casos"},
    )
    fw.fire(world.head, refuted, "withdraw", reason="Sí había soportes")
    clock.advance(days=20)
    report = fw.issue_final(world, audit)
    pdf, word = files(world, report)
    for text in (
        "Texto final con 3 casos",
        fw.ARGUMENTS,
        fw.ANALYSIS,
        "Se acepta en parte",
        "El proceso auditado no presentó réplica en el término.",
        "Retirados después de la réplica",
        "El control es débil.",
        "No se presentaron limitaciones al alcance.",
    ):
        assert squeezed(text) in pdf
        assert squeezed(text) in word
    for text in ("Condición Desvirtuado", "Sí había soportes", "Condición Modificado"):
        assert squeezed(text) not in pdf
        assert squeezed(text) not in word
    assert silent.code in pdf


def test_a_substitute_signs_in_the_name_of_the_head(world: fw.World, clock: Clock) -> None:
    audit = fw.make_fieldwork_audit(world)
    fw.make_reviewed(world, audit)
    today = clock().date()
    accounts.create_substitution(
        world.head,
        absent_id=world.users["head"].id,
        substitute_id=world.users["lead"].id,
        starts_on=today,
        ends_on=today,
        reason="Vacaciones",
    )
    assert world.ctx.session.scalar(select(func.count(Substitution.id))) == 1
    world.users["head"], absent = world.users["lead"], world.users["head"]
    fw.communicate(world, audit)
    report = reports.latest(world.ctx.session, audit.id, ReportKind.DRAFT)
    assert report is not None
    assert report.content["seal"]["signer"] == world.users["lead"].name
    assert report.content["seal"]["on_behalf_of"] == absent.name
    assert squeezed(f"En reemplazo de {absent.name}") in files(world, report)[0]
    signature = world.ctx.session.get_one(Signature, report.signature_id)
    assert (signature.user_id, signature.on_behalf_of_id) == (world.users["lead"].id, absent.id)


def test_the_head_signs_in_person_also_while_replacing_somebody(
    world: fw.World, clock: Clock
) -> None:
    audit = fw.make_fieldwork_audit(world)
    fw.make_reviewed(world, audit)
    today = clock().date()
    accounts.create_substitution(
        world.acting("admin"),
        absent_id=world.users["lead"].id,
        substitute_id=world.users["head"].id,
        starts_on=today,
        ends_on=today,
        reason="Vacaciones",
    )
    fw.communicate(world, audit)
    report = reports.latest(world.ctx.session, audit.id, ReportKind.DRAFT)
    assert report is not None
    assert report.content["seal"]["on_behalf_of"] == ""
    signature = world.ctx.session.get_one(Signature, report.signature_id)
    assert (signature.user_id, signature.on_behalf_of_id) == (world.users["head"].id, None)


@dataclass
class FullDisk:
    """A store whose disk is full after `room` more objects."""

    store: DocumentStore
    room: int

    def put(
        self, key: str, data: BinaryIO, *, size_bytes: int, sha256: str, media_type: str
    ) -> None:
        if self.room == 0:
            raise StoreUnavailable("the disk is full")
        self.room -= 1
        self.store.put(key, data, size_bytes=size_bytes, sha256=sha256, media_type=media_type)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


def test_a_failure_while_issuing_leaves_no_number_no_report_and_only_an_orphan(
    world: fw.World,
) -> None:
    audit = fw.make_fieldwork_audit(world)
    fw.make_reviewed(world, audit)
    fw.fire_audit(world, audit, "finish_fieldwork")
    numbers = world.ctx.session.scalar(select(func.count(Filing.id)))
    world.ctx = replace(world.ctx, store=cast(DocumentStore, FullDisk(world.ctx.store, room=1)))
    with pytest.raises(StoreUnavailable):
        fw.fire_audit(world, audit, "issue_draft_report")
    world.ctx.session.rollback()
    assert world.ctx.session.scalar(select(func.count(Report.id))) == 0
    assert world.ctx.session.scalar(select(func.count(Filing.id))) == numbers
    assert world.ctx.session.get_one(Audit, audit.id).draft_issued_at is None
    pending = select(func.count(UploadIntent.id)).where(UploadIntent.state == IntentState.PENDING)
    assert world.ctx.session.scalar(pending) == 2
    named = select(func.count(Document.id)).where(Document.filing_number != "")
    assert world.ctx.session.scalar(named.where(Document.purpose == "informe_preliminar")) == 0
