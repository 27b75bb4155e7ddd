"""Audits: the list, who sees one, and its events, as people use them."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from app.context import Context
from app.models.audits import Audit
from app.services import audit_team
from tests import factories as make
from tests.web.browsing import Browse, code, counted, engine_of, rows, text
from workflows.audit import AuditState
from workflows.enums import Role

FORM = {
    "title": "Gestión contractual",
    "type": "auditoria_gestion",
    "oci_role": "evaluacion_seguimiento",
    "planned_start": "2027-04-01",
    "planned_end": "2027-05-01",
    "special_authorization": "Lo pidió la dirección.",
}


def fresh(ctx: Context, audit_id: int) -> Audit:
    ctx.session.rollback()
    return ctx.session.get_one(Audit, audit_id)


# ---------------------------------------------------------------- creating and listing


def test_create_and_see_it_in_the_list(ctx: Context, office: make.Office, browse: Browse) -> None:
    client = browse(office.head)
    page = text(client.get("/auditorias/nueva"))
    key = re.search(r'name="idempotency_key" value="([^"]+)"', page)
    assert key
    form = {**FORM, "process_id": str(office.process.id), "idempotency_key": key.group(1)}
    answers = [client.post("/auditorias", data=form) for _press in range(2)]
    assert {answer.status_code for answer in answers} == {303}
    assert answers[0].location == answers[1].location
    assert len(rows(ctx, select(Audit))) == 1
    page = text(client.get("/auditorias"))
    assert "<strong>1</strong> auditoría" in page
    assert "Gestión contractual" in page


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"title": "  "}, "Escriba el título."),
        ({"title": "x" * 301}, "Escriba como máximo 300 caracteres; ahora tiene 301."),
        ({"planned_start": "31/02/2027"}, "Escriba una fecha que exista, como 31/12/2026."),
        ({"planned_start": ""}, "Escriba la fecha de inicio."),
        ({"planned_end": "2027-03-31"}, "La fecha de fin es anterior a la de inicio."),
        ({"planned_end": "9999-12-31"}, "Escriba una fecha que exista"),
        ({"process_id": "999999"}, "Elija una de las opciones de la lista."),
        ({"type": "otro"}, "Elija una de las opciones de la lista."),
        ({"special_authorization": ""}, "no está en un plan anual ni tiene solicitud"),
        ({"special_authorization": "a\x00b"}, "caracteres que no se pueden guardar"),
    ],
)
def test_a_wrong_form_comes_back_with_what_was_typed(
    ctx: Context,
    office: make.Office,
    browse: Browse,
    changes: dict[str, str],
    message: str,
) -> None:
    form = {**FORM, "process_id": str(office.process.id), **changes}
    answer = browse(office.head).post("/auditorias", data=form)
    page = text(answer)
    assert answer.status_code == 422
    assert message in page
    if "title" not in changes:
        assert 'value="Gestión contractual"' in page
    assert "error-summary" in page
    assert rows(ctx, select(Audit)) == []


def test_extra_fields_are_ignored(ctx: Context, office: make.Office, browse: Browse) -> None:
    form = {**FORM, "process_id": str(office.process.id)}
    extra = {"state": "cerrada", "code": "2027-AUD-99", "created_by_id": "1", "year": "1999"}
    assert browse(office.head).post("/auditorias", data=form | extra).status_code == 303
    (audit,) = rows(ctx, select(Audit))
    assert (audit.state, audit.code, audit.year) == ("programada", "2027-AUD-01", 2027)
    assert audit.created_by_id == office.head.id


def test_who_creates(ctx: Context, office: make.Office, browse: Browse) -> None:
    form = {**FORM, "process_id": str(office.process.id)}
    for person in (office.auditor, office.leader, office.planner, office.manager):
        assert browse(person).get("/auditorias/nueva").status_code == 403
        assert browse(person).post("/auditorias", data=form).status_code == 403
    assert browse(office.lead).post("/auditorias", data=form).status_code == 303


def test_filters_chips_and_pages(
    ctx: Context, office: make.Office, browse: Browse, app: Flask
) -> None:
    for number in range(3):
        make.make_audit(ctx, office, title=f"Auditoría número {number}")
    one = make.make_audit(ctx, office, AuditState.PLANNING, title="La que empezó")
    client = browse(office.head)
    page = text(client.get("/auditorias?estado=en_planeacion"))
    assert "La que empezó" in page
    assert "Auditoría número" not in page
    assert "Estado: En planeación" in page
    page = text(client.get(f"/auditorias?lider={office.lead.id}&vigencia=2027"))
    assert "<strong>1</strong> auditoría" in page
    assert "Auditoría número 2" in text(client.get(f"/auditorias?antes={one.id}"))
    assert "La que empezó" not in text(client.get(f"/auditorias?antes={one.id}"))
    for odd in ("estado=x", "vigencia=9999999999999999999999", "proceso=-1", "antes=%00"):
        assert client.get(f"/auditorias?{odd}").status_code == 200
    assert "Ninguna auditoría cumple esos filtros" in text(client.get("/auditorias?vigencia=2015"))


def test_the_list_asks_the_same_however_long_it_is(
    ctx: Context, office: make.Office, browse: Browse, app: Flask
) -> None:
    client = browse(office.head)
    make.make_audit(ctx, office, AuditState.PLANNING)
    client.get("/auditorias")
    with counted(engine_of(app)) as first:
        client.get("/auditorias")
    for _each in range(3):
        make.make_audit(ctx, office, AuditState.PLANNING)
    with counted(engine_of(app)) as second:
        client.get("/auditorias")
    assert len(first) == len(second) <= 18


def test_a_page_asks_the_same_whatever_the_audit_holds(
    ctx: Context, office: make.Office, browse: Browse, app: Flask
) -> None:
    audit = make.make_audit(ctx, office, AuditState.FIELDWORK, finding_count=1)
    client = browse(office.head)
    paths = ["", "/programa", "/papeles", "/hallazgos", "/documentos", "/historia"]

    def measure() -> list[int]:
        found = []
        for path in paths:
            client.get(f"/auditorias/{audit.id}{path}")
            with counted(engine_of(app)) as statements:
                assert client.get(f"/auditorias/{audit.id}{path}").status_code == 200
            found.append(len(statements))
        return found

    before = measure()
    make.make_finding(ctx, office, audit.id)
    make.make_paper(ctx, office, audit.id)
    extra = make.make_user(ctx, Role.AUDITOR)
    audit_team.assign(make.acting(ctx, office.head), audit.id, extra.id)
    assert measure() == before
    assert max(before) <= 40


# ---------------------------------------------------------------- who sees an audit

TABS = ("", "/programa", "/hallazgos", "/documentos", "/historia")


@pytest.mark.parametrize("name", ["leader", "liaison"])
def test_before_the_announcement_the_auditee_knows_nothing(
    ctx: Context, office: make.Office, browse: Browse, name: str
) -> None:
    audit = make.make_audit(ctx, office, AuditState.PLANNING)
    auditee = browse(getattr(office, name))
    for path in (*TABS, "/papeles", "/editar", "/papeles/nuevo"):
        assert auditee.get(f"/auditorias/{audit.id}{path}").status_code == 404
    assert audit.title not in text(auditee.get("/auditorias"))
    for path in TABS:
        assert browse(office.head).get(f"/auditorias/{audit.id}{path}").status_code == 200
        assert browse(office.head).get(f"/auditorias/999999{path}").status_code == 404
        assert browse(office.head).get(f"/auditorias/{10**25}{path}").status_code == 404


@pytest.mark.parametrize("name", ["leader", "liaison"])
def test_after_it_he_sees_no_papers_findings_nor_declarations(
    ctx: Context, office: make.Office, browse: Browse, name: str
) -> None:
    audit = make.make_audit(ctx, office, AuditState.FIELDWORK, finding_count=1)
    client = browse(getattr(office, name))
    assert audit.title in text(client.get("/auditorias"))
    assert make.PROGRAM["scope"] in text(client.get(f"/auditorias/{audit.id}/programa"))
    page = text(client.get(f"/auditorias/{audit.id}"))
    offered = set(re.findall(rf'href="(/auditorias/{audit.id}/\w+)', page))
    assert len(offered) >= 4
    assert {client.get(address).status_code for address in offered} == {200}
    assert "Papeles" not in page
    assert "Sin conflictos" not in page
    assert "Lo pidió la alta dirección" not in page
    assert "H01" not in text(client.get(f"/auditorias/{audit.id}/hallazgos"))
    assert "contrato-" not in text(client.get(f"/auditorias/{audit.id}/documentos"))
    assert client.get(f"/auditorias/{audit.id}/papeles").status_code == 404


POSTS = (
    "/editar",
    "/eventos/start_execution",
    "/equipo",
    "/equipo/1/retiro",
    "/equipo/1/lider",
    "/equipo/1/conflicto",
    "/declaracion",
    "/decisiones",
    "/programa/editar",
    "/programa/firma",
    "/anuncio",
    "/conclusiones/editar",
    "/papeles",
    "/documentos",
    "/expediente",
    "/informes",
)


@pytest.mark.parametrize("path", POSTS)
def test_strangers_get_404_and_those_without_the_right_403(
    ctx: Context, office: make.Office, browse: Browse, path: str
) -> None:
    audit = make.make_audit(ctx, office, AuditState.PLANNING)
    form = {"version": str(audit.version), "kind": "preliminar"}
    address = f"/auditorias/{audit.id}{path}"
    assert browse(office.leader).post(address, data=form).status_code == 404
    assert browse(office.planner).post(address, data=form).status_code == 404
    wanted = {404} if path == "/declaracion" else {403}
    assert browse(office.manager).post(address, data=form).status_code in wanted
    assert browse(office.head).post(f"/auditorias/999999{path}", data=form).status_code == 404


# ---------------------------------------------------------------- events


def test_a_blocked_step_says_what_is_missing_and_where(
    ctx: Context, office: make.Office, browse: Browse
) -> None:
    audit = make.make_audit(ctx, office)
    page = text(browse(office.head).get(f"/auditorias/{audit.id}"))
    assert "Falta asignar el auditor líder." in page
    assert f'href="/auditorias/{audit.id}#equipo"' in page
    assert 'id="equipo"' in page
    answer = browse(office.head).post(
        f"/auditorias/{audit.id}/eventos/start_planning", data={"version": str(audit.version)}
    )
    assert answer.status_code == 409
    assert "Falta asignar el auditor líder." in text(answer)


def test_an_event_moves_the_audit_once(ctx: Context, office: make.Office, browse: Browse) -> None:
    audit = make.make_audit(ctx, office)
    make.make_members(ctx, office, audit.id)
    audit = fresh(ctx, audit.id)
    address = f"/auditorias/{audit.id}/eventos/start_planning"
    form = {"version": str(audit.version)}
    assert browse(office.head).post(address, data=form).status_code == 303
    assert browse(office.head).post(address, data=form).status_code == 409
    audit = fresh(ctx, audit.id)
    assert audit.state is AuditState.PLANNING
    form = {"version": str(audit.version)}
    assert browse(office.head).post(address, data=form).status_code == 409  # out of place
    assert browse(office.head).post(address, data={}).status_code == 409  # no version
    odd = f"/auditorias/{audit.id}/eventos/destroy"
    assert browse(office.head).post(odd, data=form).status_code == 404


def test_a_missing_reason_and_a_wrong_password_are_told_at_their_field(
    ctx: Context, office: make.Office, browse: Browse
) -> None:
    audit = make.make_audit(ctx, office, AuditState.DRAFT_REPORT)
    client, version = browse(office.head), str(audit.version)
    answer = client.post(f"/auditorias/{audit.id}/eventos/suspend", data={"version": version})
    assert answer.status_code == 422
    assert "Escriba el motivo." in text(answer)
    form = {"version": version, "reason": "x" * 20_001}
    answer = client.post(f"/auditorias/{audit.id}/eventos/suspend", data=form)
    assert answer.status_code == 422
    assert "Escriba como máximo 20.000 caracteres" in text(answer)
    assert "x" * 20_001 in text(answer)
    form = {"version": version, "password": "la que no es"}
    answer = client.post(f"/auditorias/{audit.id}/eventos/issue_draft_report", data=form)
    assert answer.status_code == 422
    assert "No se firmó nada" in text(answer)
    assert "la que no es" not in text(answer)
    assert fresh(ctx, audit.id).state is AuditState.DRAFT_REPORT


def test_the_head_signs_and_the_leader_is_asked_to_answer(
    ctx: Context, office: make.Office, browse: Browse
) -> None:
    audit = make.make_audit(ctx, office, AuditState.DRAFT_REPORT, finding_count=1)
    client = browse(office.head)
    draft = client.post(f"/auditorias/{audit.id}/informes", data={"kind": "preliminar"})
    assert draft.status_code == 303
    assert "borrador sin firmar" in text(client.get(f"/auditorias/{audit.id}"))
    assert client.post(f"/auditorias/{audit.id}/informes", data={"kind": "x"}).status_code == 404
    audit = fresh(ctx, audit.id)
    form = {"version": str(audit.version), "password": make.PASSWORD}
    answer = client.post(f"/auditorias/{audit.id}/eventos/issue_draft_report", data=form)
    assert answer.status_code == 303
    page = text(browse(office.leader).get(f"/auditorias/{audit.id}"))
    assert "Puede responder los hallazgos hasta el" in page
    assert f"radicado {code('2027-OCI-000002')}" in page
    assert "borrador sin firmar" not in page
    assert "Réplica al informe preliminar" in page  # the rule, inside the chip
    assert "H01" in text(browse(office.leader).get(f"/auditorias/{audit.id}/hallazgos"))
