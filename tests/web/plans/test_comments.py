"""Comments on the pages of an action under way and of a change request."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from app.models.plans import Remark
from app.services import change_requests
from app.services.change_proposals import Proposal
from tests.plan_world import World, make_running_action
from tests.web.plan_pages import Browse, rows, text
from workflows.enums import ChangeRequestType

WORD = "El avance no tiene soporte."


def test_progress_is_commented_and_answered_on_the_page_of_the_action(
    world: World, browse: Browse
) -> None:
    action = make_running_action(world)
    here = f"/acciones/{action.id}"
    form = f'action="{here}/comentarios"'
    offered = {n: form in text(browse(n).get(here)) for n in ("planner", "lead", "leader")}
    assert offered == {"planner": True, "lead": True, "leader": False}
    blank = browse("planner").post(f"{here}/comentarios", data={"text": " "})
    assert (blank.status_code, "Escriba el comentario." in text(blank)) == (422, True)
    for name in ("leader", "liaison", "manager"):
        assert browse(name).post(f"{here}/comentarios", data={"text": WORD}).status_code == 403
    saved = browse("planner").post(f"{here}/comentarios", data={"text": WORD})
    assert saved.location == f"{here}#observaciones"
    (remark,) = rows(world, select(Remark))
    for name in ("leader", "liaison", "manager", "head"):
        assert WORD in text(browse(name).get(here)), name
    plan_page = text(browse("leader").get(f"/planes/{action.plan_id}"))
    assert WORD in plan_page
    assert "sin resolver" not in plan_page
    reply = f"/observaciones/{remark.id}/respuesta"
    assert f'action="{reply}' in text(browse("leader").get(here))
    assert browse("leader").post(reply, data={"answer": ""}).status_code == 422
    answer = browse("leader").post(reply, data={"answer": "Va mañana."})
    assert answer.location == f"{here}#observaciones"
    assert "Va mañana." in text(browse("planner").get(here))


def test_a_change_request_is_commented_on_its_own_page(world: World, browse: Browse) -> None:
    action = make_running_action(world)
    request = change_requests.create(
        world.leader,
        action.id,
        ChangeRequestType.EXTENSION,
        reason="El proveedor entrega en noviembre.",
        proposal=Proposal(end_date=date(2027, 12, 1)),
    )
    here = f"/cambios/{request.id}"
    form = f'action="{here}/comentarios"'
    offered = {n: form in text(browse(n).get(here)) for n in ("planner", "lead", "head", "leader")}
    assert offered == {"planner": True, "lead": True, "head": False, "leader": False}
    assert browse("head").post(f"{here}/comentarios", data={"text": WORD}).status_code == 403
    blank = browse("lead").post(f"{here}/comentarios", data={"text": ""})
    assert (blank.status_code, "Escriba el comentario." in text(blank)) == (422, True)
    saved = browse("lead").post(f"{here}/comentarios", data={"text": WORD})
    (remark,) = rows(world, select(Remark))
    assert saved.location == f"{here}#o{remark.id}"
    for name in ("leader", "planner", "head", "manager"):
        assert WORD in text(browse(name).get(here)), name
    assert WORD not in text(browse("leader").get(f"/acciones/{action.id}"))
    assert WORD not in text(browse("leader").get(f"/planes/{action.plan_id}"))
    taken = browse("lead").post(f"/observaciones/{remark.id}/retiro")
    assert taken.location == f"{here}#o{remark.id}"
    assert "Retirada por quien la hizo." in text(browse("leader").get(here))
