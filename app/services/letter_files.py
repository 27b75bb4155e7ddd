"""The two files of an issued letter: DOCX in the entity's paper, and tagged PDF; one content."""

from __future__ import annotations

from datetime import datetime

from app.services import letterheads
from app.services.letter_content import LetterContent
from app.services.report_pdf import compile_pdf


def pdf(content: LetterContent, *, at: datetime) -> bytes:
    """The letter as PDF/UA; `at` is the time written into its properties."""
    return compile_pdf("letter.typ", content.as_json(), at=at)


def docx(content: LetterContent, *, paper: bytes, at: datetime) -> bytes:
    """The letter as a Word document; `paper` is the template in force."""
    return letterheads.render(paper, content, at=at)
