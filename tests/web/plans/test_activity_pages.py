"""Pages of the activities of an action, and of the windows of progress."""

from __future__ import annotations

import pytest
from flask import Flask

from app.context import Context
from tests import plan_world as pw
from tests.factories import make_user, sign_in
from tests.plan_world import World
from tests.web.plan_pages import Browse, text
from workflows.enums import Role


@pytest.fixture
def admin(ctx: Context, app: Flask, world: World) -> object:
    return sign_in(app.test_client(), make_user(ctx, Role.ADMINISTRATOR, name="Adela Admin"))


def test_an_activity_is_written_changed_and_taken_out(browse: Browse, world: World) -> None:
    action = pw.make_action(world, pw.make_plan(world).id)
    leader, place = browse("leader"), f"/acciones/{action.id}"
    assert "Agregar una actividad" in text(leader.get(place))
    assert leader.get(f"{place}/actividades/nueva").status_code == 200
    assert leader.post(f"{place}/actividades/nueva", data={"description": ""}).status_code == 422
    typed = {
        "description": "Designar los supervisores de cada contrato.",
        "unit_of_measure": "actas",
        "target_quantity": "4",
        "start_date": action.start_date.isoformat() if action.start_date else "",
        "end_date": action.end_date.isoformat() if action.end_date else "",
    }
    assert leader.post(f"{place}/actividades/nueva", data=typed).status_code == 303
    page = text(leader.get(place))
    assert "1. Designar los supervisores" in page
    assert "semanas" in page
    assert "4 actas" in text(leader.get("/actividades/1/editar")) or "4" in page
    changed = leader.post("/actividades/1/editar", data={**typed, "version": 1, "description": "B"})
    assert changed.status_code == 303
    stale = leader.post("/actividades/1/editar", data={**typed, "version": 1})
    assert stale.status_code == 409
    assert browse("lead").get("/actividades/1/editar").status_code in {403, 404}
    assert browse("manager").post("/actividades/1/retiro", data={}).status_code == 404
    assert leader.post("/actividades/1/retiro", data={"version": 2}).status_code == 303
    assert "1. B" not in text(leader.get(place))
    assert leader.get("/actividades/1/editar").status_code == 404


def test_what_is_done_is_told_on_a_page_of_its_own(browse: Browse, world: World) -> None:
    from decimal import Decimal

    from app.services import activities
    from app.services.activities import ActivityData

    plan = pw.make_plan(world)
    action = pw.make_action(world, plan.id)
    activities.add(world.leader, action.id, ActivityData("Paso", "actas", Decimal(4)))
    pw.review_plan(world, plan)
    pw.fire_plan(world.head, plan.id, "approve")
    liaison = browse("liaison")
    assert "Registrar lo hecho" in text(liaison.get(f"/acciones/{action.id}"))
    assert liaison.get("/actividades/1/avance").status_code == 200
    path = "/actividades/1/avance"
    assert liaison.post(path, data={"done_quantity": "", "version": 1}).status_code == 422
    assert liaison.post(path, data={"done_quantity": "2,5", "version": 1}).status_code == 303
    assert "2,5" in text(liaison.get(f"/acciones/{action.id}"))
    assert browse("head").get(path).status_code == 403


def test_a_closed_period_says_so_at_the_date(browse: Browse, world: World, clock: object) -> None:
    from tests.conftest import Clock

    assert isinstance(clock, Clock)
    action = pw.make_running_action(world)
    day = world.ctx.today()
    clock.advance(days=80)
    browse.clients.clear()
    page = text(browse("leader").get(f"/acciones/{action.id}/avance"))
    assert "se registra hasta el" in page
    sent = {"day": day.isoformat(), "quantity": "1", "narrative": "Se hizo."}
    answer = browse("leader").post(f"/acciones/{action.id}/avance", data=sent)
    assert answer.status_code == 422
    assert "se registraba hasta el" in text(answer)


def test_the_administrator_moves_a_window(admin: object, browse: Browse, world: World) -> None:
    from flask.testing import FlaskClient

    assert isinstance(admin, FlaskClient)
    page = text(admin.get("/admin/ventanas"))
    assert "1 de ene. de 2027" in page or "2027" in page
    sent = {"first": "2027-01-01", "closes_on": "2027-06-30", "reason": "", "version": "0"}
    wrong = admin.post("/admin/ventanas", data=sent)
    assert wrong.status_code == 422
    assert "Escriba el motivo." in text(wrong)
    assert admin.post("/admin/ventanas", data={**sent, "reason": "Sede."}).status_code == 303
    assert "Sede." in text(admin.get("/admin/ventanas"))
    assert admin.post("/admin/ventanas", data={**sent, "reason": "Sede."}).status_code == 409
    assert browse("head").get("/admin/ventanas").status_code == 403
