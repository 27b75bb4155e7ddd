"""Pieces of our Word documents: page, styles, head and foot, runs and tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from app.services.report_content import Seal

if TYPE_CHECKING:
    from docx.document import Document as DocxDocument
    from docx.text.paragraph import Paragraph

FONT = "Arial"
LANGUAGE = "es-CO"
ACCENT, SOFT, GROUND = "004884", "4A5765", "EAEFF4"
# What XML cannot hold, and marks that turn the direction of what follows.
UNWRITABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]"
)
SIGNED = (
    "Firma electrónica simple (Ley 527 de 1999, artículo 7): la persona dio de nuevo su "
    "contraseña para este contenido, y Vigía conserva la huella en su registro encadenado."
)


class Headed(Protocol):
    """What the properties, the head and the foot of a document tell."""

    @property
    def name(self) -> str: ...
    @property
    def entity(self) -> str: ...
    @property
    def audit_code(self) -> str: ...
    @property
    def audit_title(self) -> str: ...
    @property
    def seal(self) -> Seal | None: ...


def clean(text: str) -> str:
    return UNWRITABLE.sub("", text)


# ------------------------------------------------------------------ the document and its styles


def properties(document: DocxDocument, content: Headed, at: datetime) -> None:
    """Whose document it is and what it is about."""
    properties = document.core_properties
    properties.title = clean(f"{content.name}: {content.audit_title}")
    properties.subject = content.audit_code
    properties.author = properties.last_modified_by = clean(content.entity)
    properties.comments = properties.keywords = ""
    properties.language = LANGUAGE
    properties.created = properties.modified = at.replace(tzinfo=None)


def page_and_styles(document: DocxDocument) -> None:
    """Letter paper, and the house's type."""
    from docx.shared import Cm

    section = document.sections[0]
    section.page_width, section.page_height = Cm(21.59), Cm(27.94)
    section.left_margin, section.right_margin = Cm(2.9), Cm(2.6)
    section.top_margin, section.bottom_margin = Cm(2.7), Cm(2.5)
    _styles(document)


def _styles(document: DocxDocument) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    sizes = {"Normal": 10.5, "Title": 22, "Heading 1": 15, "Heading 2": 12, "Heading 3": 10.5}
    for name, size in sizes.items():
        style: Any = document.styles[name]
        style.font.name, style.font.size = FONT, Pt(size)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for script in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
            fonts.set(qn(script), FONT)
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:cstheme", "w:eastAsiaTheme"):
            fonts.attrib.pop(qn(theme), None)
        if name != "Normal":
            style.font.color.rgb = RGBColor.from_string(ACCENT)
            style.paragraph_format.keep_with_next = True
    normal: Any = document.styles["Normal"]
    normal.paragraph_format.space_after = Pt(7)
    normal.paragraph_format.line_spacing = 1.25
    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), LANGUAGE)


def head_and_foot(document: DocxDocument, above: str, number: str) -> None:
    section = document.sections[0]
    run(section.header.paragraphs[0], above, soft=True)
    foot = section.footer.paragraphs[0]
    run(foot, f"{number} · Página ", soft=True)
    _counter(foot, "PAGE")
    run(foot, " de ", soft=True)
    _counter(foot, "NUMPAGES")


def _counter(paragraph: Paragraph, name: str) -> None:
    """A field that the word processor fills: the page, the number of pages."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), name)
    run = OxmlElement("w:r")
    text = OxmlElement("w:t")
    text.text = "1"
    run.append(text)
    field.append(run)
    paragraph._p.append(field)


# ------------------------------------------------------------------ pieces


def run(paragraph: Paragraph, text: str, *, bold: bool = False, soft: bool = False) -> None:
    from docx.shared import Pt, RGBColor

    run = paragraph.add_run(clean(text))
    run.bold = bold or None
    if soft:
        run.font.size = Pt(9)
        run.font.color.rgb = RGBColor.from_string(SOFT)


def table(
    document: DocxDocument,
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    widths_cm: Sequence[float],
) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Cm

    table = document.add_table(rows=1, cols=len(head), style="Table Grid")
    for cell, name in zip(table.rows[0].cells, head, strict=True):
        cell.paragraphs[0].add_run(name).bold = True
        shade = OxmlElement("w:shd")
        for key, value in (("w:val", "clear"), ("w:color", "auto"), ("w:fill", GROUND)):
            shade.set(qn(key), value)
        cell._tc.get_or_add_tcPr().append(shade)
    repeated = OxmlElement("w:tblHeader")
    table.rows[0]._tr.get_or_add_trPr().append(repeated)
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = clean(text)
    for row_ in table.rows:
        for cell, width in zip(row_.cells, widths_cm, strict=True):
            cell.width = Cm(width)
            cell.paragraphs[0].paragraph_format.space_after = Cm(0)
    document.add_paragraph()


# ------------------------------------------------------------------ pieces of templates

SEAL_TAGS = {
    "seal": "firma: .filing_number, .signed_at, .signer, .signer_position, .on_behalf_of y "
    ".content_sha256; no hay antes de firmar",
    "signed": "qué vale la firma electrónica",
}
"""What every template may name of a signature."""

FACT_HEAD = ("Dato", "Valor")
SIGNATURE_LINES = (
    ("{%p if seal %}", ""),
    ("Firma", "Heading 1"),
    ("{{ seal.signer }}", "bold"),
    ("{{ seal.signer_position }}", ""),
    ("{%p if seal.on_behalf_of %}", ""),
    ("En reemplazo de {{ seal.on_behalf_of }}", ""),
    ("{%p endif %}", ""),
)
SEAL_ROWS = (
    ("Radicado", "{{ seal.filing_number }}"),
    ("Fecha y hora", "{{ seal.signed_at }}, hora legal de Colombia"),
    ("Huella SHA-256", "{{ seal.content_sha256 }}"),
)


def begin() -> DocxDocument:
    """A document of the office to put tags in: page, styles, head and foot."""
    from docx import Document

    document = Document()
    page_and_styles(document)
    head_and_foot(
        document, "{{ entity }} · Oficina de Control Interno · {{ audit_code }}", "{{ number }}"
    )
    return document


def signature(document: DocxDocument) -> None:
    """Who signed, when, and the hash of what was signed; nothing before it is."""
    lines(document, SIGNATURE_LINES)
    table(document, FACT_HEAD, SEAL_ROWS, (4, 12))
    run(document.add_paragraph(), "{{ signed }}", soft=True)
    document.add_paragraph("{%p endif %}")


def lines(document: DocxDocument, texts: Iterable[tuple[str, str]]) -> None:
    """Paragraphs: each text with its style, `bold`, or blank for running text."""
    for text, style in texts:
        if style == "bold":
            run(document.add_paragraph(), text, bold=True)
        else:
            document.add_paragraph(text, style=style or None)


def repeated(many: str, row: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """A row of a table for each of `many`, called `each` in its cells."""
    blank = [""] * (len(row) - 1)
    return ((f"{{%tr for each in {many} %}}", *blank), tuple(row), ("{%tr endfor %}", *blank))
