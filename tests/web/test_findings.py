"""The pages of findings: who reads them, and writing with bad input."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from app.context import Context
from app.models.audits import Audit
from app.models.findings import Finding
from app.services import finding_lists, finding_records, findings
from tests import finding_world as fw
from tests.finding_world import again, finding_count, statements, text_of, typed_form
from tests.web.browsing import counted
from workflows.finding import FindingState as State

SCRIPT = '"><script>alert(1)</script>{{7*7}} ñandú'
TOO_LONG = "a" * 20_001


@pytest.fixture
def world(ctx: Context) -> fw.World:
    return fw.make_world(ctx)


@pytest.fixture
def audit(world: fw.World) -> Audit:
    return fw.make_fieldwork_audit(world)


# ------------------------------------------------------------------ reading


def test_a_page_answers_as_if_a_finding_one_may_not_know_did_not_exist(
    app: Flask, world: fw.World, audit: Audit
) -> None:
    finding = fw.make_reviewed(world, audit)
    pages = ("", "/editar", "/replica", "/modificar")
    for name in ("outsider", "leader", "liaison", "stranger", "planner", "manager", "admin"):
        browser = world.browser(app, name)
        for page in pages:
            hidden = browser.get(f"/hallazgos/{finding.id}{page}")
            absent = browser.get(f"/hallazgos/{finding.id + 1000}{page}")
            assert hidden.status_code == absent.status_code == 404, (name, page)
        assert finding.code not in text_of(browser.get("/hallazgos"))
    assert app.test_client().get(f"/hallazgos/{finding.id}").status_code == 303


def test_ids_and_filters_that_cannot_be_are_no_error(
    app: Flask, world: fw.World, audit: Audit
) -> None:
    fw.make_finding(world, audit)
    browser = world.browser(app, "auditor")
    for address in ("/hallazgos/0", "/hallazgos/-1", f"/hallazgos/{2**80}", "/hallazgos/1;2"):
        assert browser.get(address).status_code == 404, address
    for query in (
        "antes=-1", "antes=" + "9" * 40, "estado=x", "auditoria=abc", "vigencia=0", "proceso=%00",
        "tipo=hallazgo'%20OR%201=1--", "q=" + "a" * 5000, "q=%25", "q=%F0%9F", "estado=a&estado=b",
    ):  # fmt: skip
        assert browser.get(f"/hallazgos?{query}").status_code == 200, query
    shown = text_of(browser.get("/hallazgos?estado=borrador&q=SUPERVISOR"))
    assert "Contratos sin supervisor designado" in shown
    assert "Estado: Borrador" in shown


def test_what_people_write_is_text_on_every_page(app: Flask, world: fw.World, audit: Audit) -> None:
    fields = ("condition", "criterion", "cause", "effect", "recommendation", "norm_article")
    written = {name: SCRIPT for name in fields}
    finding = fw.make_reviewed(world, audit, title=SCRIPT, **written)
    fw.communicate(world, audit)
    fw.make_reply(world, finding, arguments=SCRIPT)
    finding_records.analyse(world.auditor, finding.id, version=None, text=SCRIPT)
    pages = {
        "head": ("", "/modificar"),
        "leader": ("", "/replica"),
        "auditor": ("",),
    }
    for name, ends in pages.items():
        browser = world.browser(app, name)
        listed = [f"/hallazgos/{finding.id}{end}" for end in ends]
        for address in [*listed, "/hallazgos", f"/hallazgos?q={SCRIPT}"]:
            page = text_of(browser.get(address))
            assert "<script>alert" not in page, address
            assert "{{7*7}}" in page, address


def test_pages_ask_a_fixed_number_of_queries(app: Flask, world: fw.World, audit: Audit) -> None:
    first = fw.make_finding(world, audit)
    browser = world.browser(app, "auditor")

    def asked(address: str) -> int:
        with statements(app) as sent:
            assert browser.get(address).status_code == 200
        return len(sent)

    pages = ("/hallazgos", f"/hallazgos/{first.id}", f"/hallazgos/{first.id}/editar")
    few = [asked(page) for page in pages]
    for _each in range(8):
        other = fw.make_finding(world, audit)
        fw.add_evidence(world.auditor, first, f"{other.code}.pdf")
    assert [asked(page) for page in pages] == few
    assert few[0] <= 22
    assert few[1] <= 40


# ------------------------------------------------------------------ writing


def test_a_finding_is_written_once_and_a_second_press_shows_the_same(
    app: Flask, world: fw.World, audit: Audit
) -> None:
    browser = world.browser(app, "auditor")
    address = f"/hallazgos/nuevo?audit_id={audit.id}"
    page = text_of(browser.get(address))
    key = re.search(r'name="idempotency_key" value="([^"]+)"', page)
    assert key is not None
    form = typed_form(world, idempotency_key=key[1], state="cerrado", author_id="1", code="X")
    first, second = (browser.post(address, data=form) for _press in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert finding_count(world) == 1
    finding = world.ctx.session.scalars(select(Finding)).one()
    assert (finding.state, finding.author_id) == (State.DRAFT, world.users["auditor"].id)
    assert finding.code == f"{audit.code}-H01"


def test_bad_fields_are_named_and_what_was_typed_stays(
    app: Flask, world: fw.World, audit: Audit
) -> None:
    browser = world.browser(app, "auditor")
    address = f"/hallazgos/nuevo?audit_id={audit.id}"
    for changes, words in (
        ({"title": "  "}, "Escriba el título"),
        ({"title": "a" * 301}, "como máximo 300"),
        ({"condition": TOO_LONG}, "como máximo 20.000"),
        ({"condition": "a\x00b"}, "no se pueden guardar"),
        ({"type": "multa"}, "Elija una de las opciones"),
        ({"severity": ""}, "Elija la gravedad"),
        ({"process_id": "999999"}, "Elija una de las opciones"),
        ({"norm_id": "1 OR 1=1"}, "Elija una de las opciones"),
        ({"repeats_id": "-1"}, "Elija una de las opciones"),
    ):
        answer = browser.post(address, data=typed_form(world, effect=SCRIPT, **changes))
        page = text_of(answer)
        assert answer.status_code == 422, changes
        assert words in page, changes
        assert "error-summary" in page
        assert "&lt;script&gt;alert(1)" in page
        assert "<script>alert" not in page
    assert finding_count(world) == 0


def test_the_summary_lists_the_errors_in_the_order_of_the_page(app: Flask, world: fw.World) -> None:
    answer = world.browser(app, "head").post("/hallazgos/externo", data={"title": ""})
    page = answer.text
    assert answer.status_code == 422
    listed = re.findall(r'<li><a href="#([^"]+)">', page)
    assert listed[:3] == ["source", "source_report", "source_report_date"]
    assert listed == sorted(listed, key=lambda name: page.index(f'id="{name}"'))


def test_a_stale_edit_shows_both_texts_and_can_be_sent_again(
    app: Flask, world: fw.World, audit: Audit
) -> None:
    finding = fw.make_finding(world, audit)
    browser = world.browser(app, "auditor")
    address = f"/hallazgos/{finding.id}/editar"
    shown = fw.version_of(world.auditor, finding)
    findings.edit(world.lead, finding.id, version=shown, values={"effect": "Lo del líder"})
    typed = typed_form(world, effect="Lo mío", version=str(shown))
    answer = browser.post(address, data=typed)
    page = text_of(answer)
    assert answer.status_code == 409
    assert ["Lo", "del", "líder"][-1] in page
    assert "Lo mío" in page
    assert again(world, finding).effect == "Lo del líder"
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version is not None
    resent = browser.post(address, data={**typed, "version": version[1]})
    assert resent.status_code == 303
    assert again(world, finding).effect == "Lo mío"
    for bad in ("", "abc", "-1", "9" * 30):
        assert browser.post(address, data={**typed, "version": bad}).status_code == 409


def test_a_draft_comes_back_and_goes_with_the_saving(
    app: Flask, world: fw.World, audit: Audit
) -> None:
    finding = fw.make_finding(world, audit)
    browser = world.browser(app, "auditor")
    kept = {"fields": {"condition": "A medio escribir", "title": finding.title}}
    assert browser.post(f"/borradores/finding/{finding.id}", json=kept).status_code == 204
    address = f"/hallazgos/{finding.id}/editar"
    page = text_of(browser.get(address))
    assert "A medio escribir" in page
    assert "Recuperamos lo que usted había escrito" in page
    assert "A medio escribir" not in text_of(world.browser(app, "lead").get(address))
    version = str(fw.version_of(world.auditor, finding))
    assert browser.post(address, data=typed_form(world, version=version)).status_code == 303
    assert "A medio escribir" not in text_of(browser.get(address))


def test_an_external_finding_is_written_and_registered(app: Flask, world: fw.World) -> None:
    browser = world.browser(app, "lead")
    form = typed_form(
        world,
        source="contraloria_general",
        source_report="Informe 7",
        source_report_date="2027-02-01",
    )
    for changes, words in (
        ({"source": "auditoria_interna"}, "Elija una de las opciones"),
        ({"source_report": ""}, "Escriba el nombre o el número"),
        ({"source_report_date": "31/02/2027"}, "Escriba una fecha que exista"),
        ({"source_report_date": "2027-12-31"}, "todavía no llega"),
    ):
        answer = browser.post("/hallazgos/externo", data={**form, **changes})
        assert answer.status_code == 422, changes
        assert words in text_of(answer), changes
    made = browser.post("/hallazgos/externo", data=form)
    assert made.status_code == 303
    world.ctx.session.rollback()
    finding = world.ctx.session.scalars(select(Finding)).one()
    page = text_of(browser.get(made.location))
    assert "Registrar hallazgo de otra fuente" in page
    version = {"version": str(finding.version)}
    fired = browser.post(f"{made.location}/eventos/register_external", data=version)
    assert fired.status_code == 303
    assert again(world, finding).state is State.CONFIRMED
    for name in ("auditor", "leader", "admin"):
        assert world.browser(app, name).get("/hallazgos/externo").status_code == 403


def test_the_board_counts_by_stage_and_shows_no_more_than_the_list(
    app: Flask, world: fw.World, engine: Engine
) -> None:
    finding = fw.make_finding(world, fw.make_fieldwork_audit(world))
    board = world.browser(app, "auditor").get("/hallazgos?vista=tablero")
    assert board.status_code == 200
    assert finding.code in board.text
    assert "En redacción" in board.text
    assert 'name="vista" value="tablero"' in board.text
    for name in ("stranger", "outsider", "leader"):
        page = world.browser(app, name).get("/hallazgos?vista=tablero")
        assert finding.code not in page.text, name
        assert "Todavía no hay hallazgos" in page.text, name
    none = world.browser(app, "auditor").get("/hallazgos?vista=tablero&q=nadaasi")
    assert "Ningún hallazgo coincide" in none.text
    assert 'href="/hallazgos?vista=tablero"' in none.text, "the view is kept"
    browser = world.browser(app, "auditor")
    with counted(engine) as few:
        browser.get("/hallazgos?vista=tablero")
    for number in range(5):
        fw.make_finding(world, fw.make_fieldwork_audit(world), title=f"Otro {number}")
    with counted(engine) as many:
        browser.get("/hallazgos?vista=tablero")
    assert len(many) == len(few)


def test_every_state_has_its_column() -> None:
    placed = [state for states in finding_lists.COLUMNS.values() for state in states]
    assert sorted(placed) == sorted(State)


def test_a_column_shows_its_newest(world: fw.World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding_lists, "CARDS", 2)
    audit = fw.make_fieldwork_audit(world)
    codes = [fw.make_finding(world, audit, title=f"Otro {number}").code for number in range(3)]
    first = finding_lists.board(world.auditor, finding_lists.Filters())[0]
    assert (first.total, [row.code for row in first.rows]) == (3, codes[:0:-1])
