"""The page of the Word files: taken, changed and sent back by who keeps the texts."""

from __future__ import annotations

import io

import pytest
from docx import Document
from flask import Flask

from app.context import Context
from app.services.letter_word import LETTER
from app.services.report_word import REPORT
from app.services.word_templates import WordTemplate
from tests import finding_world as fw
from tests.finding_world import World, text_of


@pytest.fixture
def world(ctx: Context) -> World:
    return fw.make_world(ctx)


@pytest.mark.parametrize(("kind", "template"), [("carta", LETTER), ("informe", REPORT)])
def test_it_is_downloaded_changed_and_sent_back(
    app: Flask, world: World, kind: str, template: WordTemplate
) -> None:
    head, url = world.browser(app, "head"), f"/cartas/plantilla/{kind}"
    taken = head.get(f"{url}.docx")
    assert taken.data == template.built_in()
    document = Document(io.BytesIO(taken.data))
    document.add_paragraph("Línea de atención 195")
    out = io.BytesIO()
    document.save(out)
    sent = {"edition": "0", "note": "Nueva imagen", "file": (io.BytesIO(out.getvalue()), "p.docx")}
    assert head.post(url, data=sent).status_code == 303
    assert "Nueva imagen" in text_of(head.get("/cartas/textos"))
    assert head.get(f"{url}.docx").data == out.getvalue()
    again = {**sent, "file": (io.BytesIO(out.getvalue()), "p.docx")}
    assert head.post(url, data=again).status_code == 409


def test_mistakes_are_shown_at_the_file(app: Flask, world: World) -> None:
    head = world.browser(app, "head")
    assert head.post("/cartas/plantilla/carta", data={"edition": "0"}).status_code == 422
    sent = {"edition": "0", "file": (io.BytesIO(b"hola"), "p.docx")}
    wrong = head.post("/cartas/plantilla/informe", data=sent)
    assert wrong.status_code == 422
    assert "no es un DOCX" in text_of(wrong)
    assert 'href="#informe-file"' in wrong.text
    assert head.get("/cartas/plantilla/otra.docx").status_code == 404
    assert head.post("/cartas/plantilla/otra", data={}).status_code == 404


def test_it_is_not_for_the_others(app: Flask, world: World) -> None:
    for name in ("lead", "auditor", "leader", "planner", "manager"):
        browser = world.browser(app, name)
        for kind in ("carta", "informe"):
            assert browser.get(f"/cartas/plantilla/{kind}.docx").status_code == 403
            assert browser.post(f"/cartas/plantilla/{kind}", data={}).status_code == 403
