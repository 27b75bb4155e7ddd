"""Several plans or findings at once: boxes in the lists, reminders, files without formulas."""

from __future__ import annotations

import csv
import io

import pytest
from sqlalchemy import select, update

from app.models.accounts import Notice
from app.models.findings import Finding
from app.models.plans import Plan
from tests.plan_world import World, make_complete_plan, make_firm_findings, make_running_plan
from tests.web.plan_pages import Browse, rows, text

FORMULA = "=HYPERLINK(1)"
LISTS = {"/planes": "Varios planes", "/hallazgos": "Varios hallazgos"}


def only_row(world: World, place: str) -> Plan | Finding:
    if place == "/planes":
        return world.ctx.session.scalars(select(Plan)).one()
    return world.ctx.session.scalars(select(Finding)).one()


def test_plans_are_reminded_and_a_running_one_says_why_not(world: World, browse: Browse) -> None:
    waiting, running = make_complete_plan(world), make_running_plan(world)
    ids = {"a": [str(waiting.id), str(running.id)], "operacion": "recordatorio"}
    answer = text(browse("planner").post("/planes/lote", data={**ids, "note": "Ya casi vence."}))
    assert "Se hizo en 1 de 2." in answer
    assert "Recuérdelas en la lista de acciones." in answer
    assert "Ya casi vence." in answer
    (notice,) = rows(world, select(Notice).where(Notice.key.like("remind:plan:%")))
    assert (notice.user_id, notice.thing_id) == (world.office.leader.id, waiting.id)


def test_findings_are_reminded(world: World, browse: Browse) -> None:
    found = make_firm_findings(world, 2)
    ids = {"a": [str(each.id) for each in found], "operacion": "recordatorio"}
    assert "Se hizo en 2 de 2." in text(browse("head").post("/hallazgos/lote", data=ids))
    for who, status in (("liaison", 403), ("manager", 403)):
        assert browse(who).post("/hallazgos/lote", data=ids).status_code == status
        assert "Recordar<" not in browse(who).get("/hallazgos/lote", query_string=ids).text


@pytest.mark.parametrize("place", LISTS)
def test_the_list_sends_what_is_chosen(world: World, browse: Browse, place: str) -> None:
    make_running_plan(world)
    row = only_row(world, place)
    page = browse("planner").get(place).text
    assert f'form="lote" id="a{row.id}" name="a" value="{row.id}"' in page
    assert f'action="{place}/lote"' in page
    shown = browse("planner").get(f"{place}/lote?a={row.id}").text
    assert LISTS[place] in shown
    assert row.code in shown
    nothing = browse("planner").get(f"{place}/lote?a=x&a=99999999")
    assert (nothing.status_code, LISTS[place] in nothing.text) == (200, True)
    assert browse("planner").post(f"{place}/lote", data={}).status_code == 404
    assert browse("planner").get(f"{place}/lote.csv?a=999").status_code == 404


@pytest.mark.parametrize("place", LISTS)
def test_no_cell_is_a_formula(world: World, browse: Browse, place: str) -> None:
    make_running_plan(world)
    row = only_row(world, place)
    with world.head.transaction() as session:
        session.execute(update(type(row)).values(title=FORMULA))
        world.head.record("change", "edit", row, {})
    answer = browse("planner").get(f"{place}/lote.csv?a={row.id}")
    assert answer.mimetype == "text/csv"
    _head, cells = csv.reader(io.StringIO(answer.get_data(as_text=True)), delimiter=";")
    assert cells[:2] == [row.code, f"'{FORMULA}"]
