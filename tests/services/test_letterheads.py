"""The Word file of letters: the entity's own, without programs in it, and none is lost."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from docx import Document

from app.context import Context
from app.errors import Forbidden, Invalid, StaleVersion
from app.services import letterheads
from app.services.letterheads import EXAMPLE
from tests.conftest import START
from tests.factories import Office, acting, make_office


@pytest.fixture
def office(ctx: Context) -> Office:
    return make_office(ctx)


def edited(change: Callable[[Any], None]) -> bytes:
    """The built-in template as somebody changed it in Word."""
    document = Document(io.BytesIO(letterheads.built_in()))
    change(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def with_line(text: str) -> bytes:
    return edited(lambda document: document.add_paragraph(text))


def without(text: str) -> bytes:
    def change(document: Any) -> None:
        for paragraph in document.paragraphs:
            if text in paragraph.text:
                paragraph._p.getparent().remove(paragraph._p)

    return edited(change)


def with_member(name: str, data: str) -> bytes:
    out = io.BytesIO(letterheads.built_in())
    with zipfile.ZipFile(out, "a") as package:
        package.writestr(name, data)
    return out.getvalue()


def text_of(data: bytes) -> str:
    return "\n".join(p.text for p in Document(io.BytesIO(data)).paragraphs)


def _styled(document: Any, style: str) -> list[str]:
    return [p.text for p in document.paragraphs if p.style.name == style]


def test_the_built_in_one_draws_a_whole_letter() -> None:
    letterheads.check(letterheads.built_in(), at=START)
    drawn = letterheads.render(letterheads.built_in(), EXAMPLE, at=START)
    text = text_of(drawn)
    for part in ("Alcaldía de ejemplo", "Radicado 2027-OCI-999999", "Primer párrafo", "Uno"):
        assert part in text
    assert "{" not in text
    document = Document(io.BytesIO(drawn))
    assert document.core_properties.title.startswith("Oficio de anuncio")
    assert "Oficina de Control Interno" in document.sections[0].header.paragraphs[0].text
    assert _styled(document, "List Bullet") == ["Uno"]


def test_what_people_wrote_is_text_and_never_a_tag() -> None:
    from dataclasses import replace

    odd = replace(EXAMPLE, subject="{{ entity }} & <w:p/> {% for %}\x0b")
    drawn = letterheads.render(letterheads.built_in(), odd, at=START)
    assert "Asunto: {{ entity }} & <w:p/> {% for %}" in text_of(drawn)


def test_an_own_paper_is_the_next_edition(ctx: Context, office: Office) -> None:
    head = acting(ctx, office.head)
    assert letterheads.in_force(ctx)[0] == 0
    data = with_line("Línea 195 · {{ entity }}")
    saved = letterheads.save(head, io.BytesIO(data), note="Imagen nueva", edition=0)
    ctx.session.rollback()
    assert letterheads.in_force(ctx) == (1, data)
    assert "Línea 195 · Alcaldía de ejemplo" in text_of(
        letterheads.render(saved.content, EXAMPLE, at=START)
    )
    with pytest.raises(StaleVersion):
        letterheads.save(head, io.BytesIO(data), note="", edition=0)
    letterheads.save(head, io.BytesIO(with_line("Otra")), note="", edition=1)
    assert [each.edition for each in letterheads.editions(head)] == [2, 1]


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
    ids=range(14),
)
def test_what_is_no_paper_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        letterheads.check(data, at=START)
    assert refused.value.code == code


def test_only_who_keeps_the_texts(ctx: Context, office: Office) -> None:
    for user in (office.lead, office.auditor, office.leader, office.planner):
        with pytest.raises(Forbidden):
            letterheads.save(
                acting(ctx, user), io.BytesIO(letterheads.built_in()), note="", edition=0
            )
        with pytest.raises(Forbidden):
            letterheads.editions(acting(ctx, user))
