"""Several actions at once: what each person may ask, and a result for each row."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from app.models.accounts import Notice
from app.models.plans import Action, ChangeRequest
from app.models.traceability import LedgerEvent
from app.services import batch_reminders
from tests.factories import make_process, make_user
from tests.plan_world import World, actions_of, make_reported, make_running_plan
from tests.web.plan_pages import Browse, text
from workflows.enums import ChangeRequestType, Role

KEY = re.compile(r'name="idempotency_key"[^>]*value="([^"]+)"')


@pytest.fixture
def actions(world: World) -> list[Action]:
    return actions_of(world, make_running_plan(world, action_count=3).id)


def end(action: Action) -> date:
    assert action.end_date
    return action.end_date


def address(actions: list[Action], operation: str = "") -> str:
    ids = "&".join(f"a={action.id}" for action in actions)
    return f"/acciones/lote?{ids}&operacion={operation}"


def count(world: World, model: type[ChangeRequest | Notice]) -> int:
    world.ctx.session.rollback()
    return world.ctx.session.scalar(select(func.count()).select_from(model)) or 0


def test_the_leader_asks_more_time_for_several_and_each_row_answers(
    world: World, browse: Browse, actions: list[Action]
) -> None:
    make_reported(world, actions[1])
    page = browse("leader").get(address(actions, "prorroga")).text
    found = KEY.search(page)
    assert found
    data = {
        "a": [str(action.id) for action in actions],
        "operacion": "prorroga",
        "end_date": (end(actions[0]) + timedelta(days=20)).isoformat(),
        "reason": "El proveedor entregó tarde.",
        "idempotency_key": found.group(1),
    }
    answer = text(browse("leader").post("/acciones/lote", data=data))
    assert "Se hizo en 2 de 3." in answer
    assert answer.count("No se hizo.") == 1
    assert "La acción ya no admite cambios." in answer
    world.ctx.session.rollback()
    asked = world.ctx.session.scalars(select(ChangeRequest)).all()
    assert {row.action_id for row in asked} == {actions[0].id, actions[2].id}
    assert {row.type for row in asked} == {ChangeRequestType.EXTENSION}
    again = text(browse("leader").post("/acciones/lote", data=data))
    assert "Se hizo en 2 de 3." in again, "a second press answers with the first result"
    assert count(world, ChangeRequest) == 2


def test_the_people_of_several_are_changed(
    world: World, browse: Browse, actions: list[Action]
) -> None:
    office = world.office
    data = {
        "a": [str(action.id) for action in actions[:2]],
        "operacion": "responsable",
        "responsible_unit_id": str(office.unit.id),
        "responsible_position": "Profesional de archivo",
        "executor_ids": [str(office.liaison.id)],
        "reason": "Cambió el equipo.",
    }
    answer = text(browse("leader").post("/acciones/lote", data=data))
    assert "Se hizo en 2 de 2." in answer
    world.ctx.session.rollback()
    asked = world.ctx.session.scalars(select(ChangeRequest)).all()
    assert {row.proposed["responsible_position"] for row in asked} == {"Profesional de archivo"}


def test_what_is_missing_is_said_and_what_was_typed_stays(
    world: World, browse: Browse, actions: list[Action]
) -> None:
    data = {"a": [str(actions[0].id)], "operacion": "prorroga", "reason": "Llegó tarde."}
    answer = browse("leader").post("/acciones/lote", data=data)
    assert answer.status_code == 422
    assert "Llegó tarde." in answer.text
    assert count(world, ChangeRequest) == 0


def test_reminders_wait_for_the_digest_once_a_day(
    world: World, browse: Browse, actions: list[Action]
) -> None:
    before = count(world, Notice)
    data = {
        "a": [str(action.id) for action in actions[:2]],
        "operacion": "recordatorio",
        "note": "Falta el acta.",
        "idempotency_key": "una",
    }
    for _ in range(2):
        assert "Se hizo en 2 de 2." in text(browse("planner").post("/acciones/lote", data=data))
    later = text(browse("head").post("/acciones/lote", data={**data, "idempotency_key": "otra"}))
    assert "Se hizo en 0 de 2." in later
    assert later.count("Hoy ya se les recordó") == 2
    office = world.office
    assert count(world, Notice) == before + 4, "leader and liaison, of two actions"
    notices = world.ctx.session.scalars(select(Notice).where(Notice.key.like("remind:%"))).all()
    assert {row.user_id for row in notices} == {office.leader.id, office.liaison.id}
    assert all("Pilar Planeación le recuerda la acción" in row.text for row in notices)
    assert all(row.text.endswith("Falta el acta.") for row in notices)
    told = world.ctx.session.scalars(select(LedgerEvent).where(LedgerEvent.action == "remind"))
    assert len(told.all()) == 2


def test_each_is_offered_what_he_may_and_no_more(
    world: World, browse: Browse, actions: list[Action]
) -> None:
    offers = {
        "leader": {"Pedir prórroga", "Cambiar el responsable", "Recordar"},
        "liaison": set(),
        "planner": {"Recordar"},
        "head": {"Recordar"},
        "manager": set(),
    }
    every = offers["leader"]
    for name, offered in offers.items():
        page = browse(name).get(address(actions)).text
        assert {each for each in every if f">{each}" in page} == offered, name
        assert "Descargar estas filas" in page, name
        for operation in ("prorroga", "responsable", "recordatorio"):
            if not offered:
                data = {"a": [str(actions[0].id)], "operacion": operation, "reason": "Sí"}
                assert browse(name).post("/acciones/lote", data=data).status_code == 403
    assert count(world, ChangeRequest) == 0


def test_an_action_of_another_process_is_as_if_it_did_not_exist(
    world: World, browse: Browse, actions: list[Action]
) -> None:
    other = make_user(world.ctx, Role.PROCESS_OWNER, name="Otra Líder")
    make_process(world.ctx, leader=other, name="Otro proceso")
    page = browse(other).get(address(actions)).text
    assert "No hay acciones elegidas" in page
    assert actions[0].code not in page
    ids = {"a": [str(actions[0].id)], "operacion": "prorroga"}
    assert browse(other).post("/acciones/lote", data=ids).status_code == 404
    assert browse(other).get(address(actions).replace("lote", "lote.csv")).status_code == 404
    (row,) = batch_reminders.actions(world.acting(other), [actions[0].id])
    assert row.error is not None
    assert row.error.code == "not_found"


def test_the_file_has_the_chosen_rows(browse: Browse, actions: list[Action]) -> None:
    answer = browse("leader").get(address(actions[:2]).replace("lote", "lote.csv"))
    assert answer.mimetype == "text/csv"
    lines = answer.get_data(as_text=True).strip().splitlines()
    assert len(lines) == 3
    assert lines[1].startswith(actions[0].code)


@pytest.mark.parametrize("query", ["", "?a=", "?a=x&a=-1&a=99999999999999999999", "?a=0"])
def test_nothing_chosen_is_said(browse: Browse, query: str) -> None:
    answer = browse("leader").get(f"/acciones/lote{query}")
    assert answer.status_code == 200
    assert "No hay acciones elegidas" in answer.text
    assert browse("leader").post("/acciones/lote", data={}).status_code == 404
