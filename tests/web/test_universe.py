"""Pages of the audit universe, of the priorities of a year, and of the schedule of a plan."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from app.context import Context
from app.models.audits import AnnualPlan, Audit
from app.models.universe import AuditableUnit, Prioritization, UnitPriority
from app.services import annual_plans, prioritizations, universe
from app.services.annual_plans import PlanTexts
from app.services.priority_rows import JUDGED
from tests import factories as make
from tests.web.browsing import Browse, counted, engine_of, rows, text
from workflows.enums import PriorityCriterion, RiskLevel

UNIT = {"code": "SI-01", "name": "Sistema de nómina", "kind": "sistema_informacion"}
SCORES = {each.value: "3" for each in JUDGED}
YEAR = "/plan-anual/priorizacion/2027"


def test_from_the_universe_to_an_audit_of_the_plan(
    ctx: Context, office: make.Office, browse: Browse
) -> None:
    lead, head = browse(office.lead), browse(office.head)
    assert "El universo está vacío" in text(lead.get("/plan-anual/universo"))
    form = UNIT | {"process_id": str(office.process.id), "idempotency_key": "k"}
    first = lead.post("/plan-anual/universo/nueva", data=form)
    assert first.location == lead.post("/plan-anual/universo/nueva", data=form).location
    unit = rows(ctx, select(AuditableUnit))[0]
    assert "Nunca se ha auditado" in text(lead.get(first.location))
    assert "Sistema de nómina" in text(lead.get("/plan-anual/universo?clase=sistema_informacion"))
    none = text(lead.get("/plan-anual/universo?clase=sede"))
    assert "Clase: Sede" in none
    assert "Ninguna unidad cumple esos filtros" in none

    begun = lead.post("/plan-anual/priorizacion", data={"year": "2027"})
    assert begun.location == YEAR
    assert "Falta una por valorar en esta vigencia." in text(lead.get(YEAR))
    judge = f"{YEAR}/unidades/{unit.id}"
    unjudged = dict.fromkeys(SCORES, "")
    judged = {**unjudged, "risk_level": "alto", "version": "0", "next": "1"}
    assert lead.post(judge, data=judged).location == YEAR
    version = rows(ctx, select(Prioritization))[0].version
    seen = text(head.get(YEAR)).partition('name="fingerprint" value="')[2][:64]
    refused = head.post(f"{YEAR}/aprobacion", data={"version": str(version)})
    assert refused.status_code == 422
    assert "Todavía no están valoradas por completo: SI-01." in text(refused)
    assert lead.post(judge, data=judged | SCORES | {"version": "1"}).location == YEAR
    stale = {"version": str(version), "fingerprint": seen}
    assert head.post(f"{YEAR}/aprobacion", data=stale).status_code == 409
    seen = text(head.get(YEAR)).partition('name="fingerprint" value="')[2][:64]
    told = {"version": str(version), "fingerprint": seen}
    assert head.post(f"{YEAR}/aprobacion", data=told).status_code == 303
    page = text(browse(office.manager).get(YEAR))
    assert "Le toca por rotación" in page
    assert "Unidades que se auditan: 1 de 1." in page
    assert lead.get(judge).status_code == 403

    plan = annual_plans.create(make.acting(ctx, office.head), 2027, PlanTexts())
    shown = text(head.get(f"/plan-anual/{plan.id}"))
    assert "Unidades priorizadas que el plan abarca: 0 de 1." in shown
    address = f"/auditorias/nueva?plan={plan.id}&unidad={unit.id}"
    assert address.replace("&", "&amp;") in shown
    prepared = text(head.get(address))
    assert 'value="Auditoría a Sistema de nómina"' in prepared
    audit = {
        "title": "Auditoría al sistema de nómina",
        "type": "auditoria_sistemas",
        "oci_role": "evaluacion_seguimiento",
        "process_id": str(office.process.id),
        "auditable_unit_id": str(unit.id),
        "planned_start": "2027-04-02",
        "fieldwork_start": "2027-04-16",
        "communication_start": "2027-06-04",
        "planned_end": "2027-06-17",
        "annual_plan_id": str(plan.id),
    }
    wrong = head.post("/auditorias", data=audit | {"communication_start": ""})
    assert wrong.status_code == 422
    assert "La ejecución y la comunicación se prevén juntas" in text(wrong)
    made = head.post("/auditorias", data=audit)
    assert made.status_code == 303
    assert "Sistema de nómina" in text(head.get(made.location))
    covered = text(head.get(f"/plan-anual/{plan.id}"))
    assert "Unidades priorizadas que el plan abarca: 1 de 1." in covered
    assert 'title="Ejecución, semanas 16 a 22"' in covered
    edited = text(head.get(f"/auditorias/{rows(ctx, select(Audit))[0].id}/editar"))
    assert f'<option selected value="{unit.id}">' in edited
    address = f"/plan-anual/{plan.id}/cronograma.csv"
    for event in ("submit", "present"):
        annual_plans.fire(make.acting(ctx, office.head), plan.id, event, version=None)
    minutes = {"minutes_number": "CICCI-01", "minutes_date": ctx.today()}
    manager = make.acting(ctx, office.manager)
    annual_plans.fire(manager, plan.id, "approve", version=None, inputs=minutes)
    assert "Sistema de nómina" not in browse(office.leader).get(address).get_data(as_text=True)
    file = head.get(address).get_data(as_text=True)
    assert "Sistema de nómina" in file
    line = file.splitlines()[1].split(";")
    assert line[:1] + line[23:26] == ["2027-AUD-01", "P", "P", "E"]
    matrix = head.get(f"{YEAR}.csv").get_data(as_text=True).splitlines()[1]
    assert matrix.startswith(
        "1;SI-01;Sistema de nómina;Sistema de información;Contratación;Alto;;3"
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"code": ""}, "Escriba el código."),
        ({"name": ""}, "Escriba el nombre."),
        ({"kind": "nada"}, "Elija una de las opciones de la lista."),
        ({"process_id": ""}, "Elija el proceso."),
        ({"last_audited_on": "31/02/2027"}, "Escriba una fecha que exista"),
        ({"last_audited_on": "2099-01-01"}, "Escriba una fecha pasada, o ninguna."),
        ({"code": "x" * 41}, "Escriba como máximo 40 caracteres"),
    ],
)
def test_a_wrong_unit_comes_back(
    ctx: Context,
    office: make.Office,
    browse: Browse,
    changes: dict[str, str],
    message: str,
) -> None:
    form = UNIT | {"process_id": str(office.process.id), "description": "Lo que abarca."}
    answer = browse(office.head).post("/plan-anual/universo/nueva", data=form | changes)
    assert answer.status_code == 422
    assert message in text(answer)
    assert "Lo que abarca." in text(answer)


def test_errors_are_listed_in_the_order_of_the_page(office: make.Office, browse: Browse) -> None:
    for address in ("/plan-anual/universo/nueva", "/auditorias"):
        page = browse(office.head).post(address, data={}).text
        listed = re.findall(r'<li><a href="#([^"]+)">', page)
        assert len(listed) > 3
        assert listed == sorted(listed, key=lambda name: page.index(f'id="{name}"')), address


def test_a_unit_is_corrected_retired_and_brought_back(
    ctx: Context, office: make.Office, browse: Browse
) -> None:
    unit = make.make_auditable_unit(ctx, office)
    address, head = f"/plan-anual/universo/{unit.id}", browse(office.head)
    form = {
        "name": "Otro nombre",
        "kind": "sede",
        "process_id": str(office.process.id),
        "version": "1",
    }
    assert head.get(f"{address}/editar").status_code == 200
    assert head.post(f"{address}/editar", data=form).status_code == 303
    stale = head.post(f"{address}/editar", data=form | {"name": "Lo mío"})
    assert stale.status_code == 409
    assert "Lo mío" in text(stale)
    assert "Alguien cambió esto antes que usted" in text(stale)
    assert head.post(f"{address}/editar", data=form | {"name": ""}).status_code == 422
    assert head.post(f"{address}/retiro", data={"version": "2", "reason": " "}).status_code == 422
    gone = {"version": "2", "reason": "Se cerró la sede."}
    assert head.post(f"{address}/retiro", data=gone).status_code == 303
    assert head.post(f"{address}/retiro", data=gone).status_code == 409
    assert "Se cerró la sede." in text(head.get(address))
    assert "Retirada" in text(head.get("/plan-anual/universo?retiradas=y"))
    assert head.post(f"{address}/regreso", data={"version": "3"}).status_code == 303
    assert rows(ctx, select(AuditableUnit))[0].retired_at is None
    for person, status in ((office.lead, 403), (office.leader, 404), (office.planner, 403)):
        assert browse(person).post(f"{address}/retiro", data=gone).status_code == status
        assert browse(person).post(f"{address}/regreso", data=gone).status_code == status
    assert browse(office.leader).get(address).status_code == 404
    assert browse(office.leader).get("/plan-anual/universo").status_code == 403
    assert browse(office.planner).get("/plan-anual/universo/nueva").status_code == 403


def test_weights_and_cycles(ctx: Context, office: make.Office, browse: Browse) -> None:
    head = browse(office.head)
    prioritizations.start(make.acting(ctx, office.head), 2027)
    page = text(head.get(f"{YEAR}/criterios"))
    assert 'name="riesgo" required type="text" value="40"' in page or 'value="40"' in page
    weights = dict(zip(PriorityCriterion, ["40", "15", "15", "10", "5", "5", "10"], strict=True))
    form = {each.value: weight for each, weight in weights.items()}
    form |= {each.value: "2" for each in RiskLevel} | {"version": "1"}
    wrong = head.post(f"{YEAR}/criterios", data=form | {"riesgo": "50"})
    assert wrong.status_code == 422
    assert "Los pesos de los criterios suman 110" in text(wrong)
    for value in ("101", "-1", "x", ""):
        answer = head.post(f"{YEAR}/criterios", data=form | {"riesgo": value})
        assert answer.status_code == 422
        assert "Escriba un número entero de 0 a 100." in text(answer) or value == "x"
    assert head.post(f"{YEAR}/criterios", data=form | {"bajo": "11"}).status_code == 422
    assert head.post(f"{YEAR}/criterios", data=form).status_code == 303
    stale = head.post(f"{YEAR}/criterios", data=form | {"bajo": "5"})
    assert stale.status_code == 409
    assert "Cada 5 años" in text(stale)
    assert browse(office.planner).get(f"{YEAR}/criterios").status_code == 403
    assert browse(office.leader).get(f"{YEAR}/criterios").status_code == 404


def test_a_judgement_comes_back_with_what_was_typed(
    ctx: Context, office: make.Office, browse: Browse
) -> None:
    head = make.acting(ctx, office.head)
    unit, other = make.make_auditable_unit(ctx, office), make.make_auditable_unit(ctx, office)
    prioritizations.start(head, 2027)
    address, client = f"{YEAR}/unidades/{unit.id}", browse(office.lead)
    form = {"risk_level": "alto", "decision": "incluir", "version": "0", **SCORES}
    answer = client.post(address, data=form | {"committee_request": "Lo pidió el comité."})
    assert answer.status_code == 422
    assert "Escriba la justificación, o quite la decisión." in text(answer)
    assert "Lo pidió el comité." in text(answer)
    assert client.post(address, data=form | {"quejas": "9"}).status_code == 422
    form["justification"] = "Hubo denuncias."
    onwards = client.post(address, data=form | {"next": "1"})
    assert onwards.location == f"{YEAR}/unidades/{other.id}"
    stale = client.post(address, data=form | {"risk_level": "bajo", "version": "0"})
    assert stale.status_code == 409
    assert "Alguien cambió esto antes que usted" in text(stale)
    assert rows(ctx, select(UnitPriority))[0].risk_level is RiskLevel.HIGH
    for person, status in ((office.auditor, 403), (office.leader, 404)):
        assert browse(person).get(address).status_code == status
        assert browse(person).post(address, data=form).status_code == status
    assert client.get(f"{YEAR}/unidades/999999").status_code == 404
    universe.retire(head, other.id, reason="Ya no existe.", version=None)
    assert client.post(f"{YEAR}/unidades/{other.id}", data=form).status_code == 404


def test_beginning_approving_and_opening_again(
    ctx: Context, office: make.Office, browse: Browse
) -> None:
    head, lead = browse(office.head), browse(office.lead)
    assert 'value="2027"' in text(head.get("/plan-anual/priorizacion"))
    for year in ("27", "", "1999"):
        assert head.post("/plan-anual/priorizacion", data={"year": year}).status_code == 422
    assert browse(office.planner).get("/plan-anual/priorizacion").status_code == 403
    assert browse(office.planner).post("/plan-anual/priorizacion").status_code == 403
    unit = make.make_auditable_unit(ctx, office)
    prioritizations.start(make.acting(ctx, office.head), 2027)
    assert head.post("/plan-anual/priorizacion", data={"year": "2027"}).status_code == 422
    assert 'value="2028"' in text(head.get("/plan-anual/priorizacion"))
    prioritizations.assess(make.acting(ctx, office.head), 2027, unit.id, make.judged(), version=0)
    assert lead.post(f"{YEAR}/aprobacion", data={"version": "1"}).status_code == 403
    assert head.post(f"{YEAR}/aprobacion", data={"version": "9"}).status_code == 409
    assert head.post(f"{YEAR}/aprobacion", data={"version": "1"}).status_code == 303
    reopen = f"{YEAR}/reapertura"
    assert head.post(reopen, data={"version": "2", "reason": " "}).status_code == 422
    assert lead.post(reopen, data={"version": "2", "reason": "Sí."}).status_code == 403
    assert browse(office.leader).post(reopen).status_code == 404
    done = {"version": "2", "reason": "Cambió la planta."}
    assert head.post(reopen, data=done).status_code == 303
    assert head.post(reopen, data=done).status_code == 409
    page = text(head.get(YEAR))
    assert "Cambió la planta." in page
    earlier = page.partition('href="/plan-anual/priorizacion/2027/anteriores/')[2].partition('"')[0]
    file = lead.get(f"{YEAR}/anteriores/{earlier}").get_data(as_text=True)
    assert unit.code in file
    assert browse(office.leader).get(f"{YEAR}/anteriores/{earlier}").status_code == 404
    assert lead.get(f"{YEAR}/anteriores/999999.csv").status_code == 404
    assert "En elaboración" in page
    assert head.get("/plan-anual/priorizacion/2031").status_code == 404
    assert head.get("/plan-anual/priorizacion/2031.csv").status_code == 404


def test_pages_ask_the_same_whatever_the_universe_holds(
    ctx: Context, office: make.Office, browse: Browse, app: Flask
) -> None:
    acting, client = make.acting(ctx, office.head), browse(office.head)
    plan = annual_plans.create(acting, 2027, PlanTexts())
    prioritizations.start(acting, 2027)

    def grow(number: int) -> None:
        for _ in range(number):
            unit = make.make_auditable_unit(ctx, office)
            prioritizations.assess(acting, 2027, unit.id, make.judged(), version=0)

    def measure() -> list[int]:
        found = []
        for path in ("/plan-anual/universo", YEAR, f"/plan-anual/{plan.id}"):
            client.get(path)
            with counted(engine_of(app)) as statements:
                assert client.get(path).status_code == 200
            found.append(len(statements))
        return found

    grow(1)
    before = measure()
    grow(12)
    assert measure() == before
    assert max(before) <= 20
    assert rows(ctx, select(AnnualPlan))
