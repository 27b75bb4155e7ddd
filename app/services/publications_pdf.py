"""The public report as PDF/UA, drawn from its public text alone, and what a file may hide."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from app.context import Context
from app.models.publications import Publication
from app.services import settings
from app.services.publications_source import signed_report
from app.services.report_pdf import STANDARD, TEMPLATES, printable
from app.services.report_words import day, name
from workflows.enums import FindingType, Severity

PARTS = (
    ("found", "Qué se encontró"),
    ("why", "Por qué importa"),
    ("criterion", "Qué debería ser"),
    ("recommendation", "Qué recomienda la Oficina de Control Interno"),
)
SECTIONS = (("objective", "Qué se quería saber"), ("scope", "Qué se revisó"))
VERIFY_PATH = "/transparencia/verificar"


def gather(ctx: Context, publication: Publication) -> dict[str, Any]:
    """What the public PDF prints: the public text and the facts of the signed report."""
    content = publication.content
    entity = settings.entity(ctx.session)
    source = signed_report(ctx, publication.audit_id)
    facts = [
        ("Proceso", content["process"]),
        ("Dependencia responsable", content["unit"]),
        ("Radicado del informe final", source.filing_number if source else ""),
        ("Fecha del informe final", day(source.day) if source else ""),
        ("Edición pública", str(publication.edition)),
    ]
    return {
        "entity": entity.name,
        "title": content["title"],
        "summary": content["summary"],
        "facts": [{"title": title, "text": text} for title, text in facts if text],
        "sections": [
            {"title": title, "text": content[field]}
            for field, title in SECTIONS
            if content[field].strip()
        ],
        "findings": [_finding(item) for item in content["findings"]],
        "conclusions": content["conclusions"],
        "verify_url": f"{ctx.config.public_url}{VERIFY_PATH}",
        "qr": _qr(f"{ctx.config.public_url}{VERIFY_PATH}"),
    }


def _finding(item: dict[str, Any]) -> dict[str, Any]:
    kind = FindingType(item["type"])
    words = [name(kind)]
    if kind is not FindingType.STRENGTH:
        words.append(name(Severity(item["severity"])))
    parts = [{"title": t, "text": item[field]} for field, t in PARTS if item[field].strip()]
    return {"title": item["title"], "kind": " · ".join(words), "parts": parts}


def _qr(address: str) -> str:
    import segno  # only where a report is drawn

    image = io.BytesIO()
    segno.make(address, error="m").save(image, kind="svg", xmldecl=False, border=1)
    return image.getvalue().decode()


def render(data: dict[str, Any], *, at: datetime) -> bytes:
    """The PDF of this content; `at` is the time in its properties. It names no person.

    Raises: typst.TypstError when the template itself is wrong.
    """
    import typst  # loaded only where a report is made

    drawn = {**printable({k: v for k, v in data.items() if k != "qr"}), "qr": data["qr"]}
    pdf = typst.compile(
        TEMPLATES / "public_report.typ",
        root=TEMPLATES,
        format="pdf",
        pdf_standards=[STANDARD],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(drawn, ensure_ascii=False)},
        timestamp=int(at.timestamp()),
    )
    return bytes(pdf)


# ------------------------------------------------------------------ out of sight

CATALOGUE_HIDING = ("/AA", "/OpenAction", "/AcroForm", "/OCProperties", "/Collection")
NAMES_HIDING = ("/EmbeddedFiles", "/JavaScript")
PERSONAL_PROPERTIES = ("/Subject", "/Keywords", "/Manager", "/Company")


def hidden_content(pdf: bytes) -> tuple[str, ...]:
    """What a PDF carries that its pages do not show: attachments, scripts, notes, layers.

    Links are no hidden content. Names of what was found, each once a place.
    """
    import pikepdf  # loaded only where a report is made

    with pikepdf.open(io.BytesIO(pdf)) as document:
        return tuple(_hidden(document))


def _hidden(document: Any) -> Iterator[str]:
    root = document.Root
    yield from (key for key in CATALOGUE_HIDING if key in root)
    names = root.get("/Names", {})
    yield from (key for key in NAMES_HIDING if key in names)
    yield from (key for key in PERSONAL_PROPERTIES if key in document.docinfo)
    for page in document.pages:
        for note in page.get("/Annots", []):
            if str(note.get("/Subtype")) != "/Link":
                yield str(note.get("/Subtype"))
        if "/AA" in page:
            yield "/AA"
