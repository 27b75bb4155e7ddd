"""The report as a Word document: real headings and tables, to be navigated and cited."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from app.services.report_content import Part, ReportContent, ReportFinding, Seal

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
DOUBT = "Vista previa, sin firma ni radicado: no es un documento oficial."
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


def render(content: ReportContent, *, at: datetime) -> bytes:
    """The DOCX of this content; `at` is the time written into its properties."""
    from docx import Document  # loaded only where a report is made

    document = Document()
    prepare(document, content, at)
    _first_page(document, content)
    _audit(document, content)
    _results(document, content)
    _end(document, content)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def clean(text: str) -> str:
    return UNWRITABLE.sub("", text)


# ------------------------------------------------------------------ the document and its styles


def prepare(document: DocxDocument, content: Headed, at: datetime) -> None:
    """Properties, page, styles, head and foot of an official document."""
    properties(document, content, at)
    page_and_styles(document)
    number = f"Radicado {content.seal.filing_number}" if content.seal else DOUBT
    head_and_foot(
        document, f"{content.entity} · Oficina de Control Interno · {content.audit_code}", number
    )


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


def prose(document: DocxDocument, text: str) -> None:
    """An empty line parts paragraphs; a single break stays a break."""
    for block in re.split(r"\n[ \t]*\n", clean(text)):
        if block.strip():
            document.add_paragraph(block.strip())


def heading(document: DocxDocument, text: str, level: int) -> None:
    document.add_heading(clean(text), level)


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


# ------------------------------------------------------------------ the report


def _first_page(document: DocxDocument, content: ReportContent) -> None:
    entity = document.add_paragraph()
    run(entity, content.entity, bold=True)
    if content.entity_facts:
        run(entity, "   " + " · ".join(content.entity_facts), soft=True)
    run(document.add_paragraph(), content.name)
    document.add_paragraph(clean(content.audit_title), style="Title")
    seal = content.seal
    facts = list(content.facts)
    if seal is None:
        run(document.add_paragraph(), f"{DOUBT} Generada el {content.made_at}.", bold=True)
    else:
        sealed = [("Radicado", seal.filing_number), ("Fecha", seal.signed_at)]
        facts = [Part(*pair) for pair in [*sealed, ("Firma", seal.signer)]] + facts
    if content.recipient:
        named = [content.recipient.name, content.recipient.position, content.recipient.part]
        facts.append(Part("Dirigido a", ", ".join(each for each in named if each)))
    table(document, ("Dato", "Valor"), ((f.title, f.text) for f in facts), (5.5, 10.5))


def _audit(document: DocxDocument, content: ReportContent) -> None:
    heading(document, "La auditoría", 1)
    heading(document, "Equipo auditor", 2)
    team = ((each.name, each.position, each.part) for each in content.team)
    table(document, ("Nombre", "Cargo", "Papel en la auditoría"), team, (6, 6, 4))
    for section in content.sections:
        heading(document, section.title, 2)
        prose(document, section.text)


def _results(document: DocxDocument, content: ReportContent) -> None:
    heading(document, "Resumen de resultados", 1)
    if content.figures:
        figures = ((each.title, each.text) for each in content.figures)
        table(document, ("Resultado", "Número"), figures, (12, 4))
    else:
        prose(document, "No se registraron hallazgos ni fortalezas.")
    if content.findings:
        rows = ((f.code, f.title, f.type, f.severity) for f in content.findings)
        head = ("Código", "Enunciado", "Tipo", "Gravedad")
        table(document, head, rows, (3.6, 7, 3.2, 2.2))
    heading(document, "Fortalezas", 1)
    _findings(document, content.strengths, "No se registraron fortalezas.")
    heading(document, "Hallazgos y observaciones", 1)
    _findings(document, content.findings, "No se registraron hallazgos ni observaciones.")


def _findings(document: DocxDocument, findings: Sequence[ReportFinding], empty: str) -> None:
    if not findings:
        prose(document, empty)
    for finding in findings:
        heading(document, finding.title, 2)
        line = document.add_paragraph()
        line.paragraph_format.keep_with_next = True
        run(line, finding.code, bold=True)
        words = (finding.type, finding.severity, finding.responsible, finding.decision)
        run(line, "".join(f" · {word}" for word in words if word), soft=True)
        for part in (*finding.parts, *finding.exchange):
            heading(document, part.title, 3)
            prose(document, part.text)
        if finding.evidence:
            heading(document, "Evidencia", 3)
            rows = ((e.type, e.title, e.sha256[:16]) for e in finding.evidence)
            head = ("Clase", "Documento", "Huella SHA-256 (primeros 16)")
            table(document, head, rows, (3, 8.5, 4.5))


def _end(document: DocxDocument, content: ReportContent) -> None:
    heading(document, "Conclusiones", 1)
    prose(document, content.conclusions)
    heading(document, "Recomendaciones", 1)
    if not content.recommendations:
        prose(document, "No se formularon recomendaciones.")
    for part in content.recommendations:
        heading(document, part.title, 2)
        prose(document, part.text)
    heading(document, "Efectos de este informe", 1)
    prose(document, content.notice)
    signature(document, content.seal)


def signature(document: DocxDocument, seal: Seal | None) -> None:
    """Who signed, when, and the hash of what was signed; nothing in a preview."""
    if seal is None:
        return
    heading(document, "Firma", 1)
    run(document.add_paragraph(), seal.signer, bold=True)
    prose(document, seal.signer_position)
    if seal.on_behalf_of:
        prose(document, f"En reemplazo de {seal.on_behalf_of}")
    facts = [
        ("Radicado", seal.filing_number),
        ("Fecha y hora", f"{seal.signed_at}, hora legal de Colombia"),
        ("Huella SHA-256", seal.content_sha256),
    ]
    table(document, ("Dato", "Valor"), facts, (4, 12))
    run(document.add_paragraph(), SIGNED, soft=True)
