"""The Word file of letters and minutes: its tags, and the one that comes with the program."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from app.services import word
from app.services.letter_content import LetterContent
from app.services.letter_text import Block
from app.services.report_content import Person, Seal
from app.services.word_templates import WordTemplate, saved

if TYPE_CHECKING:
    from docx.document import Document as DocxDocument

TAGS = {
    "entity": "nombre de la entidad",
    "entity_facts": "NIT, dirección y demás datos de la entidad, para recorrerlos",
    "name": "clase de carta o acta",
    "number": "radicado, o el aviso de que es un borrador",
    "place_and_day": "ciudad y fecha",
    "recipient": "destinatario: .name, .position y .part",
    "subject": "asunto",
    "audit_code": "código de la auditoría",
    "audit_title": "nombre de la auditoría",
    "blocks": "cuerpo, para recorrerlo: .kind (heading, list u otro), .text y .points",
    **word.SEAL_TAGS,
}
"""What a template may name, and what each one is, in Spanish."""


@cache
def built_in() -> bytes:
    """To use as it is, or to begin one's own with."""
    document = word.begin()
    _body(document)
    word.signature(document)
    return saved(document)


def _body(document: DocxDocument) -> None:
    bold, plain = "bold", ""
    word.lines(
        document,
        (
            ("{{ entity }}", bold),
            ("{{ name }}", "Title"),
            ("{{ number }}", bold),
            ("{{ place_and_day }}", plain),
            ("{%p if recipient %}", plain),
            ("{{ recipient.name }}", plain),
            ("{%p if recipient.position %}", plain),
            ("{{ recipient.position }}", plain),
            ("{%p endif %}", plain),
            ("{%p if recipient.part %}", plain),
            ("{{ recipient.part }}", plain),
            ("{%p endif %}", plain),
            ("{%p endif %}", plain),
            ("Asunto: {{ subject }}", bold),
            ("{%p for block in blocks %}", plain),
            ("{%p if block.kind == 'heading' %}", plain),
            ("{{ block.text }}", "Heading 1"),
            ("{%p elif block.kind == 'list' %}", plain),
            ("{%p for point in block.points %}", plain),
            ("{{ point }}", "List Bullet"),
            ("{%p endfor %}", plain),
            ("{%p else %}", plain),
            ("{{ block.text }}", plain),
            ("{%p endif %}", plain),
            ("{%p endfor %}", plain),
        ),
    )


EXAMPLE_SEAL = Seal(
    filing_number="2027-OCI-999999",
    signed_at="8 de marzo de 2027, 8:00 a. m.",
    signer="Nombre del jefe de la OCI",
    signer_position="Jefe de la Oficina de Control Interno",
    on_behalf_of="Nombre del titular ausente",
    content_sha256="e" * 64,
)
EXAMPLE = LetterContent(
    kind="oficio_anuncio",
    name="Oficio de anuncio",
    entity="Alcaldía de ejemplo",
    entity_facts=("NIT 800.000.000-0",),
    audit_code="2027-AUD-00",
    audit_title="Supervisión de contratos",
    subject="Anuncio de la auditoría de ejemplo",
    place_and_day="Ciudad de ejemplo, 8 de marzo de 2027",
    recipient=Person("Nombre del líder", "Directora Administrativa", "Contratación"),
    blocks=(
        Block("heading", "Título de ejemplo"),
        Block("paragraph", "Primer párrafo del cuerpo de ejemplo."),
        Block("list", "", ("Uno",)),
    ),
    template_edition=1,
    made_at="8 de marzo de 2027",
    seal=EXAMPLE_SEAL,
)
"""A letter of an audit that does not exist, to see whether a template serves."""
LETTER = WordTemplate(
    content=LetterContent,
    tags=TAGS,
    unsigned="Borrador, sin firma ni radicado: no es un documento oficial.",
    built_in=built_in,
    example=EXAMPLE,
    bare=replace(EXAMPLE, recipient=None, blocks=(), entity_facts=(), seal=None),
    needed={
        "subject": EXAMPLE.subject,
        "blocks": EXAMPLE.blocks[1].text,
        "seal.filing_number": EXAMPLE_SEAL.filing_number,
        "seal.signer": EXAMPLE_SEAL.signer,
        "seal.content_sha256": EXAMPLE_SEAL.content_sha256,
    },
)
