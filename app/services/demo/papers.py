"""Files of the demonstration entity: letters, minutes, tables and scans, made by the program.

The same content and the same generator of numbers give the same page.
"""

from __future__ import annotations

import csv
import io
import json
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, Literal

from app.services.demo import prose
from app.services.report_words import day

TEMPLATE = Path(__file__).resolve().parent / "paper.typ"
SCAN_PPI = 150.0
NAME_LENGTH = 90
LINKING = {
    *("a", "al", "con", "de", "del", "el", "en", "la", "las", "los", "no", "o", "para", "por"),
    *("que", "se", "sin", "su", "tres", "un", "y"),
}
"""Words on which no name ends."""


@dataclass(frozen=True, slots=True)
class Table:
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """What a paper says, whatever file it becomes."""

    kind: str
    number: str
    at: datetime
    subject: str
    to: str
    signer: str
    position: str
    paragraphs: tuple[str, ...]
    points: tuple[str, ...] = ()
    table: Table | None = None
    mail: str = ""
    """Address of who signs, for a message."""
    mail_to: str = ""

    @property
    def heading(self) -> tuple[str, ...]:
        return (f"Para: {self.to}", f"De: {self.signer}, {self.position}")


@dataclass(frozen=True, slots=True)
class File:
    """A file as somebody uploads it."""

    name: str
    data: bytes

    def stream(self) -> BinaryIO:
        return io.BytesIO(self.data)


def make(paper: Paper, form: str, rng: random.Random) -> File:
    """The paper as a file of this form, one of `FORMS`. Raises: KeyError."""
    suffix, draw = FORMS[form]
    return File(f"{name_of(paper)}{suffix}", draw(paper, rng))


def name_of(paper: Paper) -> str:
    """A file name as people write them, cut at a word: it is the title of the document too."""
    words = re.sub(r"[^\w .,-]", "", f"{paper.kind} {paper.number}, {paper.subject}").split()
    name = ""
    while words and len(name) + len(words[0]) < NAME_LENGTH:
        name = f"{name} {words.pop(0)}"
    while name.rpartition(" ")[2].lower() in LINKING:
        name = name.rpartition(" ")[0]
    return name.strip(" ,.-").replace(" ,", ",")


# ------------------------------------------------------------------ pages


def _page(
    paper: Paper, form: Literal["pdf", "png"], *, ppi: float | None = None, at: int | None = None
) -> Any:
    import typst  # loaded only where a paper is drawn

    entity = prose.entity().values
    data = {
        **{name: getattr(paper, name) for name in ("kind", "number", "subject", "paragraphs")},
        **{name: getattr(paper, name) for name in ("points", "signer", "position", "heading")},
        "entity": entity["name"],
        "address": f"{entity['address']} · {entity['phone']} · {entity['website']}",
        "footer": f"{entity['name']} · NIT {entity['nit']}",
        "place_and_day": f"{entity['city']}, {day(paper.at.date())}",
        **(asdict(paper.table) if paper.table else {"header": (), "rows": ()}),
    }
    return typst.compile(
        TEMPLATE,
        root=TEMPLATE.parent,
        format=form,
        ignore_system_fonts=True,
        ppi=ppi,
        timestamp=at,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
    )


def pdf(paper: Paper, _rng: random.Random) -> bytes:
    return bytes(_page(paper, "pdf", at=int(paper.at.timestamp())))


def picture(paper: Paper, rng: random.Random) -> Any:
    """The first page as the scanner of an office gives it: grey, a little turned, no text."""
    from PIL import Image, ImageChops  # loaded only where a scan is made

    drawn = _page(paper, "png", ppi=SCAN_PPI)
    first = drawn[0] if isinstance(drawn, list) else drawn
    page = Image.open(io.BytesIO(first)).convert("L")
    turned = page.rotate(rng.uniform(-1.2, 1.2), fillcolor=236, resample=Image.Resampling.BILINEAR)
    width, height = turned.size
    grain = Image.frombytes("L", (width, height), rng.randbytes(width * height))
    return ImageChops.multiply(turned, grain.point(lambda shade: 225 + shade // 10))


def scan_pdf(paper: Paper, rng: random.Random) -> bytes:
    out = io.BytesIO()
    picture(paper, rng).save(out, "PDF", resolution=SCAN_PPI, quality=52)
    return out.getvalue()


def photo(paper: Paper, rng: random.Random) -> bytes:
    out = io.BytesIO()
    picture(paper, rng).save(out, "JPEG", quality=52)
    return out.getvalue()


# ------------------------------------------------------------------ office files


def docx(paper: Paper, _rng: random.Random) -> bytes:
    from docx import Document  # loaded only where a document is made

    entity = prose.entity().values
    document = Document()
    properties = document.core_properties
    properties.title, properties.author = paper.subject, paper.signer
    properties.last_modified_by, properties.comments = paper.signer, ""
    properties.created = properties.modified = paper.at.replace(tzinfo=None)
    document.add_heading(entity["name"], level=1)
    document.add_paragraph(f"{paper.kind} {paper.number}").runs[0].bold = True
    document.add_paragraph(f"{entity['city']}, {day(paper.at.date())}")
    for line in (*paper.heading, f"Asunto: {paper.subject}", *paper.paragraphs):
        document.add_paragraph(line)
    for point in paper.points:
        document.add_paragraph(point, style="List Number")
    if paper.table is not None:
        grid = document.add_table(rows=1, cols=len(paper.table.header), style="Table Grid")
        for row in (paper.table.header, *paper.table.rows):
            cells = grid.rows[0].cells if row is paper.table.header else grid.add_row().cells
            for cell, text in zip(cells, row, strict=True):
                cell.text = text
    document.add_paragraph(f"{paper.signer}\n{paper.position}")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def xlsx(paper: Paper, _rng: random.Random) -> bytes:
    import xlsxwriter  # loaded only where a workbook is made

    out = io.BytesIO()
    table = paper.table or Table(("Texto",), tuple((each,) for each in paper.paragraphs))
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"title": paper.subject, "author": paper.signer, "created": paper.at})
        sheet, bold = book.add_worksheet("Datos"), book.add_format({"bold": True})
        sheet.write(0, 0, paper.subject, bold)
        sheet.write_row(2, 0, table.header, bold)
        for number, row in enumerate(table.rows, start=3):
            sheet.write_row(number, 0, row)
        sheet.set_column(0, len(table.header) - 1, 22)
        notes = book.add_worksheet("Notas")
        for number, text in enumerate((*paper.paragraphs, *paper.points)):
            notes.write(number, 0, text)
    return out.getvalue()


# ------------------------------------------------------------------ plain files


def text(paper: Paper, _rng: random.Random) -> bytes:
    lines = [f"{paper.kind} {paper.number}", day(paper.at.date()), *paper.heading]
    lines += [f"Asunto: {paper.subject}", "", *paper.paragraphs]
    lines += [f"- {point}" for point in paper.points]
    return "\n".join(lines).encode()


def table_csv(paper: Paper, _rng: random.Random) -> bytes:
    out = io.StringIO()
    table = paper.table or Table(("Texto",), tuple((each,) for each in paper.paragraphs))
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerows((table.header, *table.rows))
    return out.getvalue().encode("utf-8-sig")


def message(paper: Paper, _rng: random.Random) -> bytes:
    mail = EmailMessage()
    mail["From"] = f"{paper.signer} <{paper.mail}>"
    mail["To"] = f"{paper.to.partition(',')[0]} <{paper.mail_to}>"
    mail["Subject"] = paper.subject
    mail["Date"] = format_datetime(paper.at)
    mail["Message-ID"] = (
        f"<{sha256((paper.number + paper.subject).encode()).hexdigest()[:24]}@samandelrio.example>"
    )
    body = [*paper.paragraphs, *(f"- {point}" for point in paper.points)]
    mail.set_content("\n\n".join([*body, f"{paper.signer}\n{paper.position}"]))
    return mail.as_bytes()


FORMS: Mapping[str, tuple[str, Callable[[Paper, random.Random], bytes]]] = {
    "pdf": (".pdf", pdf),
    "scan": (".pdf", scan_pdf),
    "photo": (".jpg", photo),
    "docx": (".docx", docx),
    "xlsx": (".xlsx", xlsx),
    "txt": (".txt", text),
    "csv": (".csv", table_csv),
    "eml": (".eml", message),
}
