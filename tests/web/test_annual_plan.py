"""Pages of the annual plan: made by the head, approved by the committee, read by the rest."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.context import Context
from app.models.audits import AnnualPlan
from app.services import annual_plans
from tests import factories as make
from tests.web.browsing import Browse, counted, engine_of, rows, text
from workflows.annual_plan import AnnualPlanState

FORM = {"year": "2027", "objective": "Vigilar lo crítico.", "scope": "Toda la entidad."}


def test_from_the_first_line_to_the_approval(
    ctx: Context, office: make.Office, browse: Browse
) -> None:
    head, manager = browse(office.head), browse(office.manager)
    assert "Todavía no hay planes anuales" in text(head.get("/plan-anual"))
    first = head.post("/plan-anual", data=FORM | {"idempotency_key": "k"})
    again = head.post("/plan-anual", data=FORM | {"idempotency_key": "k"})
    assert (first.status_code, first.location) == (303, again.location)
    plan = rows(ctx, select(AnnualPlan))[0]
    address = f"/plan-anual/{plan.id}"
    assert f'href="/auditorias/nueva?plan={plan.id}"' in text(head.get(address))
    audit = {
        "title": "Supervisión de contratos",
        "type": "auditoria_gestion",
        "oci_role": "evaluacion_seguimiento",
        "process_id": str(office.process.id),
        "planned_start": "2027-04-01",
        "planned_end": "2027-05-01",
        "annual_plan_id": str(plan.id),
    }
    assert head.post("/auditorias", data=audit).status_code == 303

    def step(client: object, event: str, **more: str) -> int:
        plan = rows(ctx, select(AnnualPlan))[0]
        form = {"version": str(plan.version), **more}
        answer = client.post(f"{address}/eventos/{event}", data=form)  # type: ignore[attr-defined] # a browser
        return int(answer.status_code)

    assert manager.get(address).status_code == 404
    assert step(head, "submit") == 303
    assert step(head, "present") == 303
    page = text(manager.get(address))
    assert "Supervisión de contratos" in page
    assert "Aprobar el plan anual" in page
    assert "Aprobar el plan anual" not in text(head.get(address))
    assert step(head, "approve", minutes_number="1", minutes_date="2027-02-26") == 403
    answer = manager.post(
        f"{address}/eventos/approve", data={"minutes_number": "", "minutes_date": "31/02/2027"}
    )
    assert answer.status_code == 422
    assert "Escriba el número del acta." in text(answer)
    assert "Escriba una fecha que exista" in text(answer)
    future = {"minutes_number": "CICCI-01", "minutes_date": "2027-12-31"}
    assert step(manager, "approve", **future) == 422
    done = {"minutes_number": "CICCI-01", "minutes_date": "2027-02-26"}
    assert step(manager, "approve", **done) == 303
    assert step(manager, "approve", **done) == 409
    assert "con el acta CICCI-01" in text(head.get(address))
    assert "Por iniciar" in text(browse(office.leader).get(address))


def test_a_returned_plan_needs_its_reason(
    ctx: Context, office: make.Office, browse: Browse
) -> None:
    plan = make.make_annual_plan(ctx, office, approved=False)
    head = make.acting(ctx, office.head)
    for event in ("submit", "present"):
        annual_plans.fire(head, plan.id, event, version=None)
    plan = rows(ctx, select(AnnualPlan))[0]
    manager, address = browse(office.manager), f"/plan-anual/{plan.id}/eventos/send_back"
    answer = manager.post(address, data={"version": str(plan.version), "reason": " "})
    assert answer.status_code == 422
    assert "Escriba el motivo." in text(answer)
    stale = manager.post(address, data={"version": "1", "reason": "Falta TIC."})
    assert stale.status_code == 409
    assert "Falta TIC." in text(stale)
    form = {"version": str(plan.version), "reason": "Falta TIC."}
    assert manager.post(address, data=form).status_code == 303
    assert rows(ctx, select(AnnualPlan))[0].state is AnnualPlanState.RETURNED
    assert manager.post(f"/plan-anual/{plan.id}/eventos/x", data=form).status_code == 404


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"year": "27"}, "Escriba el año con cuatro cifras."),
        ({"year": ""}, "Escriba el año con cuatro cifras."),
        ({"year": "1999"}, "La vigencia debe estar entre 2015 y 2100."),
        ({"objective": "x" * 20_001}, "Escriba como máximo 20.000 caracteres"),
    ],
)
def test_a_wrong_plan_comes_back(
    ctx: Context,
    office: make.Office,
    browse: Browse,
    changes: dict[str, str],
    message: str,
) -> None:
    answer = browse(office.head).post("/plan-anual", data=FORM | changes)
    assert answer.status_code == 422
    assert message in text(answer)
    assert "Toda la entidad." in text(answer)


def test_editing_and_who_may_not(ctx: Context, office: make.Office, browse: Browse) -> None:
    plan = make.make_annual_plan(ctx, office, approved=False)
    address = f"/plan-anual/{plan.id}/editar"
    form = {"objective": "Otro.", "version": str(plan.version), "state": "aprobado"}
    lead = browse(office.lead)
    assert lead.post(address, data=form).status_code == 303
    assert rows(ctx, select(AnnualPlan))[0].state is AnnualPlanState.DRAFT
    stale = lead.post(address, data=form | {"objective": "Lo mío."})
    assert stale.status_code == 409
    assert "Lo mío." in text(stale)
    assert browse(office.auditor).post(address, data=form).status_code == 403
    assert browse(office.leader).post(address, data=form).status_code == 404
    for person in (office.lead, office.manager, office.leader):
        assert browse(person).get("/plan-anual/nuevo").status_code == 403
        assert browse(person).post("/plan-anual", data=FORM).status_code == 403
    assert browse(office.head).get("/plan-anual/99999999999999").status_code == 404


def test_pages_ask_the_same_whatever_the_plan_holds(
    ctx: Context, office: make.Office, browse: Browse, app: Flask
) -> None:
    plan = make.make_annual_plan(ctx, office, audit_count=1)
    client = browse(office.head)

    def measure() -> list[int]:
        found = []
        for path in ("/plan-anual", f"/plan-anual/{plan.id}"):
            client.get(path)
            with counted(engine_of(app)) as statements:
                assert client.get(path).status_code == 200
            found.append(len(statements))
        return found

    before = measure()
    make.make_annual_plan(ctx, office, audit_count=3)
    plan = rows(ctx, select(AnnualPlan).order_by(AnnualPlan.id))[-1]
    assert measure() == before
    assert max(before) <= 15
