"""The two files of an issued letter: DOCX and tagged PDF, drawn from the same content."""

from __future__ import annotations

import io
from datetime import datetime
from typing import TYPE_CHECKING

from app.services import report_docx as word
from app.services.letter_content import LetterContent
from app.services.report_pdf import compile_pdf

if TYPE_CHECKING:
    from docx.document import Document as DocxDocument

DRAFT = "Borrador, sin firma ni radicado: no es un documento oficial."


def pdf(content: LetterContent, *, at: datetime) -> bytes:
    """The letter as PDF/UA; `at` is the time written into its properties."""
    return compile_pdf("letter.typ", content.as_json(), at=at)


def docx(content: LetterContent, *, at: datetime) -> bytes:
    """The letter as a Word document."""
    from docx import Document  # loaded only where a letter is made

    document = Document()
    word.prepare(document, content, at)
    _head(document, content)
    for block in content.blocks:
        if block.kind == "heading":
            word.heading(document, block.text, 1)
        elif block.kind == "list":
            for point in block.points:
                document.add_paragraph(word.clean(point), style="List Bullet")
        else:
            document.add_paragraph(word.clean(block.text))
    word.signature(document, content.seal)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _head(document: DocxDocument, content: LetterContent) -> None:
    word.run(document.add_paragraph(), content.entity, bold=True)
    document.add_paragraph(word.clean(content.name), style="Title")
    number = f"Radicado {content.seal.filing_number}" if content.seal else DRAFT
    word.run(document.add_paragraph(), number, bold=True)
    document.add_paragraph(word.clean(content.place_and_day))
    to = content.recipient
    if to is not None:
        lines = [line for line in (to.name, to.position, to.part) if line]
        document.add_paragraph(word.clean("\n".join(lines)))
    word.run(document.add_paragraph(), f"Asunto: {content.subject}", bold=True)
