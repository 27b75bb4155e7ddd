"""Pages of change requests: asked once, shown before and after, decided by who may."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from app.models.plans import Action, ChangeDraft, ChangeRequest
from app.services import change_drafts, change_requests
from app.services.change_proposals import Proposal
from tests.factories import make_process, make_user
from tests.plan_world import (
    World,
    make_running_action,
)
from tests.web.plan_pages import Browse, key_of, rows, text
from workflows.change_request import ChangeRequestState
from workflows.enums import ChangeRequestType, Role

HUGE = 10**25


@pytest.fixture
def stranger(world: World) -> Any:
    """The leader of another process."""
    user = make_user(world.ctx, Role.PROCESS_OWNER)
    make_process(world.ctx, leader=user)
    return user


def ask(world: World, action: Action) -> ChangeRequest:
    return change_requests.create(
        world.leader,
        action.id,
        ChangeRequestType.EXTENSION,
        reason="El proveedor entrega en noviembre.",
        proposal=Proposal(end_date=date(2027, 12, 1)),
    )


def test_a_change_is_asked_once_and_shown_before_and_after(world: World, browse: Browse) -> None:
    action = make_running_action(world)
    address = f"/acciones/{action.id}/cambios/nuevo?tipo=prorroga_fecha"
    client = browse("leader")
    key = key_of(text(client.get(address)))
    form = {"end_date": "2027-12-01", "reason": "Entregan tarde.", "idempotency_key": key}
    for changes, message in (
        ({"reason": " "}, "Escriba por qué se pide el cambio."),
        ({"end_date": "31/02/2027"}, "Escriba una fecha que exista"),
        ({"end_date": "2027-09-01"}, "La nueva fecha debe ser posterior a la actual."),
    ):
        answer = client.post(address, data={**form, **changes})
        assert (answer.status_code, message in text(answer)) == (422, True), message
    answers = [client.post(address, data=form) for _press in range(2)]
    assert [a.status_code for a in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    page = text(client.get(answers[0].location))
    assert "<del>1 sep 2027</del>" in page.replace("\N{NO-BREAK SPACE}", " ")
    assert "<ins>1 dic 2027</ins>" in page.replace("\N{NO-BREAK SPACE}", " ")
    other = client.post(address, data={**form, "idempotency_key": "otra"})
    assert other.status_code == 409
    assert "Ya hay una solicitud en trámite" in text(other)
    assert "Entregan tarde." in text(other)


def test_what_a_liaison_prepares_the_leader_sends(world: World, browse: Browse) -> None:
    action = make_running_action(world)
    address = f"/acciones/{action.id}/cambios/nuevo?tipo=prorroga_fecha"
    liaison, leader = browse("liaison"), browse("leader")
    assert "Preparar una solicitud de cambio" in text(liaison.get(f"/acciones/{action.id}"))
    page = text(liaison.get(address))
    assert "Dejarla lista para el líder" in page
    assert "Enviar la solicitud" not in page
    form = {"end_date": "2027-12-01", "reason": "Entregan tarde.", "idempotency_key": key_of(page)}
    answers = [liaison.post(address, data=form) for _press in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert rows(world, select(ChangeRequest)) == []
    assert "dejó preparada una solicitud" in text(leader.get(f"/acciones/{action.id}"))
    for who in ("planner", "head", "manager"):
        assert "dejó preparada" not in text(browse(who).get(f"/acciones/{action.id}"))
    panel = text(leader.get("/panel"))
    assert "Revisar y enviar la solicitud de cambio" in panel
    assert f"La dejó preparada {world.office.liaison.name}" in panel
    page = text(leader.get(address))
    assert 'value="2027-12-01"' in page
    assert "Entregan tarde." in page
    (draft,) = rows(world, select(ChangeDraft))
    data = {**form, "idempotency_key": key_of(page), "draft_id": draft.id}
    stale = leader.post(address, data={**data, "version": draft.version + 1})
    assert (stale.status_code, "Entregan tarde." in text(stale)) == (409, True)
    assert rows(world, select(ChangeRequest)) == []
    sent = leader.post(address, data={**data, "version": draft.version})
    assert sent.status_code == 303
    assert (
        f'La preparó <span class="person"><span class="person-name">{world.office.liaison.name}'
        in (text(leader.get(sent.location)))
    )
    (request,) = rows(world, select(ChangeRequest))
    assert request.drafted_by_id == world.office.liaison.id
    again = leader.post(
        f"/cambios-preparados/{draft.id}/descarte", data={"version": "1", "reason": "x"}
    )
    assert again.status_code == 409


@pytest.mark.parametrize(
    ("kind", "typed", "shown"),
    [
        ("cambio_meta", {"target_quantity": "20,5"}, 'value="20,5'),
        ("cambio_responsable", {"responsible_position": "Jefe de compras"}, "Jefe de compras"),
        ("reformulacion", {}, "Ya no sirve."),
    ],
)
def test_each_kind_comes_back_as_it_was_prepared(
    world: World, browse: Browse, kind: str, typed: dict[str, str], shown: str
) -> None:
    action = make_running_action(world)
    address = f"/acciones/{action.id}/cambios/nuevo?tipo={kind}"
    given: dict[str, Any] = {"reason": "Ya no sirve.", **typed}
    if kind == "cambio_responsable":
        given |= {"responsible_unit_id": str(action.responsible_unit_id)}
        given |= {"executor_ids": [str(world.office.liaison.id)]}
    answer = browse("liaison").post(address, data=given)
    assert answer.status_code == 303, text(answer)
    page = text(browse("leader").get(address))
    assert shown in page
    assert "Ya no sirve." in page
    (draft,) = rows(world, select(ChangeDraft))
    data = {**given, "draft_id": str(draft.id), "version": str(draft.version)}
    assert browse("leader").post(address, data={**data, "action": "draft"}).status_code == 303
    (draft,) = rows(world, select(ChangeDraft))
    assert draft.author_id == world.office.liaison.id
    data["version"] = str(draft.version)
    assert browse("leader").post(address, data=data).status_code == 303
    assert len(rows(world, select(ChangeRequest))) == 1


def test_what_was_prepared_is_discarded_with_a_word(
    world: World, browse: Browse, stranger: Any
) -> None:
    action = make_running_action(world)
    draft = change_drafts.prepare(
        world.liaison,
        action.id,
        ChangeRequestType.EXTENSION,
        reason="Entregan tarde.",
        proposal=Proposal(end_date=date(2027, 12, 1)),
    )
    address = f"/cambios-preparados/{draft.id}/descarte"
    data = {"version": str(draft.version), "reason": "Sí alcanza."}
    for who in ("planner", "head", "manager", stranger):
        assert browse(who).post(address, data=data).status_code == 404
    wrong = browse("leader").post(address, data={**data, "reason": " "})
    assert (wrong.status_code, "Escriba el motivo." in text(wrong)) == (422, True)
    assert browse("leader").post(address, data=data).status_code == 303
    assert "dejó preparada" not in text(browse("leader").get(f"/acciones/{action.id}"))


def test_every_kind_of_change_has_its_form(world: World, browse: Browse) -> None:
    action = make_running_action(world)
    page = text(browse("leader").get(f"/acciones/{action.id}/cambios/nuevo"))
    for kind in ChangeRequestType:
        address = f"/acciones/{action.id}/cambios/nuevo?tipo={kind.value}"
        assert f'href="{address}"' in page
        assert browse("leader").get(address).status_code == 200
    meta = f"/acciones/{action.id}/cambios/nuevo?tipo=cambio_meta"
    wrong = browse("leader").post(meta, data={"target_quantity": "0", "reason": "x"})
    assert (wrong.status_code, "La meta debe ser mayor que cero" in text(wrong)) == (422, True)
    assert browse("leader").get(f"/acciones/{action.id}/cambios/nuevo?tipo=x").status_code == 200


def test_who_decides_a_change(world: World, browse: Browse, stranger: Any) -> None:
    request = ask(world, make_running_action(world))
    address = f"/cambios/{request.id}"
    assert browse(stranger).get(address).status_code == 404
    assert browse("leader").get("/cambios/99999").status_code == 404
    assert browse("leader").get(f"/cambios/{HUGE}").status_code == 404
    for who in ("leader", "liaison", "planner", "head", "manager"):
        assert browse(who).get(address).status_code == 200
        assert "Prórroga de la fecha" in text(browse(who).get("/cambios?estado=solicitada"))
    assert "Prórroga de la fecha" not in text(browse(stranger).get("/cambios"))
    data = {"version": str(request.version)}
    start = f"{address}/eventos/start_review"
    assert browse("leader").post(start, data=data).status_code == 403
    assert browse("planner").post(start, data=data).status_code == 303
    assert browse("planner").post(start, data=data).status_code == 409
    (row,) = rows(world, select(ChangeRequest))
    data = {"version": str(row.version)}
    deny = browse("head").post(f"{address}/eventos/deny", data={**data, "reason": ""})
    assert (deny.status_code, "Escriba el motivo." in text(deny)) == (422, True)
    assert browse("planner").post(f"{address}/eventos/approve", data=data).status_code == 403
    assert browse("head").post(f"{address}/eventos/approve", data=data).status_code == 303
    (row,) = rows(world, select(ChangeRequest))
    assert row.state is ChangeRequestState.APPROVED
    for path, who in (("direccion", "planner"), ("regla", "leader")):
        assert browse(who).post(f"{address}/{path}", data=data).status_code == 403
    assert browse("head").post(f"{address}/eventos/destroy", data=data).status_code == 404
