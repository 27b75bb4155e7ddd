"""Pages of plans: who sees and does what, and what a form gives back when it is wrong."""

from __future__ import annotations

import io

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from app.models.accounts import User
from app.models.plans import Action, Plan, PlanFinding, Remark, RootCause
from app.services import plans, remarks
from tests.factories import PDF, make_process, make_user
from tests.plan_world import (
    World,
    actions_of,
    fire_plan,
    items,
    make_cause,
    make_complete_plan,
    make_external_findings,
    make_firm_findings,
    make_plan,
    make_running_plan,
    review_plan,
)
from tests.web.plan_pages import Browse, counted, key_of, rows, text
from workflows.enums import Role
from workflows.plan import PlanState

HUGE = 10**25


def version(world: World, plan: Plan) -> str:
    world.ctx.session.rollback()
    return str(world.ctx.session.get_one(Plan, plan.id).version)


# ---------------------------------------------------------------- a new plan


def test_a_plan_is_made_once_from_the_findings_chosen(world: World, browse: Browse) -> None:
    found = make_firm_findings(world, 2)
    client = browse("leader")
    page = text(client.get("/planes/nuevo"))
    assert all(f"{f.code} · {f.title}" in page for f in found)
    form = {
        "title": "Plan",
        "findings": [str(found[0].id)],
        "idempotency_key": key_of(page),
        "state": "cerrado",
        "code": "2027-PM-999",
        "formulated_by_id": "1",
    }
    answers = [client.post("/planes/nuevo", data=form) for _press in range(2)]
    assert [a.status_code for a in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    (plan,) = rows(world, select(Plan))
    assert (plan.state, plan.code) == (PlanState.DRAFT, "2027-PM-001")
    assert plan.formulated_by_id == world.office.leader.id
    assert [item.finding_id for item in rows(world, select(PlanFinding))] == [found[0].id]
    assert text(client.get(answers[0].location)).count("Sin causa raíz todavía.") == 1


def test_a_wrong_new_plan_comes_back(world: World, browse: Browse) -> None:
    found = make_firm_findings(world)
    client = browse("leader")
    good = {"title": "Plan propio", "findings": [str(found[0].id)]}
    for changes, message in (
        ({"title": "   "}, "Escriba el título del plan."),
        ({"title": "x" * 301}, "Escriba como máximo 300 caracteres; ahora tiene 301."),
        ({"findings": []}, "Elija al menos un hallazgo."),
        ({"findings": ["99999"]}, "Elija una de las opciones de la lista."),
        ({"title": "a\x00b"}, "caracteres que no se pueden guardar"),
    ):
        answer = client.post("/planes/nuevo", data={**good, **changes})
        assert (answer.status_code, message in text(answer)) == (422, True), message
        assert "error-summary" in text(answer)
    assert rows(world, select(Plan)) == []


def test_processes_and_origins_are_chosen_step_by_step(world: World, browse: Browse) -> None:
    other = make_process(world.ctx, leader=world.office.leader, name="Archivo")
    make_firm_findings(world)
    make_external_findings(world)
    client = browse("leader")
    page = text(client.get("/planes/nuevo"))
    assert "¿De qué proceso?" in page
    page = text(client.get(f"/planes/nuevo?process_id={world.office.process.id}"))
    assert "¿Qué hallazgos responde?" in page
    assert "Contraloría de Bogotá" in page
    page = text(client.get(f"/planes/nuevo?process_id={other.id}"))
    assert "Ningún hallazgo espera plan" in page
    address = f"/planes/nuevo?process_id={world.office.process.id}&origin=contraloria_bogota"
    assert "Saldos sin conciliar 1" in text(client.get(address))
    strange = make_process(world.ctx, leader=make_user(world.ctx, Role.PROCESS_OWNER))
    for odd in (strange.id, 99999, HUGE, "x", "-1"):
        assert client.get(f"/planes/nuevo?process_id={odd}").status_code == 404


def test_nobody_else_makes_plans(browse: Browse, world: World) -> None:
    make_firm_findings(world)
    for who in ("head", "auditor", "planner", "manager"):
        assert browse(who).get("/planes/nuevo").status_code == 403
        assert browse(who).post("/planes/nuevo", data={"title": "x"}).status_code == 403


# ---------------------------------------------------------------- lists


def test_the_list_filters_and_never_fails(world: World, browse: Browse) -> None:
    make_complete_plan(world)
    running = make_running_plan(world)
    client = browse("planner")
    page = text(client.get("/planes?estado=en_ejecucion&vigencia=2027"))
    assert "<strong>1</strong> planes" in page
    assert running.code in page
    assert "Estado: En ejecución" in page
    for odd in ("estado=x", "vigencia=abc", f"proceso={HUGE}", "before=-1", f"before={HUGE}"):
        assert client.get(f"/planes?{odd}", follow_redirects=True).status_code == 200
    assert client.get("/planes?_external=1&endpoint=x&before=1").status_code == 200
    assert "Ningún plan cumple esos filtros" in text(client.get("/planes?estado=cerrado"))


def test_list_and_page_ask_the_same_however_much_there_is(
    world: World, browse: Browse, app_engine: Engine
) -> None:
    first = make_running_plan(world)
    client = browse("leader")

    def cost(address: str) -> int:
        client.get(address)
        with counted(app_engine) as statements:
            assert client.get(address).status_code == 200
        return len(statements)

    before = [cost("/planes"), cost(f"/planes/{first.id}")]
    many = make_running_plan(world, action_count=5)
    assert [cost("/planes"), cost(f"/planes/{many.id}")] == before
    assert max(before) <= 30


# ---------------------------------------------------------------- who sees a plan


def test_a_draft_is_of_the_first_line_and_planning(world: World, browse: Browse) -> None:
    plan = make_complete_plan(world)
    stranger = make_user(world.ctx, Role.PROCESS_OWNER)
    make_process(world.ctx, leader=stranger)
    for reader in ("leader", "liaison", "planner"):
        assert browse(reader).get(f"/planes/{plan.id}").status_code == 200
    outside: list[str | User] = ["head", "lead", "auditor", "manager", stranger]
    for who in outside:
        for path in ("", "/historia", "/editar"):
            assert browse(who).get(f"/planes/{plan.id}{path}").status_code == 404
        assert plan.code not in text(browse(who).get("/planes"))
    for odd in (99999, HUGE):
        assert browse("leader").get(f"/planes/{odd}").status_code == 404


POSTS = [
    "editar",
    "eventos/submit",
    "eventos/cancel",
    "visto-bueno",
    "constancia",
    "observaciones",
    "hallazgos/1/causas/nueva",
    "acciones/nueva?hallazgo=1",
]


@pytest.mark.parametrize("path", POSTS)
def test_strangers_get_404_and_those_without_the_right_403(
    world: World, browse: Browse, path: str
) -> None:
    plan = make_running_plan(world)
    form = {"version": version(world, plan), "title": "x", "text": "x", "field": "general"}
    stranger = make_user(world.ctx, Role.PROCESS_OWNER)
    make_process(world.ctx, leader=stranger)
    address = f"/planes/{plan.id}/{path}"
    data = {**form, "files": (io.BytesIO(PDF), "a.pdf")} if path == "constancia" else form
    assert browse(stranger).post(address, data=data).status_code == 404
    data = {**form, "files": (io.BytesIO(PDF), "a.pdf")} if path == "constancia" else form
    assert browse("manager").post(address, data=data).status_code == 403
    data = {**form, "files": (io.BytesIO(PDF), "a.pdf")} if path == "constancia" else form
    assert browse("leader").post(f"/planes/99999/{path}", data=data).status_code == 404
    world.ctx.session.rollback()
    assert world.ctx.session.get_one(Plan, plan.id).state is PlanState.RUNNING


@pytest.mark.csrf
def test_without_the_token_nothing_is_taken(app: Flask, world: World) -> None:
    plan = make_complete_plan(world)
    app.config["WTF_CSRF_ENABLED"] = False
    client = Browse(app, world)("leader")
    app.config["WTF_CSRF_ENABLED"] = True
    for path in (f"/planes/{plan.id}/eventos/submit", "/planes/nuevo", f"/planes/{plan.id}/editar"):
        assert client.post(path, data={"version": "1"}).status_code == 400
    world.ctx.session.rollback()
    assert world.ctx.session.get_one(Plan, plan.id).state is PlanState.DRAFT


# ---------------------------------------------------------------- events


def test_a_blocked_step_says_what_is_missing_and_links_to_it(world: World, browse: Browse) -> None:
    plan = make_plan(world)
    page = text(browse("leader").get(f"/planes/{plan.id}"))
    assert "Hay hallazgos sin causa raíz" in page
    for anchor in ("acciones", "causas"):
        assert f'href="/planes/{plan.id}#{anchor}"' in page
        assert f'id="{anchor}"' in page
    answer = browse("leader").post(
        f"/planes/{plan.id}/eventos/submit", data={"version": version(world, plan)}
    )
    assert answer.status_code == 409
    assert "Hay hallazgos sin acción" in text(answer)


def test_an_event_moves_the_plan_once(world: World, browse: Browse) -> None:
    plan = make_complete_plan(world)
    address, form = f"/planes/{plan.id}/eventos/submit", {"version": version(world, plan)}
    assert browse("leader").post(address, data=form).status_code == 303
    assert browse("leader").post(address, data=form).status_code == 409  # stale
    form = {"version": version(world, plan)}
    assert browse("leader").post(address, data=form).status_code == 409  # out of place
    assert browse("leader").post(address, data={}).status_code == 409  # no version
    odd = f"/planes/{plan.id}/eventos/destroy"
    assert browse("leader").post(odd, data=form).status_code == 404
    assert browse("planner").post(address, data=form).status_code == 403


def test_a_missing_reason_is_told_at_its_field(world: World, browse: Browse) -> None:
    plan = make_complete_plan(world)
    fire_plan(world.leader, plan.id, "submit")
    address = f"/planes/{plan.id}/eventos/recall"
    answer = browse("leader").post(address, data={"version": version(world, plan), "reason": " "})
    assert answer.status_code == 422
    assert "Escriba el motivo." in text(answer)
    for reason in ("x" * 20_001, "a\x00b"):
        data = {"version": version(world, plan), "reason": reason}
        assert browse("leader").post(address, data=data).status_code == 422


def test_cancelling_asks_for_the_act_and_keeps_what_was_typed(world: World, browse: Browse) -> None:
    plan = make_running_plan(world)
    address = f"/planes/{plan.id}/eventos/cancel"
    form = {"version": version(world, plan), "reason": "Se suprimió.", "act_number": "Res. 12"}
    answer = browse("head").post(address, data={**form, "act_date": "31/02/2027"})
    page = text(answer)
    assert answer.status_code == 422
    assert "Escriba una fecha que exista" in page
    assert "Escriba qué autoridad lo expidió." in page
    assert 'value="Res. 12"' in page
    done = {**form, "act_date": "2027-02-28", "act_authority": "Comité"}
    assert browse("head").post(address, data=done).status_code == 303
    world.ctx.session.rollback()
    assert world.ctx.session.get_one(Plan, plan.id).state is PlanState.CANCELLED


def test_an_external_plan_shows_its_own_steps(world: World, browse: Browse) -> None:
    plan = make_complete_plan(world, external=True)
    review_plan(world, plan)
    page = text(browse("head").get(f"/planes/{plan.id}"))
    assert "Aceptar el plan" not in page
    page = text(browse("manager").get(f"/planes/{plan.id}"))
    assert "Falta la constancia de envío al ente de control." in page
    proof = {"files": (io.BytesIO(PDF), "radicado.pdf")}
    assert browse("leader").post(f"/planes/{plan.id}/constancia", data=proof).status_code == 303
    wrong = {"files": (io.BytesIO(b"MZ"), "radicado.exe")}
    assert browse("leader").post(f"/planes/{plan.id}/constancia", data=wrong).status_code == 422
    assert browse("leader").post(f"/planes/{plan.id}/constancia").status_code == 422
    data = {"version": version(world, plan)}
    assert (
        browse("manager").post(f"/planes/{plan.id}/eventos/subscribe", data=data).status_code == 303
    )


# ---------------------------------------------------------------- edition, causes, remarks


def test_a_stale_edition_is_refused_and_keeps_what_was_typed(world: World, browse: Browse) -> None:
    plan = make_plan(world)
    seen = version(world, plan)
    plans.edit(world.leader, plan.id, title="El de otro", version=None)
    answer = browse("liaison").post(
        f"/planes/{plan.id}/editar", data={"version": seen, "title": "El mío, largo"}
    )
    assert answer.status_code == 409
    assert "El mío, largo" in text(answer)
    form = {"version": version(world, plan), "title": "El mío", "owner_id": "9"}
    assert browse("liaison").post(f"/planes/{plan.id}/editar", data=form).status_code == 303


def test_causes_are_written_by_method(world: World, browse: Browse) -> None:
    plan = make_plan(world)
    item = items(world, plan.id)[0]
    address = f"/planes/{plan.id}/hallazgos/{item.id}/causas/nueva"
    client = browse("liaison")
    whys = {"why_1": "No se designó.", "text": "La lista no lo pide."}
    answer = client.post(address, data=whys)
    assert answer.status_code == 422
    assert "Responda este porqué." in text(answer)
    assert "La lista no lo pide." in text(answer)
    assert client.post(address, data={**whys, "why_2": "No está en la lista."}).status_code == 303
    fish = {"text": "Nadie revisa.", "metodo": "Sin fecha.\nSin formato.", "medicion": "No hay."}
    assert client.post(f"{address}?metodo=ishikawa", data=fish).status_code == 303
    ideas = {"text": "Falta tiempo.", "ideas": "Uno\n\nDos"}
    assert client.post(f"{address}?metodo=lluvia_ideas", data=ideas).status_code == 303
    empty = client.post(f"{address}?metodo=ishikawa", data={"text": "Nada."})
    assert (empty.status_code, "El análisis está en blanco." in text(empty)) == (422, True)
    found = rows(world, select(RootCause).order_by(RootCause.id))
    assert [cause.analysis for cause in found] == [
        {"whys": ["No se designó.", "No está en la lista."]},
        {"branches": {"metodo": ["Sin fecha.", "Sin formato."], "medicion": ["No hay."]}},
        {"ideas": ["Uno", "Dos"]},
    ]
    page = text(client.get(f"/planes/{plan.id}"))
    assert "<li>Sin formato.</li>" in page
    edited = f"/causas/{found[0].id}/editar"
    form = {**whys, "why_2": "Otra.", "version": str(found[0].version)}
    assert 'value="No está en la lista."' in text(client.get(edited))
    assert client.post(edited, data=form).status_code == 303
    assert client.post(edited, data=form).status_code == 409
    gone = {"version": str(found[2].version)}
    assert client.post(f"/causas/{found[2].id}/retiro", data=gone).status_code == 303
    assert "Falta tiempo." not in text(client.get(f"/planes/{plan.id}"))
    assert client.get(f"/causas/{found[2].id}/editar").status_code == 404
    assert browse("head").get(edited).status_code == 404
    assert browse("planner").post(edited, data=form).status_code == 403


def test_a_cause_in_use_stays(world: World, browse: Browse) -> None:
    plan = make_complete_plan(world)
    (cause,) = rows(world, select(RootCause))
    data = {"version": str(cause.version)}
    answer = browse("leader").post(f"/causas/{cause.id}/retiro", data=data)
    assert (answer.status_code, "Hay acciones que responden" in text(answer)) == (422, True)
    other = make_plan(world)
    foreign = f"/planes/{other.id}/hallazgos/{items(world, plan.id)[0].id}/causas/nueva"
    assert browse("leader").get(foreign).status_code == 404
    make_cause(world, other.id, items(world, other.id)[0].id)


def test_remarks_are_written_answered_and_withdrawn(world: World, browse: Browse) -> None:
    plan = make_complete_plan(world)
    fire_plan(world.leader, plan.id, "submit")
    action = actions_of(world, plan.id)[0]
    address = f"/planes/{plan.id}/observaciones?action_id={action.id}"
    blank = browse("planner").post(address, data={"field": "dates", "text": " "})
    assert (blank.status_code, "Escriba qué debe corregirse." in text(blank)) == (422, True)
    odd = browse("planner").post(address, data={"field": "findings", "text": "x"})
    assert odd.status_code == 422
    good = {"field": "dates", "text": "Es mucho plazo."}
    assert browse("planner").post(address, data=good).status_code == 303
    (remark,) = rows(world, select(Remark))
    page = text(browse("leader").get(f"/planes/{plan.id}"))
    assert "1 observación sin resolver" in page
    assert "Fechas" in page
    reply = f"/observaciones/{remark.id}/respuesta"
    assert browse("leader").post(reply, data={"answer": ""}).status_code == 422
    assert browse("head").post(reply, data={"answer": "x"}).status_code == 403
    assert browse("leader").post(reply, data={"answer": "Se redujo."}).status_code == 303
    assert browse("leader").post(reply, data={"answer": "Otra."}).status_code == 409
    own = remarks.add(world.planner, plan.id, text="Falta algo.")
    assert browse("head").post(f"/observaciones/{own.id}/retiro").status_code == 403
    assert browse("planner").post(f"/observaciones/{own.id}/retiro").status_code == 303
    assert browse("leader").post("/observaciones/99999/respuesta").status_code == 404


def test_the_print_version_opens_every_row(world: World, browse: Browse) -> None:
    plan = make_running_plan(world, action_count=2)
    closed = text(browse("leader").get(f"/planes/{plan.id}"))
    opened = text(browse("leader").get(f"/planes/{plan.id}?imprimir=1"))
    assert closed.count("<details open>") < opened.count("<details open>")
    assert rows(world, select(Action.id)) != []
