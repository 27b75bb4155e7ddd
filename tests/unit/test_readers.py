"""Every kind of file we take, and every bad one: read in a process apart, explained, survived."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import pytest

from app.models.texts import PageKind, TextState
from app.services import readers, readers_base, readers_child
from app.services.readers_base import Limits, Package, Reading, Unreadable
from tests import files

SMALL = Limits(unzipped_bytes=10_000, members=20, cells=50, characters=1_000, pages=3)


def read(content: bytes, media_type: str) -> Reading:
    return readers.read(io.BytesIO(content), media_type)


def text(reading: Reading) -> str:
    return "\n".join(piece.text for piece in reading.pages)


def here(content: bytes, media_type: str, tmp_path: Path, limits: Limits = SMALL) -> Reading:
    """The same reader in this process, with smaller limits."""
    path = tmp_path / "input"
    path.write_bytes(content)
    return readers_child.read(media_type, path, limits)


def refused(content: bytes, media_type: str, tmp_path: Path) -> tuple[str, str]:
    with pytest.raises(Unreadable) as caught:
        here(content, media_type, tmp_path)
    return caught.value.state, caught.value.code


def test_states_and_page_kinds_are_those_of_the_tables() -> None:
    names = ("READ", "NO_TEXT", "ENCRYPTED", "DAMAGED", "TOO_LARGE", "WAITING_OCR", "FAILED")
    assert {getattr(readers_base, name) for name in names} | {"pendiente"} == set(TextState)
    kinds = ("NO_PAGES", "PAGE", "SLIDE", "SHEET")
    assert {getattr(readers_base, name) for name in kinds} == set(PageKind)


# ---------------------------------------------------------------- good files


def test_pdf_page_by_page() -> None:
    reading = read(files.pdf("Contrato de obra\naño 2024", "Segunda: supervisión"), files.PDF)
    assert (reading.state, reading.page_kind, reading.page_count) == ("leido", "pagina", 2)
    assert [piece.page for piece in reading.pages] == [1, 2]
    assert "año 2024" in reading.pages[0].text
    assert "supervisión" in reading.pages[1].text


def test_word_with_its_header_and_notes() -> None:
    extra = {
        "word/header1.xml": files.docx_part("hdr", "Encabezado de la entidad"),
        "word/footnotes.xml": files.docx_part("footnotes", "Nota al pie"),
        "word/styles.xml": files.docx_part("styles", "No es texto"),
    }
    reading = read(files.docx("Primer párrafo", "Segundo &amp; último", extra=extra), files.DOCX)
    assert text(reading).startswith("Primer párrafo\nSegundo & último\n")
    assert "Encabezado de la entidad" in text(reading)
    assert "Nota al pie" in text(reading)
    assert "No es texto" not in text(reading)


def test_slides_are_pages_with_their_notes() -> None:
    reading = read(files.pptx("Apertura", "Cierre", notes={2: "Recordar el plan"}), files.PPTX)
    assert [(p.page, p.text.strip()) for p in reading.pages] == [
        (1, "Apertura"),
        (2, "Cierre"),
        (2, "Recordar el plan"),
    ]
    assert reading.page_kind == "diapositiva"


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_sheets_are_pages_with_names(kind: str) -> None:
    rows = [["Contrato", "Valor"], ["2024-001", "1500"]]
    if kind == "xlsx":
        reading = read(files.xlsx({"Pagos": rows, "Vacía": []}), files.XLSX)
    else:
        reading = read(files.ods(rows), files.ODS)
    assert (reading.state, reading.page_kind) == ("leido", "hoja")
    assert (reading.pages[0].page, reading.pages[0].label) == (1, "Pagos")
    assert reading.pages[0].text == "Pagos\nContrato\tValor\n2024-001\t1500"


def test_open_document_text() -> None:
    reading = read(files.odt("El <text:span>plan</text:span><text:s/>anual", "Dos"), files.ODT)
    assert text(reading) == "El plan anual\nDos\n"


def test_mail_with_names_of_attachments() -> None:
    raw = files.eml("Réplica al informe", "No estamos de acuerdo.", attachments=["prueba.pdf"])
    found = text(read(raw, "message/rfc822"))
    assert "Subject: Réplica al informe" in found
    assert "From: Ana Ruiz" in found
    assert "No estamos de acuerdo." in found
    assert "prueba.pdf" in found


def test_html_without_what_a_browser_does_not_show() -> None:
    page = b"<title>Acta</title><style>p{}</style><p>Comit\xc3\xa9<script>alert('x')</script><p>Fin"
    found = text(read(page, "text/html"))
    assert "Comité\nFin" in found
    assert "alert" not in found


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"], ids=str)
def test_text_in_the_encodings_of_here(encoding: str) -> None:
    raw = "Año de evaluación; señor".encode(encoding)
    assert text(read(raw, "text/plain")) == "Año de evaluación; señor"
    assert text(read(raw, "text/csv")) == "Año de evaluación; señor"


def test_text_that_is_in_no_encoding_loses_nothing_else() -> None:
    assert "control" in text(read(b"control \x81\x8d fin", "text/plain"))


# ---------------------------------------------------------------- scans


def test_a_scan_waits_for_recognition_and_is_recognised() -> None:
    scan = files.scan_pdf("Informe de auditoría\nSupervisión de contratos", "Segunda hoja")
    reading = read(scan, files.PDF)
    assert (reading.state, reading.scanned, reading.pages) == ("espera_ocr", 2, [])
    assert readers.can_recognise()
    recognised = readers.recognise(io.BytesIO(scan), files.PDF)
    assert [piece.page for piece in recognised.pages] == [1, 2]
    assert "Supervisión de contratos" in recognised.pages[0].text
    later = readers.recognise(io.BytesIO(scan), files.PDF, after=1)
    assert [piece.page for piece in later.pages] == [2]


def test_only_pages_without_text_are_recognised() -> None:
    mixed = files.joined_pdf(files.pdf("Texto verdadero"), files.scan_pdf("Anexo firmado"))
    reading = read(mixed, files.PDF)
    assert (reading.state, reading.scanned) == ("leido", 1)
    recognised = readers.recognise(io.BytesIO(mixed), files.PDF)
    assert [(p.page, p.text.strip()) for p in recognised.pages] == [(2, "Anexo firmado")]


def test_a_photograph_is_recognised() -> None:
    picture = files.png(*files.picture_of("Acta de comité"))
    assert read(picture, "image/png").state == "espera_ocr"
    found = readers.recognise(io.BytesIO(picture), "image/png")
    assert text(found).strip() == "Acta de comité"


def test_blank_pages_and_pictures_without_words_have_no_text() -> None:
    assert read(files.pdf(""), files.PDF).state == "sin_texto"
    blank = files.png(60, 40, b"\xff" * 2400)
    assert readers.recognise(io.BytesIO(blank), "image/png").state == "sin_texto"


# ---------------------------------------------------------------- bad files


@pytest.mark.parametrize(
    ("content", "media_type", "state", "code"),
    [
        (b"", files.PDF, "dañado", "empty"),
        (b"", "text/plain", "dañado", "empty"),
        (files.encrypted_pdf(), files.PDF, "cifrado", "password"),
        (files.pdf("Hola", "Adiós")[:300], files.PDF, "dañado", "pdf"),
        (b"%PDF-1.7\n" + b"\x00" * 3_000, files.PDF, "dañado", "pdf"),
        (b"not a zip at all", files.DOCX, "dañado", "not_zip"),
        (files.zipped({"otra/cosa.xml": "<a/>"}), files.DOCX, "dañado", "not_this_format"),
        (files.docx("a")[:200], files.DOCX, "dañado", "not_zip"),
        (files.zipped({"word/document.xml": "<roto"}), files.DOCX, "dañado", "xml"),
        (files.xlsx({"H": [["x"]]}), files.PPTX, "dañado", "not_this_format"),
        (files.png(50_000, 50_000), "image/png", "demasiado_grande", "pixels"),
        (b"\xff\xd8\xff\xe0 cut", "image/jpeg", "dañado", "image"),
        (b"II*\x00", "image/tiff", "dañado", "image"),
        (b"\x00\x01", "application/octet-stream", "sin_texto", "unknown_type"),
    ],
    ids=files.name_of,
)
def test_a_bad_file_is_named(content: bytes, media_type: str, state: str, code: str) -> None:
    reading = read(content, media_type)
    assert (reading.state, reading.code, reading.pages) == (state, code, [])


def test_a_zip_bomb_is_refused_by_what_it_declares() -> None:
    bomb = files.docx_bomb()
    assert len(bomb) < 2_000_000
    started = time.monotonic()
    reading = read(bomb, files.DOCX)
    assert (reading.state, reading.code) == ("demasiado_grande", "unzipped")
    assert time.monotonic() - started < 20


def test_a_zip_bomb_that_lies_is_stopped_while_it_is_read(tmp_path: Path) -> None:
    assert read(files.lying_docx_bomb(40 * 1024 * 1024), files.DOCX).state == "dañado"
    honest = tmp_path / "honest.zip"
    honest.write_bytes(files.zipped({"a": b"x" * 9_000, "b": b"y" * 900}))
    package = Package(honest, SMALL)
    package._zip.infolist()[1].file_size = 10**6  # what was checked at first no longer holds
    package._left = 5_000
    with pytest.raises(Unreadable) as caught:
        list(package.chunks("a"))
    assert (caught.value.state, caught.value.code) == ("demasiado_grande", "unzipped")


def test_a_zip_of_too_many_or_encrypted_members(tmp_path: Path) -> None:
    many = files.zipped({f"m{n}": b"" for n in range(30)})
    assert refused(many, files.DOCX, tmp_path) == ("demasiado_grande", "members")
    locked = bytearray(files.docx("secreto"))
    locked[locked.find(b"PK\x01\x02") + 8] |= 1
    assert refused(bytes(locked), files.DOCX, tmp_path) == ("cifrado", "password")


def test_members_outside_the_package_are_never_written(tmp_path: Path) -> None:
    evil = files.docx("Texto", extra={"../../fuera.txt": b"x", "/etc/otro": b"y"})
    assert text(here(evil, files.DOCX, tmp_path)).startswith("Texto")
    assert not (tmp_path.parent / "fuera.txt").exists()


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    secret = tmp_path / "secreto.txt"
    secret.write_text("CANARIO")
    for entity in ("<!ENTITY a 'CANARIO'>", f"<!ENTITY a SYSTEM 'file://{secret}'>"):
        document = f"<!DOCTYPE d [{entity}]><d xmlns:w='{files.W}'><w:t>&a;</w:t></d>"
        evil = files.zipped({"word/document.xml": document})
        assert refused(evil, files.DOCX, tmp_path) == ("dañado", "doctype")
    page = f"<!DOCTYPE d [<!ENTITY a SYSTEM 'file://{secret}'>]><p>&a;</p>".encode()
    assert "CANARIO" not in text(here(page, "text/html", tmp_path))


def test_a_sheet_that_declares_a_million_rows_is_read_for_what_it_has() -> None:
    cell = '<row r="1"><c r="A1" t="inlineStr"><is><t>uno</t></is></c></row>'
    sheet = f'<dimension ref="A1:XFD1048576"/><sheetData>{cell}</sheetData>'
    reading = read(files.xlsx_with_sheet(sheet), files.XLSX)
    assert (reading.state, text(reading)) == ("leido", "Hoja1\nuno")


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (
            files.xlsx_with_sheet(
                '<sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
                '<row r="1048576"><c r="XFD1048576"><v>2</v></c></row></sheetData>'
            ),
            files.XLSX,
        ),
        (files.xlsx_with_sheet("<sheetData>" + "<c/>" * 60 + "</sheetData>"), files.XLSX),
        (files.ods([["a"]], repeat=100_000_000), files.ODS),
    ],
    ids=["far corners", "many cells", "repeats"],
)
def test_a_sheet_that_would_fill_the_memory_is_refused(
    content: bytes, media_type: str, tmp_path: Path
) -> None:
    with pytest.raises(Unreadable) as caught:
        here(content, media_type, tmp_path, Limits(cells=50))
    assert (caught.value.state, caught.value.code) == ("demasiado_grande", "cells")


def test_what_does_not_fit_is_cut_and_said(tmp_path: Path) -> None:
    for content, kind in (
        (b"palabra " * 1_000, "text/plain"),
        (files.docx("palabra " * 1_000), files.DOCX),
        (("<p>" + "palabra " * 1_000).encode(), "text/html"),
        (files.eml("x", "palabra " * 1_000), "message/rfc822"),
        (files.pdf("uno", "dos", "tres", "cuatro"), files.PDF),
        (files.pptx("uno", "dos", "tres", "cuatro"), files.PPTX),
    ):
        reading = here(content, kind, tmp_path)
        assert (reading.state, reading.code) == ("leido", "truncated"), kind
        assert reading.characters <= SMALL.characters


def test_mail_within_mail_within_mail_ends(tmp_path: Path) -> None:
    raw = files.eml("fin", "fin")
    for _level in range(12):
        outer = b"Subject: x\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n"
        mark = _level
        head = outer % (mark, mark) + b"Content-Type: message/rfc822\r\n"
        raw = head + b"Content-Disposition: attachment\r\n\r\n" + raw + b"\r\n--b%d--\r\n" % mark
    assert refused(raw, "message/rfc822", tmp_path) == ("demasiado_grande", "nested_mail")


@pytest.mark.parametrize(
    "raw",
    [
        b"Subject: =?utf-8?b?////?=\r\nFrom: \xff\xfe <>\r\n\r\nhola",
        b"Content-Type: text/plain; charset=marciano\r\n\r\nse\xf1or",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\nno parts",
        b"\x00" * 50,
    ],
    ids=files.name_of,
)
def test_broken_mail_is_read_as_far_as_it_goes(raw: bytes) -> None:
    assert read(raw, "message/rfc822").state in {"leido", "sin_texto"}


# ---------------------------------------------------------------- the process apart


def test_a_reader_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    hanging = tmp_path / "hang.py"
    hanging.write_text("import time\ntime.sleep(600)\n")
    monkeypatch.setattr(sys, "executable", _script(tmp_path, f'exec "{sys.executable}" {hanging}'))
    started = time.monotonic()
    reading = readers._run(io.BytesIO(b"x"), "text/plain", "text", 0, timeout_s=1)
    assert (reading.state, reading.code) == ("fallo", "timeout")
    assert time.monotonic() - started < 15


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("kill -SEGV $$", "crashed"),
        ("kill -XCPU $$", "timeout"),
        ("kill -KILL $$", "timeout"),
        ("exit 3", "crashed"),
        ("exit 0", "crashed"),
    ],
)
def test_a_reader_that_dies_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: str, code: str
) -> None:
    monkeypatch.setattr(sys, "executable", _script(tmp_path, line))
    reading = readers._run(io.BytesIO(b"x"), "text/plain", "text", 0, timeout_s=20)
    assert (reading.state, reading.code) == ("fallo", code)


def _script(folder: Path, line: str) -> str:
    """A program that stands in for Python, so that the process apart behaves badly."""
    path = folder / "program"
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o700)
    return str(path)


def test_the_process_limits_itself() -> None:
    """Memory, processor time and file size, shown on a process that asks for more of each."""
    code = (
        "import sys\n"
        "from app.services.readers_base import Limits\n"
        "from app.services.readers_child import limit_self\n"
        "limit_self(Limits(memory_bytes=400 << 20, cpu_s=1, file_bytes=1000), ocr=False)\n"
    )
    for greed, ends in (
        ("\ntry:\n  x = bytearray(1 << 30)\nexcept MemoryError:\n  sys.exit(7)", 7),
        ("\nwhile True: pass", -signal.SIGXCPU),
        ("\nimport os\nos.write(os.open(sys.argv[1], os.O_WRONLY), b'x' * 1000)", 0),
        ("\nwith open(sys.argv[1], 'wb') as f: f.write(b'x' * 5000)", 1),
    ):
        assert _python(code + greed) in {ends, -signal.SIGKILL if ends < 0 else ends}


def _python(code: str) -> int:
    with tempfile.NamedTemporaryFile() as target:
        return subprocess.run(
            [sys.executable, "-c", code, target.name],
            cwd=readers.ROOT,
            stderr=subprocess.DEVNULL,
            check=False,
            timeout=60,
        ).returncode


def test_the_process_gets_no_settings_or_secrets(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SECRET_KEY", "CANARIO")
    monkeypatch.setenv("DATABASE_URL", "CANARIO")
    seen = readers._environment(tmp_path)
    assert "CANARIO" not in seen.values()
    assert set(seen) <= {"PATH", "TESSDATA_PREFIX", "HOME", "TMPDIR", "LC_ALL"} | {
        "PYTHONUTF8",
        "OMP_THREAD_LIMIT",
        "PYTHONDONTWRITEBYTECODE",
    }
    assert os.environ["SECRET_KEY"] == "CANARIO"


def test_a_package_with_a_lying_name_is_only_bytes(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("word/document.xml", files.docx_part("document", "a\u202eb"))
    reading = here(out.getvalue(), files.DOCX, tmp_path)
    assert "\u202e" in text(reading)  # taken out where texts are kept
