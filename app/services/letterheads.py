"""The Word file in which letters are written: the entity's paper, its fonts, its order.

It is a DOCX with tags between braces; each one uploaded is the next edition and none is lost.
A tag may name, choose and repeat what a letter holds, and no more: it is not a program.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, BinaryIO

from jinja2 import StrictUndefined, TemplateError, nodes
from jinja2.sandbox import SandboxedEnvironment
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.context import Context
from app.errors import Invalid, StaleVersion
from app.models.fieldwork import Letterhead
from app.permissions import Permission, authorize
from app.services import report_docx as word
from app.services.letter_content import LetterContent
from app.services.letter_text import Block
from app.services.report_content import Person, Seal

if TYPE_CHECKING:
    from docx.document import Document as DocxDocument
    from docxtpl import DocxTemplate

MAX_BYTES, MAX_UNPACKED = 2_000_000, 20_000_000
DRAFT = "Borrador, sin firma ni radicado: no es un documento oficial."
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
    "seal": "firma: .filing_number, .signed_at, .signer, .signer_position, .on_behalf_of y "
    ".content_sha256; no hay en un borrador",
    "signed": "qué vale la firma electrónica",
}
"""What a template may name, and what each one is, in Spanish."""
ALLOWED_NODES = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Getattr,
    nodes.If,
    nodes.For,
    nodes.Compare,
    nodes.Operand,
    nodes.Const,
    nodes.And,
    nodes.Or,
    nodes.Not,
)
LOCAL_LINKS = ("/hyperlink",)


# ------------------------------------------------------------------ drawing


def render(template: bytes, content: LetterContent, *, at: datetime) -> bytes:
    """The letter in this paper; `at` is the time written into its properties.

    Raises: jinja2.TemplateError when the template asks for what a letter does not hold.
    """
    made = _open(template)
    made.render(_context(content), jinja_env=_environment(), autoescape=True)
    word.properties(made.docx, content, at)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def _open(template: bytes) -> DocxTemplate:
    from docxtpl import DocxTemplate  # loaded only where a letter is made

    return DocxTemplate(io.BytesIO(template))


def _environment() -> SandboxedEnvironment:
    return SandboxedEnvironment(undefined=StrictUndefined, autoescape=True)


def _context(content: LetterContent) -> dict[str, Any]:
    seal = content.seal
    values = {
        **asdict(content),
        "number": f"Radicado {seal.filing_number}" if seal else DRAFT,
        "signed": word.SIGNED,
    }
    return {name: _clean(values[name]) for name in TAGS}


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return word.clean(value)
    if isinstance(value, dict):
        return {name: _clean(each) for name, each in value.items()}
    return [_clean(each) for each in value] if isinstance(value, list | tuple) else value


# ------------------------------------------------------------------ the paper that comes with it


@cache
def built_in() -> bytes:
    """The template that comes with the program: to use, or to begin one's own with."""
    from docx import Document

    document = Document()
    word.page_and_styles(document)
    word.head_and_foot(
        document, "{{ entity }} · Oficina de Control Interno · {{ audit_code }}", "{{ number }}"
    )
    _tagged_body(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _tagged_body(document: DocxDocument) -> None:
    bold, plain = "bold", ""
    lines = (
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
        ("{%p if seal %}", plain),
        ("Firma", "Heading 1"),
        ("{{ seal.signer }}", bold),
        ("{{ seal.signer_position }}", plain),
        ("{%p if seal.on_behalf_of %}", plain),
        ("En reemplazo de {{ seal.on_behalf_of }}", plain),
        ("{%p endif %}", plain),
    )
    for text, style in lines:
        if style == bold:
            word.run(document.add_paragraph(), text, bold=True)
        else:
            document.add_paragraph(text, style=style or None)
    facts = (
        ("Radicado", "{{ seal.filing_number }}"),
        ("Fecha y hora", "{{ seal.signed_at }}, hora legal de Colombia"),
        ("Huella SHA-256", "{{ seal.content_sha256 }}"),
    )
    word.table(document, ("Dato", "Valor"), facts, (4, 12))
    word.run(document.add_paragraph(), "{{ signed }}", soft=True)
    document.add_paragraph("{%p endif %}")


# ------------------------------------------------------------------ editions


def in_force(ctx: Context) -> tuple[int, bytes]:
    """(edition, file) with which letters are drawn today; edition 0 comes with the program."""
    last = ctx.session.scalars(
        select(Letterhead).order_by(Letterhead.edition.desc()).limit(1)
    ).first()
    return (0, built_in()) if last is None else (last.edition, last.content)


def editions(ctx: Context) -> list[Letterhead]:
    """Those uploaded, newest first. Raises: Forbidden."""
    authorize(ctx.actor, Permission.LETTER_TEMPLATE_MANAGE)
    statement = select(Letterhead).options(joinedload(Letterhead.created_by))
    return list(ctx.session.scalars(statement.order_by(Letterhead.edition.desc())))


def save(ctx: Context, stream: BinaryIO, *, note: str, edition: int) -> Letterhead:
    """Keep a file as the next edition; letters already issued do not change.

    `edition`: the one that the page showed. Raises: Forbidden, Invalid, StaleVersion.
    """
    authorize(ctx.actor, Permission.LETTER_TEMPLATE_MANAGE)
    data = stream.read(MAX_BYTES + 1)
    check(data, at=ctx.now())
    with ctx.transaction() as session:
        last = session.scalar(select(func.max(Letterhead.edition))) or 0
        if last != edition:
            raise StaleVersion(expected=edition, actual=last)
        letterhead = Letterhead(
            edition=last + 1,  # unique: of two people at once the second is refused
            content=data,
            sha256=hashlib.sha256(data).hexdigest(),
            note=note.strip(),
            created_by_id=ctx.actor.user_id,
            created_at=ctx.now(),
        )
        session.add(letterhead)
        session.flush()
        body = {"edition": letterhead.edition, "sha256": letterhead.sha256, "note": note.strip()}
        ctx.record("change", "save", letterhead, body)
    return letterhead


# ------------------------------------------------------------------ what is refused


def check(data: bytes, *, at: datetime) -> None:
    """A DOCX of a letter, safe and complete. Raises: Invalid, at the field of the file."""
    if len(data) > MAX_BYTES:
        raise Invalid("file", "letterhead.too_large", most=MAX_BYTES // 1_000_000)
    try:
        _demand_plain_package(data)
        _demand_simple_tags(data)
        drawn = render(data, EXAMPLE, at=at)
    except Invalid:
        raise
    except TemplateError as error:
        raise Invalid("file", "letterhead.bad_tag", what=str(error.message or error)) from error
    except Exception as error:  # a damaged file breaks its readers in many ways
        raise Invalid("file", "letterhead.not_a_document") from error
    _demand_complete(drawn)


def _demand_plain_package(data: bytes) -> None:
    """Raises: Invalid: macros, things fetched from elsewhere, a bomb."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        entries = package.infolist()
        if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
            raise Invalid("file", "letterhead.too_large", most=MAX_UNPACKED // 1_000_000)
        if "word/document.xml" not in package.namelist():
            raise Invalid("file", "letterhead.not_a_document")
        if any("vbaproject" in entry.filename.lower() for entry in entries):
            raise Invalid("file", "letterhead.has_macros")
        for entry in entries:
            if entry.filename.endswith(".rels"):
                _demand_local(package.read(entry))


def _demand_local(relations: bytes) -> None:
    """Only a link that a reader follows by himself may lead outside. Raises: Invalid."""
    from defusedxml import ElementTree

    for each in ElementTree.fromstring(relations):
        is_outside = each.get("TargetMode") == "External"
        if is_outside and not str(each.get("Type")).endswith(LOCAL_LINKS):
            raise Invalid("file", "letterhead.leads_outside")


def _demand_simple_tags(data: bytes) -> None:
    """Raises: Invalid, TemplateError."""
    template, environment = _open(data), _environment()
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        for name in package.namelist():
            if not name.endswith(".xml"):
                continue
            text = template.patch_xml(package.read(name).decode("utf-8"))
            for node in _walk(environment.parse(text)):
                if not isinstance(node, ALLOWED_NODES):
                    kind = type(node).__name__
                    raise Invalid("file", "letterhead.bad_tag", what=kind)


def _walk(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _walk(child)


def _demand_complete(drawn: bytes) -> None:
    """What a letter must carry to be one. Raises: Invalid."""
    from docx import Document

    body = Document(io.BytesIO(drawn)).element.body
    text = "".join(body.itertext())
    needed = {
        "subject": EXAMPLE.subject,
        "blocks": EXAMPLE.blocks[0].text,
        "seal.filing_number": EXAMPLE_SEAL.filing_number,
        "seal.signer": EXAMPLE_SEAL.signer,
        "seal.content_sha256": EXAMPLE_SEAL.content_sha256,
    }
    missing = [tag for tag, value in needed.items() if value not in text]
    if missing:
        raise Invalid("file", "letterhead.incomplete", tags=", ".join(missing))


EXAMPLE_SEAL = Seal(
    filing_number="2027-OCI-999999",
    signed_at="8 de marzo de 2027, 8:00 a. m.",
    signer="Nombre del jefe de la OCI",
    signer_position="Jefe de la Oficina de Control Interno",
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
        Block("paragraph", "Primer párrafo del cuerpo de ejemplo."),
        Block("list", "", ("Uno",)),
    ),
    template_edition=1,
    made_at="8 de marzo de 2027",
    seal=EXAMPLE_SEAL,
)
"""A letter of an audit that does not exist, to see whether a template serves."""
