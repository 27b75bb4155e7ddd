"""The Word file of audit reports: its tags, and the one that comes with the program, with real
headings and tables, to be navigated and cited."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from app.services import word
from app.services.letter_word import EXAMPLE_SEAL
from app.services.report_content import EvidenceLine, Part, Person, ReportContent, ReportFinding
from app.services.word_templates import WordTemplate, saved

if TYPE_CHECKING:
    from docx.document import Document as DocxDocument

UNSIGNED = "Vista previa, sin firma ni radicado: no es un documento oficial."
OF_A_FINDING = (
    ".code, .type, .severity, .title, .responsible, .decision, .parts y .exchange (cada una con "
    ".title y .text) y .evidence (con .type, .title y .sha256)"
)
TAGS = {
    "entity": "nombre de la entidad",
    "entity_facts": "NIT y ciudad de la entidad, para recorrerlos",
    "name": "informe preliminar o final",
    "number": "radicado, o el aviso de que es una vista previa",
    "made_at": "fecha y hora en que se generó",
    "audit_code": "código de la auditoría",
    "audit_title": "nombre de la auditoría",
    "facts": "datos de la auditoría, para recorrerlos: .title y .text",
    "team": "equipo auditor, para recorrerlo: .name, .position y .part",
    "recipient": "destinatario: .name, .position y .part",
    "sections": "objetivo, alcance y demás, para recorrerlas: .title y .text",
    "figures": "resultados por clase, para recorrerlos: .title y .text (el número)",
    "strengths": f"fortalezas, para recorrerlas: {OF_A_FINDING}",
    "findings": f"hallazgos y observaciones, para recorrerlos: {OF_A_FINDING}",
    "recommendations": "recomendaciones, para recorrerlas: .title (código) y .text",
    "conclusions": "conclusiones",
    "notice": "efectos de este informe",
    **word.SEAL_TAGS,
}
"""What a template may name, and what each one is, in Spanish."""
BOLD, PLAIN = "bold", ""
TITLE_AND_TEXT = "{{ each.title }}", "{{ each.text }}"


@cache
def built_in() -> bytes:
    """To use as it is, or to begin one's own with."""
    document = word.begin()
    _first_page(document)
    _audit(document)
    _results(document)
    _end(document)
    return saved(document)


def _first_page(document: DocxDocument) -> None:
    entity = document.add_paragraph()
    word.run(entity, "{{ entity }}", bold=True)
    word.run(entity, "{% for each in entity_facts %} · {{ each }}{% endfor %}", soft=True)
    word.lines(
        document,
        (
            ("{{ name }}", PLAIN),
            ("{{ audit_title }}", "Title"),
            ("{%p if not seal %}", PLAIN),
            ("{{ number }} Generada el {{ made_at }}.", BOLD),
            ("{%p endif %}", PLAIN),
        ),
    )
    to = "{{ recipient.name }}"
    for name in ("position", "part"):
        to += f"{{% if recipient.{name} %}}, {{{{ recipient.{name} }}}}{{% endif %}}"
    rows = (
        ("{%tr if seal %}", ""),
        ("Radicado", "{{ seal.filing_number }}"),
        ("Fecha", "{{ seal.signed_at }}"),
        ("Firma", "{{ seal.signer }}"),
        ("{%tr endif %}", ""),
        *word.repeated("facts", TITLE_AND_TEXT),
        ("{%tr if recipient %}", ""),
        ("Dirigido a", to),
        ("{%tr endif %}", ""),
    )
    word.table(document, word.FACT_HEAD, rows, (5.5, 10.5))


def _audit(document: DocxDocument) -> None:
    word.lines(document, (("La auditoría", "Heading 1"), ("Equipo auditor", "Heading 2")))
    member = ("{{ each.name }}", "{{ each.position }}", "{{ each.part }}")
    head = ("Nombre", "Cargo", "Papel en la auditoría")
    word.table(document, head, word.repeated("team", member), (6, 6, 4))
    word.lines(document, _parts("sections", "Heading 2"))


def _parts(many: str, style: str) -> tuple[tuple[str, str], ...]:
    """Titles with their texts, one after the other."""
    return (
        (f"{{%p for part in {many} %}}", PLAIN),
        ("{{ part.title }}", style),
        ("{{ part.text }}", PLAIN),
        ("{%p endfor %}", PLAIN),
    )


def _results(document: DocxDocument) -> None:
    word.lines(document, (("Resumen de resultados", "Heading 1"), ("{%p if figures %}", PLAIN)))
    rows = word.repeated("figures", TITLE_AND_TEXT)
    word.table(document, ("Resultado", "Número"), rows, (12, 4))
    nothing = "No se registraron hallazgos ni fortalezas."
    word.lines(
        document,
        (
            ("{%p else %}", PLAIN),
            (nothing, PLAIN),
            ("{%p endif %}", PLAIN),
            ("{%p if findings %}", PLAIN),
        ),
    )
    row = ("{{ each.code }}", "{{ each.title }}", "{{ each.type }}", "{{ each.severity }}")
    head = ("Código", "Enunciado", "Tipo", "Gravedad")
    word.table(document, head, word.repeated("findings", row), (3.6, 7, 3.2, 2.2))
    word.lines(document, (("{%p endif %}", PLAIN), ("Fortalezas", "Heading 1")))
    _findings(document, "strengths", "No se registraron fortalezas.")
    word.lines(document, (("Hallazgos y observaciones", "Heading 1"),))
    _findings(document, "findings", "No se registraron hallazgos ni observaciones.")


def _findings(document: DocxDocument, many: str, empty: str) -> None:
    word.lines(
        document, ((f"{{%p for finding in {many} %}}", PLAIN), ("{{ finding.title }}", "Heading 2"))
    )
    line = document.add_paragraph()
    line.paragraph_format.keep_with_next = True
    word.run(line, "{{ finding.code }}", bold=True)
    words = "".join(
        f"{{% if finding.{name} %}} · {{{{ finding.{name} }}}}{{% endif %}}"
        for name in ("type", "severity", "responsible", "decision")
    )
    word.run(line, words, soft=True)
    word.lines(
        document,
        (
            *_parts("finding.parts", "Heading 3"),
            *_parts("finding.exchange", "Heading 3"),
            ("{%p if finding.evidence %}", PLAIN),
            ("Evidencia", "Heading 3"),
        ),
    )
    row = ("{{ each.type }}", "{{ each.title }}\n{{ each.sha256 }}")
    head = ("Clase", "Documento y huella SHA-256")
    word.table(document, head, word.repeated("finding.evidence", row), (3, 13))
    word.lines(
        document,
        (
            ("{%p endif %}", PLAIN),
            ("{%p else %}", PLAIN),
            (empty, PLAIN),
            ("{%p endfor %}", PLAIN),
        ),
    )


def _end(document: DocxDocument) -> None:
    word.lines(
        document,
        (
            ("Conclusiones", "Heading 1"),
            ("{{ conclusions }}", PLAIN),
            ("Recomendaciones", "Heading 1"),
            ("{%p if not recommendations %}", PLAIN),
            ("No se formularon recomendaciones.", PLAIN),
            ("{%p endif %}", PLAIN),
            *_parts("recommendations", "Heading 2"),
            ("Efectos de este informe", "Heading 1"),
            ("{{ notice }}", PLAIN),
        ),
    )
    word.signature(document)


def _example(code: str, kind: str) -> ReportFinding:
    return ReportFinding(
        code=code,
        type=kind,
        severity="Mayor",
        title=f"{kind} de ejemplo {code}",
        responsible="Contratación · Dirección Administrativa",
        parts=(Part("Condición", f"Condición de ejemplo de {code}."),),
        exchange=(Part("Decisión", f"Decisión de ejemplo de {code}."),),
        decision="Ratificado",
        evidence=(EvidenceLine("Documental", f"Soporte de ejemplo de {code}", "d" * 64),),
    )


EXAMPLE = ReportContent(
    kind="final",
    name="Informe final de auditoría interna",
    entity="Alcaldía de ejemplo",
    entity_facts=("NIT 800.000.000-0", "Ciudad de ejemplo"),
    audit_code="2027-AUD-00",
    audit_title="Supervisión de contratos de ejemplo",
    facts=(Part("Tipo", "Auditoría de gestión"),),
    team=(Person("Nombre de la auditora", "Profesional", "Auditor líder"),),
    recipient=Person("Nombre del líder", "Directora Administrativa", "Líder del proceso"),
    sections=(Part("Limitaciones", "Limitaciones de ejemplo."),),
    figures=(Part("Hallazgo", "1"),),
    strengths=(_example("2027-AUD-00-F01", "Fortaleza"),),
    findings=(_example("2027-AUD-00-H01", "Hallazgo"),),
    recommendations=(Part("2027-AUD-00-H01", "Recomendación de ejemplo."),),
    conclusions="Conclusiones de ejemplo.",
    notice="Efectos de ejemplo.",
    made_at="8 de marzo de 2027, 08:00",
    seal=EXAMPLE_SEAL,
)
"""A report of an audit that does not exist, to see whether a template serves."""
REPORT = WordTemplate(
    content=ReportContent,
    tags=TAGS,
    unsigned=UNSIGNED,
    built_in=built_in,
    example=EXAMPLE,
    bare=replace(
        EXAMPLE, entity_facts=(), facts=(), team=(), recipient=None, sections=(), figures=(),
        strengths=(), findings=(), recommendations=(), seal=None,
    ),
    needed={
        "audit_code": EXAMPLE.audit_code,
        "audit_title": EXAMPLE.audit_title,
        "sections": EXAMPLE.sections[0].text,
        **{
            f"{many}.{tag}": text
            for many, (each,) in (("strengths", EXAMPLE.strengths), ("findings", EXAMPLE.findings))
            for tag, text in (
                ("code", each.code),
                ("title", each.title),
                ("parts", each.parts[0].text),
                ("exchange", each.exchange[0].text),
                ("evidence", each.evidence[0].title),
            )
        },
        "recommendations": EXAMPLE.recommendations[0].text,
        "conclusions": EXAMPLE.conclusions,
        "notice": EXAMPLE.notice,
        "seal.filing_number": EXAMPLE_SEAL.filing_number,
        "seal.signer": EXAMPLE_SEAL.signer,
        "seal.content_sha256": EXAMPLE_SEAL.content_sha256,
    },
)  # fmt: skip
