"""Several change requests decided at once: each by its own rules, at the version shown."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from app.models.org import TermRule
from app.models.plans import Action, ChangeRequest
from app.models.traceability import HistoryEntry
from app.services import change_requests
from app.services.change_proposals import Proposal
from app.services.plan_terms import DIRECTION_APPROVAL
from tests.factories import make_process, make_user
from tests.plan_world import World, actions_of, make_reported, make_running_plan
from tests.web.plan_pages import Browse, counted, key_of, text
from workflows.change_request import ChangeRequestState as State
from workflows.enums import ChangeRequestType, Role

WHY = "El proveedor entrega en noviembre."


@pytest.fixture
def asked(world: World) -> list[ChangeRequest]:
    found = actions_of(world, make_running_plan(world, action_count=3).id)
    proposal = Proposal(end_date=date(2027, 12, 1))
    kind = ChangeRequestType.EXTENSION
    return [
        change_requests.create(world.leader, action.id, kind, reason=WHY, proposal=proposal)
        for action in found
    ]


def address(asked: list[ChangeRequest], operation: str = "") -> str:
    ids = "&".join(f"a={request.id}" for request in asked)
    return f"/cambios/lote?{ids}&operacion={operation}"


def form_of(page: str, operation: str, **more: str) -> dict[str, Any]:
    """What the browser would send of the page: the boxes ticked and the versions it showed."""
    versions = dict(re.findall(r'name="(v\d+)" value="(\d+)"', page))
    ids = [name.removeprefix("v") for name in versions]
    return {"a": ids, **versions, "operacion": operation, "idempotency_key": key_of(page), **more}


def states(world: World) -> list[State]:
    world.ctx.session.rollback()
    return list(world.ctx.session.scalars(select(ChangeRequest.state).order_by(ChangeRequest.id)))


def demand_direction(world: World) -> None:
    with world.head.transaction() as session:
        session.execute(
            update(TermRule).where(TermRule.code == DIRECTION_APPROVAL).values(amount=1)
        )
        world.head.record("change", "edit", ("term", DIRECTION_APPROVAL), {})


def test_a_review_begins_for_several_and_pressing_twice_is_once(
    world: World, browse: Browse, asked: list[ChangeRequest]
) -> None:
    client = browse("planner")
    page = client.get(address(asked)).text
    assert "Iniciar la revisión de las elegidas" in page
    assert "Aprobar las elegidas" not in page
    assert WHY in page
    data = form_of(page, "revisar")
    for _press in range(2):
        assert "Se hizo en 3 de 3." in text(client.post("/cambios/lote", data=data))
    assert states(world) == [State.IN_REVIEW] * 3
    moves = select(HistoryEntry).where(HistoryEntry.event == "start_review")
    found = world.ctx.session.scalars(moves.where(HistoryEntry.thing_kind == "change_request"))
    assert len(found.all()) == 3


def test_each_row_is_approved_or_says_what_it_lacks(
    world: World, browse: Browse, asked: list[ChangeRequest]
) -> None:
    for request in asked[:2]:
        change_requests.fire(world.head, request.id, "start_review", version=None)
    action = world.ctx.session.get_one(Action, asked[1].action_id)
    make_reported(world, action)
    page = browse("head").get(address(asked, "aprobar")).text
    answer = text(browse("head").post("/cambios/lote", data=form_of(page, "aprobar")))
    assert "Se hizo en 1 de 3." in answer
    assert "La acción ya no admite cambios." in answer
    assert "Ese paso no corresponde al estado en que está." in answer
    assert states(world) == [State.APPROVED, State.IN_REVIEW, State.REQUESTED]
    changed = world.ctx.session.get_one(Action, asked[0].action_id)
    assert changed.end_date == date(2027, 12, 1)
    again = re.search(r'href="([^"]+)">Volver a las que no se hicieron', answer)
    assert again
    assert f"a={asked[0].id}" not in again.group(1)
    assert f"a={asked[1].id}" in again.group(1)


def test_a_row_that_changed_meanwhile_stops_no_other_and_the_reason_stays(
    world: World, browse: Browse, asked: list[ChangeRequest]
) -> None:
    for request in asked:
        change_requests.fire(world.head, request.id, "start_review", version=None)
    page = browse("head").get(address(asked, "negar")).text
    data = form_of(page, "negar", reason="No hay soporte del proveedor.")
    data[f"v{asked[0].id}"] = "0"
    del data[f"v{asked[2].id}"]
    answer = text(browse("head").post("/cambios/lote", data=data))
    assert "Se hizo en 1 de 3." in answer
    assert answer.count("Otra persona lo cambió") == 2
    assert "No hay soporte del proveedor." in answer
    assert states(world) == [State.IN_REVIEW, State.DENIED, State.IN_REVIEW]


def test_a_denial_needs_its_reason(
    world: World, browse: Browse, asked: list[ChangeRequest]
) -> None:
    change_requests.fire(world.head, asked[0].id, "start_review", version=None)
    page = browse("head").get(address(asked[:1], "negar")).text
    answer = browse("head").post("/cambios/lote", data=form_of(page, "negar", reason=" "))
    assert answer.status_code == 422
    assert "Escriba el motivo." in answer.text
    assert states(world)[0] is State.IN_REVIEW


def test_the_direction_approves_several_and_only_once(
    world: World, browse: Browse, asked: list[ChangeRequest]
) -> None:
    assert "Aprobar por la dirección" not in browse("manager").get(address(asked)).text
    demand_direction(world)
    change_requests.approve_direction(world.manager, asked[0].id, version=None)
    page = browse("manager").get(address(asked)).text
    assert "Aprobar por la dirección las elegidas" in page
    assert "Aprobar las elegidas" not in page
    answer = text(browse("manager").post("/cambios/lote", data=form_of(page, "direccion")))
    assert "Se hizo en 2 de 3." in answer
    assert "La dirección ya aprobó esta solicitud." in answer
    world.ctx.session.rollback()
    marks = select(ChangeRequest.direction_approved_by_id)
    assert set(world.ctx.session.scalars(marks)) == {world.office.manager.id}


def test_nobody_decides_what_his_own_page_would_not_let_him(
    world: World, browse: Browse, asked: list[ChangeRequest]
) -> None:
    other = make_user(world.ctx, Role.PROCESS_OWNER, name="Otra Líder")
    make_process(world.ctx, leader=other, name="Otro proceso")
    ids = {"a": [str(request.id) for request in asked]}
    versions = {f"v{request.id}": str(request.version) for request in asked}
    for operation in ("revisar", "aprobar", "negar", "direccion", "borrar"):
        data = {**ids, **versions, "operacion": operation, "reason": "Sí"}
        for who in ("leader", "liaison", "auditor", other):
            answer = browse(who).post("/cambios/lote", data=data)
            assert answer.status_code in (403, 404), (operation, who)
    planner = browse("planner").post("/cambios/lote", data={**ids, "operacion": "aprobar"})
    assert planner.status_code == 403
    assert "No hay solicitudes elegidas" in browse(other).get(address(asked)).text
    assert browse(other).get(address(asked).replace("lote", "lote.csv")).status_code == 404
    assert states(world) == [State.REQUESTED] * 3


def test_the_file_has_what_is_asked(browse: Browse, asked: list[ChangeRequest]) -> None:
    answer = browse("head").get(address(asked[:2]).replace("lote", "lote.csv"))
    assert len(answer.get_data(as_text=True).strip().splitlines()) == 3
    assert "Fecha de terminación: 1 dic 2027" in text(answer)


def test_the_page_asks_the_same_queries_for_one_and_for_three(
    browse: Browse, asked: list[ChangeRequest], app_engine: Engine
) -> None:
    client = browse("head")
    client.get("/cambios")
    counts = []
    for some in (asked[:1], asked):
        with counted(app_engine) as found:
            assert client.get(address(some)).status_code == 200
        counts.append(len(found))
    assert counts[0] == counts[1]
