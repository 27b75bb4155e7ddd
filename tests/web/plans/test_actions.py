"""Pages of actions, progress and results: who does what, and what comes back wrong."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from app.models.documents import Document, DocumentPurpose
from app.models.plans import Action, Plan, Progress
from app.services import actions, plans
from tests.conftest import Clock
from tests.factories import PDF, make_process, make_unit, make_user
from tests.plan_world import (
    World,
    action_data,
    actions_of,
    evaluate,
    fire,
    fire_plan,
    items,
    make_action,
    make_complete_plan,
    make_fulfilled,
    make_plan,
    make_progress,
    make_reported,
    make_running_action,
    make_running_plan,
    review_plan,
)
from tests.web.plan_pages import Browse, counted, key_of, rows, text
from workflows.action import ActionState
from workflows.enums import Effectiveness, Role
from workflows.plan import PlanState

HUGE = 10**25
FORM = {
    "type": "correctiva",
    "description": "Exigir la designación.",
    "indicator_name": "Designaciones",
    "unit_of_measure": "contratos",
    "target_quantity": "1.234,5",
    "start_date": "2027-03-01",
    "end_date": "01/09/2027",
    "responsible_position": "Director",
}


@pytest.fixture
def stranger(world: World) -> Any:
    """The leader of another process."""
    user = make_user(world.ctx, Role.PROCESS_OWNER)
    make_process(world.ctx, leader=user)
    return user


def fresh(world: World, action: Action) -> Action:
    world.ctx.session.rollback()
    return world.ctx.session.get_one(Action, action.id)


def version(world: World, action: Action) -> str:
    return str(fresh(world, action).version)


# ---------------------------------------------------------------- writing an action


def test_an_action_is_written_once_in_colombian_figures(world: World, browse: Browse) -> None:
    plan = make_plan(world)
    item = items(world, plan.id)[0]
    address = f"/planes/{plan.id}/acciones/nueva?hallazgo={item.finding_id}"
    client = browse("liaison")
    key = key_of(text(client.get(address)))
    extra = {"state": "aprobada", "approved_at": "2027-01-01", "owner_id": "1", "plan_id": "99"}
    form = {**FORM, **extra, "idempotency_key": key, "executor_ids": [world.office.liaison.id]}
    answers = [client.post(address, data=form) for _press in range(2)]
    assert [a.status_code for a in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    (action,) = rows(world, select(Action))
    assert (action.state, action.approved_at) == (ActionState.FORMULATED, None)
    assert str(action.target_quantity) == "1234.50"
    assert action.end_date == date(2027, 9, 1)
    page = text(client.get(f"/planes/{plan.id}"))
    assert "1.234,5 contratos" in page
    assert "La acción no apunta a una causa." in page
    assert f'href="/acciones/{action.id}/editar#root_cause_id"' in page
    assert 'id="root_cause_id"' in text(client.get(f"/acciones/{action.id}/editar"))


def test_a_wrong_action_comes_back_with_what_was_typed(world: World, browse: Browse) -> None:
    plan = make_plan(world)
    item = items(world, plan.id)[0]
    foreign = make_complete_plan(world)
    (cause_id,) = {a.root_cause_id for a in actions_of(world, foreign.id)}
    before = len(rows(world, select(Action)))
    address = f"/planes/{plan.id}/acciones/nueva?hallazgo={item.finding_id}"
    for changes, message in (
        ({"description": " "}, "Escriba qué se hará."),
        ({"description": "x" * 20_001}, "Escriba como máximo 20.000 caracteres"),
        ({"type": ""}, "Elija una opción."),
        ({"type": "otra"}, "Elija una de las opciones de la lista."),
        ({"target_quantity": "0"}, "La meta debe ser mayor que cero"),
        ({"target_quantity": "-3"}, "Escriba un número, como 12 o 1.234,5."),
        ({"target_quantity": "1,234"}, "La meta debe ser mayor que cero, con dos decimales"),
        ({"end_date": "31/02/2027"}, "Escriba una fecha que exista, como 31/12/2026."),
        ({"end_date": "2027-02-28"}, "La fecha de terminación debe ser posterior"),
        ({"end_date": "2028-03-02"}, "Una acción dura como máximo 12 meses."),
        ({"root_cause_id": str(cause_id)}, "Elija una de las opciones de la lista."),
        ({"executor_ids": [str(world.office.head.id)]}, "Elija una de las opciones de la lista."),
        ({"responsible_unit_id": "99999"}, "Elija una de las opciones de la lista."),
    ):
        answer = browse("leader").post(address, data={**FORM, **changes})
        page = text(answer)
        assert (answer.status_code, message in page) == (422, True), (message, answer.status_code)
        assert "error-summary" in page
        assert 'value="Designaciones"' in page
    typed = browse("leader").post(address, data={**FORM, "target_quantity": "doce"})
    assert 'value="doce"' in text(typed)
    assert len(rows(world, select(Action))) == before


def test_a_stale_edition_gives_back_what_was_typed(world: World, browse: Browse) -> None:
    action = make_action(world, make_plan(world).id)
    seen = version(world, action)
    actions.edit(world.leader, action.id, action_data(world, description="De otro."), version=None)
    address = f"/acciones/{action.id}/editar"
    answer = browse("liaison").post(
        address, data={**FORM, "version": seen, "description": "Mi texto largo."}
    )
    assert answer.status_code == 409
    assert "Mi texto largo." in text(answer)
    form = {**FORM, "version": version(world, action)}
    assert browse("liaison").post(address, data=form).status_code == 303
    assert browse("liaison").post(address, data={**FORM}).status_code == 409


def test_acceptance_and_refusal_by_the_head_of_the_unit(world: World, browse: Browse) -> None:
    head = make_user(world.ctx, name="Ulises Unidad")
    unit = make_unit(world.ctx, head=head)
    action = make_action(world, make_plan(world).id, accepted=False, responsible_unit_id=unit.id)
    data = {"version": version(world, action)}
    assert browse("liaison").post(f"/acciones/{action.id}/aceptacion", data=data).status_code == 403
    assert browse(head).get(f"/acciones/{action.id}").status_code == 200
    assert browse(head).get(f"/planes/{action.plan_id}").status_code == 404
    refused = browse(head).post(f"/acciones/{action.id}/rechazo", data={**data, "reason": " "})
    assert (refused.status_code, "Escriba el motivo." in text(refused)) == (422, True)
    form = {**data, "reason": "No es de esta dependencia."}
    assert browse(head).post(f"/acciones/{action.id}/rechazo", data=form).status_code == 303
    page = text(browse("liaison").get(f"/planes/{action.plan_id}"))
    assert "No es de esta dependencia." in page
    data = {"version": version(world, action)}
    assert browse(head).post(f"/acciones/{action.id}/aceptacion", data=data).status_code == 303
    assert browse(head).post(f"/acciones/{action.id}/aceptacion", data=data).status_code == 409


def test_what_people_write_is_never_run(world: World, browse: Browse) -> None:
    plan = make_plan(world)
    action = make_action(
        world,
        plan.id,
        description="<script>alert(1)</script>",
        unit_of_measure="<b>actas</b>",
        indicator_name='"><img src=x onerror=alert(1)>',
    )
    for address in (f"/planes/{plan.id}", f"/acciones/{action.id}", "/acciones"):
        page = text(browse("liaison").get(address))
        assert "<script>alert" not in page
        assert "<b>actas</b>" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


# ---------------------------------------------------------------- the list


def test_the_list_filters_and_never_fails(world: World, browse: Browse) -> None:
    action = make_running_action(world)
    client = browse("liaison")
    page = text(client.get("/acciones?mias=y&estado=en_ejecucion"))
    assert action.code in page
    assert "Reportar avance" in page
    assert "Solo las que ejecuto" in page
    assert action.code not in text(client.get("/acciones?plazo=vencida"))
    for odd in ("estado=x", "plazo=x", f"proceso={HUGE}", "after=x", f"after=.{HUGE}", "after=."):
        assert client.get(f"/acciones?{odd}", follow_redirects=True).status_code == 200


def test_the_list_and_the_page_ask_the_same_however_much_there_is(
    world: World, browse: Browse, app_engine: Engine
) -> None:
    action = make_running_action(world)
    make_progress(world, action.id, "1")
    client = browse("liaison")

    def cost(address: str) -> int:
        client.get(address)
        with counted(app_engine) as statements:
            assert client.get(address).status_code == 200
        return len(statements)

    pages = ["/acciones", f"/acciones/{action.id}", f"/acciones/{action.id}/avance"]
    before = [cost(each) for each in pages]
    make_running_plan(world, action_count=4)
    for _each in range(3):
        make_progress(world, action.id, "1", files=2)
    assert [cost(each) for each in pages] == before
    assert before[0] <= 12
    assert max(before) <= 30


# ---------------------------------------------------------------- who sees and moves an action

PATHS = ("", "/historia", "/editar", "/avance", "/eficacia", "/efectividad", "/cambios/nuevo")


def test_a_stranger_finds_nothing(world: World, browse: Browse, stranger: Any) -> None:
    action = make_running_action(world)
    for path in PATHS:
        assert browse(stranger).get(f"/acciones/{action.id}{path}").status_code == 404
        assert browse("leader").get(f"/acciones/99999{path}").status_code == 404
        assert browse("leader").get(f"/acciones/{HUGE}{path}").status_code == 404
    for path in ("aceptacion", "rechazo", "visto-bueno", "eventos/report_completion"):
        assert browse(stranger).post(f"/acciones/{action.id}/{path}").status_code == 404
        assert browse("leader").post(f"/acciones/99999/{path}").status_code == 404
    assert action.code not in text(browse(stranger).get("/acciones"))


def test_each_page_is_of_those_who_use_it(world: World, browse: Browse) -> None:
    action = make_running_action(world)
    expected = {
        "/editar": {},
        "/avance": {"leader": 200, "liaison": 200},
        "/eficacia": {},
        "/efectividad": {},
        "/cambios/nuevo": {"leader": 200, "liaison": 200},
    }
    for path, allowed in expected.items():
        for who in ("leader", "liaison", "head", "lead", "planner", "manager"):
            status = browse(who).get(f"/acciones/{action.id}{path}").status_code
            assert status == allowed.get(who, 403), (path, who)


def test_events_move_once_and_by_the_right_person(world: World, browse: Browse) -> None:
    action = make_running_action(world)
    make_progress(world, action.id)
    address = f"/acciones/{action.id}/eventos/report_completion"
    data = {"version": version(world, action)}
    assert browse("liaison").post(address, data=data).status_code == 403
    assert browse("leader").post(address, data=data).status_code == 303
    assert browse("leader").post(address, data=data).status_code == 409
    odd = f"/acciones/{action.id}/eventos/destroy"
    data = {"version": version(world, action)}
    assert browse("leader").post(odd, data=data).status_code == 404
    out = f"/acciones/{action.id}/eventos/report_completion"
    assert browse("leader").post(out, data=data).status_code == 409
    back = f"/acciones/{action.id}/eventos/withdraw_report"
    blank = browse("leader").post(back, data={**data, "reason": " "})
    assert (blank.status_code, "Escriba el motivo." in text(blank)) == (422, True)
    page = text(browse("leader").get(f"/acciones/{action.id}"))
    assert "Enviar a revisión" not in page.split("Historia")[0]


# ---------------------------------------------------------------- progress


def test_progress_from_one_screen_with_text_and_files(world: World, browse: Browse) -> None:
    action = make_running_action(world)
    client = browse("liaison")
    page = text(client.get(f"/acciones/{action.id}/avance"))
    key = key_of(page)

    def form() -> dict[str, Any]:
        return {
            "quantity": "2,5",
            "narrative": "Se designaron dos supervisores y medio.",
            "day": "2027-03-01",
            "idempotency_key": key,
            "approved_at": "2027-03-01",
            "files": [(io.BytesIO(PDF), "acta.pdf"), (io.BytesIO(PDF), "foto.pdf")],
        }

    for _press in range(2):
        answer = client.post(f"/acciones/{action.id}/avance", data=form())
        assert answer.status_code == 303
    (entry,) = rows(world, select(Progress))
    assert (str(entry.quantity), entry.approved_at) == ("2.50", None)
    kept = rows(world, select(Document).where(Document.purpose == DocumentPurpose.PROGRESS))
    assert [d.filename for d in kept] == ["acta.pdf", "foto.pdf"]
    page = text(client.get(f"/acciones/{action.id}"))
    assert "2,5 contratos" in page
    assert "El visto bueno lo da otra persona" in page


def test_wrong_progress_comes_back(world: World, browse: Browse) -> None:
    action = make_running_action(world)
    good = {"quantity": "3", "narrative": "Se hicieron tres.", "day": "2027-03-01"}
    for changes, message in (
        ({"quantity": ""}, "Escriba cuánto se hizo."),
        ({"quantity": "   "}, "Escriba cuánto se hizo."),
        ({"quantity": "tres"}, "Escriba un número, como 12 o 1.234,5."),
        ({"quantity": "0,001"}, "con dos decimales como máximo"),
        ({"narrative": " "}, "Cuente qué se hizo."),
        ({"day": "31/02/2027"}, "Escriba una fecha que exista"),
        ({"day": "2027-03-02"}, "El avance no puede tener una fecha futura."),
        ({"day": "2027-02-28"}, "El avance no puede ser anterior al inicio de la acción."),
    ):
        answer = browse("liaison").post(f"/acciones/{action.id}/avance", data={**good, **changes})
        page = text(answer)
        assert (answer.status_code, message in page) == (422, True), (changes, answer.status_code)
        assert "Se hicieron tres." in page or "narrative" in changes
    files = {**good, "files": (io.BytesIO(b"MZ\x90"), "virus.exe")}
    answer = browse("liaison").post(f"/acciones/{action.id}/avance", data=files)
    assert (answer.status_code, "Ese tipo de archivo no se admite." in text(answer)) == (422, True)
    assert rows(world, select(Progress)) == []


def test_the_visto_bueno_is_of_another_person(world: World, browse: Browse, stranger: Any) -> None:
    action = make_running_action(world)
    entry = make_progress(world, action.id, "4", approved=False)
    address = f"/avances/{entry.id}"
    for who, status in (("liaison", 403), ("head", 403), ("planner", 403), (stranger, 404)):
        assert browse(who).post(f"{address}/visto-bueno").status_code == status
    assert browse("leader").post("/avances/99999/visto-bueno").status_code == 404
    blank = browse("leader").post(f"{address}/rechazo", data={"reason": ""})
    assert (blank.status_code, "Escriba el motivo." in text(blank)) == (422, True)
    assert browse("leader").post(f"{address}/visto-bueno").status_code == 303
    assert browse("leader").post(f"{address}/visto-bueno").status_code == 409
    late = browse("leader").post(f"{address}/rechazo", data={"reason": "No."})
    assert late.status_code == 409
    assert "40 % (4 de 10 contratos)" in text(browse("leader").get(f"/acciones/{action.id}"))


# ---------------------------------------------------------------- results


def test_the_efficacy_is_recorded_with_its_support(world: World, browse: Browse) -> None:
    action = make_reported(world, make_running_action(world))
    fire(world.lead, action.id, "start_verification")
    address = f"/acciones/{action.id}/eficacia"
    assert browse("leader").get(address).status_code == 403
    data = {"version": version(world, action), "result": "cumplida"}
    for changes, message in (
        ({"note": " "}, "Escriba qué se revisó y qué se encontró."),
        ({"note": "Bien.", "result": ""}, "Elija el resultado."),
        ({"note": "Bien.", "result": "no_evaluada"}, "Elija una de las opciones de la lista."),
    ):
        answer = browse("lead").post(address, data={**data, **changes})
        assert (answer.status_code, message in text(answer)) == (422, True), message
    file = (io.BytesIO(PDF), "revision.pdf")
    done = {**data, "note": "Se revisaron las diez.", "file": file}
    assert browse("lead").post(address, data=done).status_code == 303
    stale = {**data, "note": "Otra vez."}
    assert browse("lead").post(address, data=stale).status_code == 409
    page = text(browse("lead").get(f"/acciones/{action.id}"))
    assert "Se revisaron las diez." in page
    assert "Soporte de la eficacia" in page


def test_the_verifier_is_told_that_another_must_evaluate(
    world: World, browse: Browse, clock: Clock
) -> None:
    action = make_fulfilled(world, make_running_action(world))
    clock.advance(days=120)
    page = text(browse("lead").get(f"/acciones/{action.id}"))
    assert "Debe evaluar una persona distinta de quien verificó la acción." in page
    fire(world.head, action.id, "start_evaluation")
    address = f"/acciones/{action.id}/efectividad"
    page = text(browse("lead").get(address))
    assert "Debe evaluar una persona distinta" in page
    data = {"version": version(world, action), "result": "efectiva", "note": "No se repitió."}
    assert browse("lead").post(address, data=data).status_code == 403
    assert browse("head").post(address, data=data).status_code == 303


def test_an_exception_is_said_on_every_page(world: World, browse: Browse) -> None:
    action = make_fulfilled(world, make_running_action(world))
    fire(world.head, action.id, "close_by_exception", "Se suprimió el proceso.")
    for address in (f"/acciones/{action.id}", f"/planes/{action.plan_id}?imprimir=1"):
        page = text(browse("leader").get(address))
        assert "Se suprimió el proceso." in page
        assert "sin evaluar su efectividad" in page


def test_a_failed_action_offers_its_successor(world: World, browse: Browse, clock: Clock) -> None:
    action = make_fulfilled(world, make_running_action(world))
    clock.advance(days=120)
    evaluate(world, action, Effectiveness.INEFFECTIVE)
    address = (
        f"/planes/{action.plan_id}/acciones/nueva?hallazgo={action.finding_id}"
        f"&amp;reemplaza={action.id}"
    )
    assert address in text(browse("leader").get(f"/acciones/{action.id}"))
    address = address.replace("&amp;", "&")
    key = key_of(text(browse("leader").get(address)))
    today = world.ctx.today()
    form = {**FORM, "idempotency_key": key, "start_date": today.isoformat()}
    form["end_date"] = (today + timedelta(days=60)).isoformat()
    answers = [browse("leader").post(address, data=form) for _press in range(2)]
    assert [a.status_code for a in answers] == [303, 303]
    made = rows(world, select(Action).where(Action.replaces_id == action.id))
    assert len(made) == 1
    page = text(browse("leader").get(f"/acciones/{made[0].id}"))
    assert "Enviar a revisión" in page  # on its own: its plan is already accepted
    assert world.ctx.session.get_one(Plan, action.plan_id).state is PlanState.COMPLETED


def test_the_result_of_the_body_of_control_is_written_beside_ours(
    world: World, browse: Browse
) -> None:
    own = make_running_action(world)
    assert browse("head").get(f"/acciones/{own.id}/resultado-del-ente").status_code == 404
    plan = make_complete_plan(world, external=True)
    review_plan(world, plan)
    plans.add_transmission(world.planner, plan.id, io.BytesIO(PDF), "constancia.pdf")
    fire_plan(world.manager, plan.id, "subscribe")
    action = actions_of(world, plan.id)[0]
    address, head = f"/acciones/{action.id}", browse("head")
    assert "Todavía no se conoce." in head.get(address).text
    here = f"{address}/resultado-del-ente"
    assert head.get(here).status_code == 200
    sent = {"version": str(action.version), "authority_result": " "}
    assert head.post(here, data=sent).status_code == 422
    sent["authority_result"] = "ABIERTA, oficio 45"
    assert head.post(here, data=sent).status_code == 303
    assert head.post(here, data=sent).status_code == 409
    assert "ABIERTA, oficio 45" in browse("leader").get(address).text
    assert browse("leader").get(here).status_code == 403


def test_who_comes_late_is_told_in_which_state_the_action_is(world: World, browse: Browse) -> None:
    action = make_action(world, make_plan(world).id, accepted=False)
    stale = {"version": str(action.version - 1)}
    answer = browse("leader").post(f"/acciones/{action.id}/aceptacion", data=stale)
    assert answer.status_code == 409
    assert "Ahora está en este estado: Formulada" in text(answer)
