"""The Word files of letters and reports: the entity's own, without programs, and none is lost."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from docx import Document
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from app.context import Context
from app.errors import Forbidden, Invalid, StaleVersion
from app.services import letterheads
from app.services.letter_word import EXAMPLE, LETTER
from app.services.report_word import REPORT
from app.services.word_templates import WordTemplate
from tests.conftest import START
from tests.factories import Office, acting
from workflows.enums import LetterheadKind

WORD_FILES = {"carta": LETTER, "informe": REPORT}


def edited(change: Callable[[Any], None], template: WordTemplate = LETTER) -> bytes:
    """The built-in template as somebody changed it in Word."""
    document = Document(io.BytesIO(template.built_in()))
    change(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def with_line(text: str, template: WordTemplate = LETTER) -> bytes:
    return edited(lambda document: document.add_paragraph(text), template)


def without(text: str) -> bytes:
    def change(document: Any) -> None:
        for paragraph in document.paragraphs:
            if text in paragraph.text:
                paragraph._p.getparent().remove(paragraph._p)

    return edited(change)


def with_member(name: str, data: str) -> bytes:
    out = io.BytesIO(LETTER.built_in())
    with zipfile.ZipFile(out, "a") as package:
        package.writestr(name, data)
    return out.getvalue()


def text_of(data: bytes) -> str:
    return "\n".join(p.text for p in Document(io.BytesIO(data)).paragraphs)


def _styled(document: Any, style: str) -> list[str]:
    return [p.text for p in document.paragraphs if p.style.name == style]


def test_the_built_in_one_draws_a_whole_letter() -> None:
    LETTER.check(LETTER.built_in(), at=START)
    REPORT.check(REPORT.built_in(), at=START)
    drawn = LETTER.render(LETTER.built_in(), EXAMPLE, at=START)
    shown = text_of(drawn)
    for part in ("Alcaldía de ejemplo", "Radicado 2027-OCI-999999", "Primer párrafo", "Uno"):
        assert part in shown
    assert "{" not in shown
    document = Document(io.BytesIO(drawn))
    assert document.core_properties.title.startswith("Oficio de anuncio")
    assert "Oficina de Control Interno" in document.sections[0].header.paragraphs[0].text
    assert _styled(document, "List Bullet") == ["Uno"]


def test_what_people_wrote_is_text_and_never_a_tag() -> None:
    from dataclasses import replace

    odd = replace(EXAMPLE, subject="{{ entity }} & <w:p/> {% for %}\x0b")
    drawn = LETTER.render(LETTER.built_in(), odd, at=START)
    assert "Asunto: {{ entity }} & <w:p/> {% for %}" in text_of(drawn)


def test_an_own_paper_is_the_next_edition_of_its_kind(ctx: Context, office: Office) -> None:
    head, letter = acting(ctx, office.head), LetterheadKind.LETTER
    assert letterheads.in_force(ctx, letter)[0] == 0
    data = with_line("Línea 195 · {{ entity }}")
    saved = letterheads.save(head, letter, io.BytesIO(data), note="Imagen nueva", edition=0)
    ctx.session.rollback()
    assert letterheads.in_force(ctx, letter) == (1, data)
    drawn = letterheads.draw(ctx, letter, EXAMPLE, at=START)
    assert "Línea 195 · Alcaldía de ejemplo" in text_of(drawn)
    assert saved.sha256
    with pytest.raises(StaleVersion):
        letterheads.save(head, letter, io.BytesIO(data), note="", edition=0)
    letterheads.save(head, letter, io.BytesIO(with_line("Otra")), note="", edition=1)
    assert letterheads.in_force(ctx, LetterheadKind.REPORT) == (0, REPORT.built_in())
    report = with_line("Anexo", REPORT)
    letterheads.save(head, LetterheadKind.REPORT, io.BytesIO(report), note="", edition=0)
    editions = {
        kind.value: [each.edition for each in rows]
        for kind, rows in letterheads.editions(head).items()
    }
    assert editions == {"carta": [2, 1], "informe": [1]}


def test_an_edition_is_never_changed(ctx: Context, office: Office) -> None:
    head = acting(ctx, office.head)
    data = io.BytesIO(with_line("Una"))
    letterheads.save(head, LetterheadKind.LETTER, data, note="", edition=0)
    for deed in ("UPDATE letterhead SET note = 'x'", "DELETE FROM letterhead"):
        with pytest.raises(DatabaseError):
            ctx.session.execute(text(deed))
        ctx.session.rollback()


def test_a_report_may_be_written_in_the_order_and_words_of_the_entity() -> None:
    own = with_line("{%p for f in findings %}", REPORT)
    document = Document(io.BytesIO(own))
    for line in (
        "{{ loop.index }} de {{ loop.length }}: {{ f.title }}",
        "{%p for e in f.evidence if e.type == 'Documental' %}",
        "Soporte {{ e.title }}",
        "{%p endfor %}",
        "{%p endfor %}",
    ):
        document.add_paragraph(line)
    out = io.BytesIO()
    document.save(out)
    REPORT.check(out.getvalue(), at=START)
    shown = text_of(REPORT.render(out.getvalue(), REPORT.example, at=START))
    assert "1 de 1: Hallazgo de ejemplo" in shown
    assert "Soporte Soporte de ejemplo" in shown


@pytest.mark.parametrize("kind", sorted(WORD_FILES))
def test_what_is_absent_is_left_blank(kind: str) -> None:
    """A signature may never fail because of a template that was once taken."""
    template = WORD_FILES[kind]
    own = with_line("Para: {{ recipient.name }}. Firma: {{ seal.signer }}.", template)
    template.check(own, at=START)
    assert "Para: . Firma: ." in text_of(template.render(own, template.bare, at=START))


NESTED = "{% for a in blocks %}" * 9 + "{{ subject }}" + "{% endfor %}" * 9
"""That many turns that it would never end."""


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "letterhead.not_a_document"),
        (b"PK\x03\x04 not a package", "letterhead.not_a_document"),
        (b"x" * 2_000_001, "letterhead.too_large"),
        (with_line("{{ entity.__class__ }} {{ nada }}"), "letterhead.bad_tag"),
        (with_line("{{ ''.join(blocks) }}"), "letterhead.bad_tag"),
        (with_line("{{ 10 ** 9 }}"), "letterhead.bad_tag"),
        (with_line("{% set a = 1 %}"), "letterhead.bad_tag"),
        (with_line("{% include 'x' %}"), "letterhead.bad_tag"),
        (with_line("{{ range(9) }}"), "letterhead.bad_tag"),
        (with_line("{{ sin_cerrar"), "letterhead.bad_tag"),
        (with_line("{% if not seal %}{{ recipient.salary }}{% endif %}"), "letterhead.bad_tag"),
        (with_line("{{ blocks }}"), "letterhead.bad_tag"),
        (with_line("{% for a in subject %}{{ a }}{% endfor %}"), "letterhead.bad_tag"),
        (with_line("{% for a, b in blocks %}{{ a }}{% endfor %}"), "letterhead.bad_tag"),
        (with_line(NESTED), "letterhead.bad_tag"),
        (without("{{ subject }}"), "letterhead.incomplete"),
        (with_member("word/vbaProject.bin", "x"), "letterhead.has_macros"),
        (
            with_member(
                "word/_rels/other.xml.rels",
                '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
                'relationships"><Relationship Id="a" Type="http://x/image" '
                'Target="http://127.0.0.1/x.png" TargetMode="External"/></Relationships>',
            ),
            "letterhead.leads_outside",
        ),
        (with_member("word/large.xml", "x" * 20_000_001), "letterhead.too_large"),
    ],
    ids=range(19),
)
def test_what_is_no_paper_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        LETTER.check(data, at=START)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "name", ["findings.parts", "findings.evidence", "conclusions", "seal.signer"]
)
def test_a_report_that_would_hide_something_is_refused(name: str) -> None:
    if name.startswith("findings."):
        part = name.removeprefix("findings.")
        hidden = {"parts": "{{ part.text }}", "evidence": "{{ each.title }}"}[part]
    else:
        hidden = f"{{{{ {name} }}}}"

    def change(document: Any) -> None:
        cells = [c for table in document.tables for row in table.rows for c in row.cells]
        for paragraph in [*document.paragraphs, *(p for cell in cells for p in cell.paragraphs)]:
            for run in paragraph.runs:
                run.text = run.text.replace(hidden, "")

    with pytest.raises(Invalid) as refused:
        REPORT.check(edited(change, REPORT), at=START)
    assert refused.value.code == "letterhead.incomplete"
    assert name in refused.value.params["tags"]


def test_only_who_keeps_the_texts(ctx: Context, office: Office) -> None:
    for user in (office.lead, office.auditor, office.leader, office.planner):
        for kind, template in WORD_FILES.items():
            data = io.BytesIO(template.built_in())
            with pytest.raises(Forbidden):
                letterheads.save(acting(ctx, user), LetterheadKind(kind), data, note="", edition=0)
        with pytest.raises(Forbidden):
            letterheads.editions(acting(ctx, user))
