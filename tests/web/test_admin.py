"""The administration: people, roles, catalogues, the queue, the security log."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.blueprints.admin.forms import FORMS, TITLES
from app.context import Context
from app.models.accounts import OneTimeLink, RoleGrant, User
from app.models.fieldwork import Checklist
from app.models.org import (
    Entity,
    MeciComponentRow,
    MipgDimension,
    MipgPolicy,
    NonWorkingDay,
    Norm,
    Process,
    RecordSeries,
    TermRule,
    Unit,
)
from app.models.traceability import LedgerEvent, OutboxItem
from app.services import accounts, admin_catalogues
from tests.conftest import Clock
from tests.people import PASSWORD, browser, make_person
from workflows.enums import NormStatus, ProcessType, Role

ADMIN = "admin@entidad.gov.co"
PAGES = (
    "/admin",
    "/admin/personas",
    "/admin/personas/nueva",
    "/admin/reemplazos",
    "/admin/cola",
    "/admin/seguridad",
    *(f"/admin/catalogos/{slug}" for slug in FORMS),
    *(f"/admin/catalogos/{slug}/1" for slug in FORMS),
    *(f"/admin/catalogos/{slug}/nuevo" for slug in FORMS),
)


@pytest.fixture
def admin(app: Flask, ctx: Context) -> FlaskClient:
    make_person(ctx, ADMIN, Role.ADMINISTRATOR, name="Ada Mora")
    return browser(app, ADMIN)


@pytest.fixture
def catalogues(ctx: Context) -> None:
    """One row in each catalogue, with id 1."""
    rows: list[Any] = [
        Unit(code="U1", name="Contratación"),
        Norm(code="L87", name="Ley 87 de 1993", status=NormStatus.IN_FORCE),
        MipgDimension(code="D1", name="Talento humano"),
        MeciComponentRow(code="ambiente_control", name="Ambiente de control"),
        TermRule(
            code="plan",
            name="Presentación del plan de mejoramiento",
            amount=5,
            kind="working_days",
            start_event="Comunicación del informe final",
            legal_ground="Estatuto de auditoría",
        ),
        RecordSeries(code="100", name="Informes", office_years=2, central_years=8),
        Checklist(code="LV1", name="Contratación", questions="¿Hay estudios previos?"),
        NonWorkingDay(day=date(2027, 12, 24), name="Receso", legal_ground="Resolución 1"),
        Entity(name="Entidad de prueba"),
        Process(code="P1", name="Compras", type=ProcessType.SUPPORT),
    ]
    with ctx.transaction() as session:
        session.add_all(rows)
        session.flush()
        session.add(MipgPolicy(code="P01", name="Planeación", dimension_id=1))
        ctx.record("system", "load", ("catalogue", "test"))


def text(answer: TestResponse) -> str:
    return " ".join(answer.get_data(as_text=True).split())


def fresh(ctx: Context, statement: Any) -> Any:
    ctx.session.rollback()
    return ctx.session.scalars(statement).one()


def actions(ctx: Context, kind: str = "permission") -> list[tuple[str, str]]:
    ctx.session.rollback()
    statement = select(LedgerEvent.thing_kind, LedgerEvent.action).where(LedgerEvent.kind == kind)
    return [(thing, action) for thing, action in ctx.session.execute(statement)]


# ---------------------------------------------------------------- who may


@pytest.mark.usefixtures("catalogues")
def test_an_administrator_sees_every_page(admin: FlaskClient) -> None:
    closed = {"dimensiones-mipg", "politicas-mipg", "componentes-meci", "terminos"}
    for path in PAGES:
        expected = 404 if path.endswith("/nuevo") and path.split("/")[3] in closed else 200
        assert admin.get(path).status_code == expected, path


@pytest.mark.usefixtures("catalogues")
def test_nobody_else_sees_or_does_anything(app: Flask, ctx: Context) -> None:
    others = [role for role in accounts.GRANTABLE if role != Role.ADMINISTRATOR]
    target = make_person(ctx, "otro@entidad.gov.co", *others)
    client = browser(app, target.email)
    assert {client.get(path).status_code for path in PAGES} == {403}
    posts = [
        "/admin/personas/nueva",
        f"/admin/personas/{target.id}",
        f"/admin/personas/{target.id}/roles",
        f"/admin/personas/{target.id}/roles/enlace/retiro",
        f"/admin/personas/{target.id}/invitacion",
        f"/admin/personas/{target.id}/inactivacion",
        f"/admin/personas/{target.id}/activacion",
        "/admin/reemplazos",
        "/admin/reemplazos/1/cancelacion",
        "/admin/cola/1/reintento",
        *(f"/admin/catalogos/{slug}/1" for slug in FORMS),
        *(f"/admin/catalogos/{slug}/nuevo" for slug in FORMS),
    ]
    before = actions(ctx)
    assert {client.post(path, data={"name": "x"}).status_code for path in posts} == {403}
    assert actions(ctx) == before


def test_every_catalogue_has_its_form_and_its_title() -> None:
    assert set(FORMS) == set(TITLES) == set(admin_catalogues.CATALOGUES)
    for slug, spec in admin_catalogues.CATALOGUES.items():
        assert set(_fields(FORMS[slug])) == set(spec.fields), slug


def _fields(form: type[Any]) -> Iterable[str]:
    return [name for name in dir(form) if hasattr(getattr(form, name), "field_class")]


@pytest.mark.parametrize(
    "path",
    [
        "/admin/personas/999",
        "/admin/personas/0",
        "/admin/catalogos/usuarios",
        "/admin/catalogos/normas/999",
        "/admin/catalogos/user_account/1",
    ],
)
def test_what_does_not_exist_is_not_found(admin: FlaskClient, path: str) -> None:
    assert admin.get(path).status_code == 404
    assert admin.post(path, data={"name": "x"}).status_code in {404, 405, 422}


# ---------------------------------------------------------------- people


def test_a_new_person_gets_roles_and_an_invitation(admin: FlaskClient, ctx: Context) -> None:
    data = {
        "email": "Luz.Paz@entidad.gov.co",
        "name": "Luz  Paz",
        "position": "Auditora",
        "unit_id": "",
        "roles": ["auditor", "auditor_lider"],
    }
    answer = admin.post("/admin/personas/nueva", data=data)
    luz = fresh(ctx, select(User).where(User.email == "luz.paz@entidad.gov.co"))
    assert (answer.status_code, answer.location) == (303, f"/admin/personas/{luz.id}")
    assert (luz.name, luz.unit_id, luz.password_hash) == ("Luz Paz", None, "")
    roles = ctx.session.scalars(select(RoleGrant.role).where(RoleGrant.user_id == luz.id))
    assert set(roles) == {Role.AUDITOR, Role.LEAD_AUDITOR}
    mail = ctx.session.scalars(select(OutboxItem)).one()
    assert mail.payload["to"] == luz.email
    page = text(admin.get(answer.location))
    assert "Luz Paz" in page
    assert mail.payload["text"].split("/enlace/")[1].split()[0] not in page
    assert ctx.session.scalars(select(OneTimeLink)).one().user_id == luz.id


def test_mistakes_keep_what_was_typed_and_say_what_to_mend(
    admin: FlaskClient, ctx: Context
) -> None:
    data = {"email": ADMIN, "name": "Otra Persona", "position": "Jefe", "unit_id": ""}
    answer = admin.post("/admin/personas/nueva", data=data)
    assert answer.status_code == 422
    page = text(answer)
    assert "Ya hay una cuenta con ese correo." in page
    assert "Otra Persona" in page
    answer = admin.post("/admin/personas/nueva", data={"roles": "sistema", "unit_id": "77"})
    assert answer.status_code == 422
    assert ctx.session.scalars(select(User)).all()[0].email == ADMIN


def test_roles_are_given_and_taken_back(admin: FlaskClient, ctx: Context) -> None:
    luz = make_person(ctx, "luz@entidad.gov.co")
    home = f"/admin/personas/{luz.id}"
    assert admin.post(f"{home}/roles", data={"role": "auditor"}).status_code == 303
    assert f"{home}/roles/auditor/retiro" in text(admin.get(home))
    assert admin.post(f"{home}/roles/auditor/retiro").status_code == 303
    assert f"{home}/roles/auditor/retiro" not in text(admin.get(home))
    for role in ("sistema", "", "root"):
        assert admin.post(f"{home}/roles", data={"role": role}).status_code == 422
    assert admin.post(f"{home}/roles/sistema/retiro").status_code == 404


def test_an_administrator_gives_himself_no_oci_role_and_stays(
    admin: FlaskClient, ctx: Context
) -> None:
    me = fresh(ctx, select(User).where(User.email == ADMIN))
    home = f"/admin/personas/{me.id}"
    answer = admin.post(f"{home}/roles", data={"role": "jefe_oci"})
    assert answer.status_code == 403
    assert "Debe dárselo otro administrador." in text(answer)
    answer = admin.post(f"{home}/roles/administrador/retiro")
    assert answer.status_code == 422
    assert "Es la única persona activa con el rol de administrador." in text(answer)
    assert admin.post(f"{home}/inactivacion", data={"reason": "Me voy"}).status_code == 422
    assert admin.get("/admin").status_code == 200


def test_disabling_needs_a_reason_and_closes_the_sessions(
    admin: FlaskClient, app: Flask, ctx: Context
) -> None:
    luz = make_person(ctx, "luz@entidad.gov.co", Role.AUDITOR)
    hers = browser(app, luz.email)
    home = f"/admin/personas/{luz.id}"
    assert admin.post(f"{home}/inactivacion", data={"reason": "  "}).status_code == 422
    assert hers.get("/perfil").status_code == 200
    answer = admin.post(f"{home}/inactivacion", data={"reason": "Terminó su contrato"})
    assert answer.status_code == 303
    assert hers.get("/perfil").status_code == 303
    assert "Terminó su contrato" in text(admin.get(home))
    assert admin.post(f"{home}/invitacion").status_code == 422
    assert admin.post(f"{home}/activacion").status_code == 303
    assert browser(app, luz.email, PASSWORD).get("/perfil").status_code == 200


def test_two_administrators_editing_one_person(admin: FlaskClient, ctx: Context) -> None:
    luz = make_person(ctx, "luz@entidad.gov.co", name="Luz Paz")
    home, shown = f"/admin/personas/{luz.id}", str(luz.version)
    data = {"email": luz.email, "name": "Luz Paz", "position": "Asesora", "unit_id": ""}
    assert admin.post(home, data={**data, "version": shown}).status_code == 303
    answer = admin.post(home, data={**data, "position": "Contratista", "version": shown})
    assert answer.status_code == 409
    page = text(answer)
    assert "Asesora" in page
    assert "Contratista" in page
    assert admin.post(home, data=data).status_code == 409  # a page without its version
    assert fresh(ctx, select(User).where(User.id == luz.id)).position == "Asesora"


def test_fields_that_the_form_does_not_have_are_ignored(admin: FlaskClient, ctx: Context) -> None:
    luz = make_person(ctx, "luz@entidad.gov.co", name="Luz Paz")
    data = {
        "email": luz.email,
        "name": "Luz Paz Gil",
        "unit_id": "",
        "version": str(luz.version),
        "password_hash": "x",
        "disabled_at": "2027-01-01",
        "id": "1",
    }
    before = (luz.id, luz.password_hash)
    assert admin.post(f"/admin/personas/{luz.id}", data=data).status_code == 303
    after = fresh(ctx, select(User).where(User.email == "luz@entidad.gov.co"))
    assert (after.id, after.password_hash, after.disabled_at) == (*before, None)
    assert after.name == "Luz Paz Gil"


def test_the_list_is_filtered_by_address(admin: FlaskClient, ctx: Context) -> None:
    make_person(ctx, "luz@entidad.gov.co", Role.AUDITOR, name="Luz Paz")
    page = text(admin.get("/admin/personas?q=luz&rol=auditor&estado=active"))
    assert "Luz Paz" in page
    assert f">{ADMIN}<" not in page
    assert "Nadie coincide" in text(admin.get("/admin/personas?q=%25_%27"))
    for odd in ("?rol=x&estado=y", "?after=x", "?after=-1", "?after=99999999999999999999"):
        assert admin.get(f"/admin/personas{odd}").status_code == 200


def test_an_administrator_names_a_substitute_for_others_only(
    admin: FlaskClient, ctx: Context
) -> None:
    me = fresh(ctx, select(User).where(User.email == ADMIN))
    head = make_person(ctx, "jefe@entidad.gov.co", Role.OCI_HEAD, name="Inés Gil")
    luz = make_person(ctx, "luz@entidad.gov.co", name="Luz Paz")
    data = {"absent_id": str(head.id), "starts_on": "2027-03-01", "ends_on": "2027-03-09"}
    answer = admin.post("/admin/reemplazos", data={**data, "substitute_id": str(me.id)})
    assert answer.status_code == 403
    assert "Nadie se nombra a sí mismo" in text(answer)
    answer = admin.post("/admin/reemplazos", data={**data, "substitute_id": str(luz.id)})
    assert answer.status_code == 303
    assert "Inés Gil" in text(admin.get("/admin/reemplazos"))
    assert admin.post("/admin/reemplazos/1/cancelacion").status_code == 303
    assert "No hay reemplazos" in text(admin.get("/admin/reemplazos"))


# ---------------------------------------------------------------- catalogues


@pytest.mark.usefixtures("catalogues")
def test_a_process_gets_its_leader_and_liaisons(admin: FlaskClient, ctx: Context) -> None:
    leader = make_person(ctx, "lider@entidad.gov.co", Role.PROCESS_OWNER, name="Leo Rey")
    liaison = make_person(ctx, "enlace@entidad.gov.co", Role.LIAISON, name="Eva Paz")
    other = make_person(ctx, "otro@entidad.gov.co", name="Sin Rol")
    page = text(admin.get("/admin/catalogos/procesos/1"))
    assert "Leo Rey" in page
    assert "Sin Rol" not in page
    data = {
        "name": "Compras",
        "type": "apoyo",
        "unit_id": "1",
        "leader_id": str(leader.id),
        "liaisons": [str(liaison.id)],
        "active": "1",
        "version": "1",
    }
    assert admin.post("/admin/catalogos/procesos/1", data=data).status_code == 303
    process = fresh(ctx, select(Process))
    assert (process.leader_id, process.unit_id) == (leader.id, 1)
    assert [user.id for user in process.liaisons] == [liaison.id]
    assert process.edited_at is not None
    assert ("process", "edit") in actions(ctx)  # it gives rights, so it is traced as such
    log = text(admin.get("/admin/seguridad?kind=permission"))
    assert "Cambió los responsables del proceso" in log
    assert "Leo Rey" in log
    shown = str(process.version)
    answer = admin.post(
        "/admin/catalogos/procesos/1",
        data={**data, "leader_id": str(other.id), "version": shown},
    )
    assert answer.status_code == 422


@pytest.mark.usefixtures("catalogues")
def test_a_term_shows_its_ground_and_takes_sensible_amounts_only(
    admin: FlaskClient, ctx: Context
) -> None:
    page = text(admin.get("/admin/catalogos/terminos"))
    for word in ("5 días hábiles", "Comunicación del informe final", "Estatuto de auditoría"):
        assert word in page
    data = {
        "name": "Plan",
        "amount": "7",
        "start_event": "Comunicación del informe preliminar",
        "legal_ground": "Estatuto, art. 9",
        "version": "1",
        "code": "otro",
        "kind": "months",
    }
    assert admin.post("/admin/catalogos/terminos/1", data=data).status_code == 303
    rule = fresh(ctx, select(TermRule))
    assert (rule.amount, rule.kind, rule.code) == (7, "working_days", "plan")
    assert rule.start_event == "Comunicación del informe preliminar"
    odd = {**data, "start_event": "Cuando se pueda", "version": str(rule.version)}
    assert admin.post("/admin/catalogos/terminos/1", data=odd).status_code == 422
    assert ("term_rule", "edit") in actions(ctx, "change")
    for amount in ("0", "-1", "x", "", "99999999999"):
        changed = {**data, "amount": amount, "version": str(rule.version)}
        assert admin.post("/admin/catalogos/terminos/1", data=changed).status_code == 422, amount


@pytest.mark.usefixtures("catalogues")
def test_stale_catalogue_edits_are_refused(admin: FlaskClient, ctx: Context, clock: Clock) -> None:
    data = {"name": "Ley 87", "status": "vigente", "active": "1", "version": "1"}
    assert admin.post("/admin/catalogos/normas/1", data=data).status_code == 303
    clock.advance(minutes=1)
    answer = admin.post("/admin/catalogos/normas/1", data={**data, "name": "Otra"})
    assert answer.status_code == 409
    assert "Ley 87" in text(answer)
    assert fresh(ctx, select(Norm)).name == "Ley 87"


@pytest.mark.usefixtures("catalogues")
def test_new_rows_need_a_code_of_their_own(admin: FlaskClient, ctx: Context) -> None:
    path = "/admin/catalogos/dependencias/nuevo"
    data = {"code": "U2", "name": "Jurídica", "parent_id": "1", "active": "1"}
    assert admin.post(path, data=data).status_code == 303
    new = fresh(ctx, select(Unit).where(Unit.code == "U2"))
    assert (new.name, new.parent_id, new.active) == ("Jurídica", 1, True)
    assert "Ya hay un registro con ese código." in text(admin.post(path, data=data))
    assert admin.post(path, data={**data, "code": " "}).status_code == 422
    below = {"name": "Contratación", "parent_id": str(new.id), "active": "1", "version": "1"}
    answer = admin.post("/admin/catalogos/dependencias/1", data=below)
    assert answer.status_code == 422
    assert "debajo de sí misma" in text(answer)


@pytest.mark.usefixtures("catalogues")
def test_non_working_days_are_added_once_with_their_act(admin: FlaskClient, ctx: Context) -> None:
    path = "/admin/catalogos/dias-no-habiles/nuevo"
    data = {"day": "2027-12-31", "name": "Día cívico", "legal_ground": "Decreto 9", "active": "1"}
    assert admin.post(path, data=data).status_code == 303
    assert admin.post(path, data={**data, "day": "2027-12-24"}).status_code == 422
    assert admin.post(path, data={**data, "day": "2027-02-30"}).status_code == 422
    page = text(admin.get("/admin/catalogos/dias-no-habiles"))
    assert "31 dic 2027" in page
    assert "Decreto 9" in page


@pytest.mark.usefixtures("catalogues")
def test_there_is_one_entity(admin: FlaskClient, ctx: Context) -> None:
    assert admin.post("/admin/catalogos/entidad/nuevo", data={"name": "Otra"}).status_code == 404
    data = {"name": "Alcaldía de Prueba", "city": "Bogotá", "version": "1"}
    assert admin.post("/admin/catalogos/entidad/1", data=data).status_code == 303
    assert fresh(ctx, select(Entity)).name == "Alcaldía de Prueba"


# ---------------------------------------------------------------- queue and security log


def test_a_dead_letter_is_shown_without_its_text_and_tried_again(
    admin: FlaskClient, ctx: Context
) -> None:
    assert "Nada detenido" in text(admin.get("/admin/cola"))
    payload = {"to": "luz@entidad.gov.co", "subject": "Su acceso", "text": "secreto-del-enlace"}
    with ctx.transaction() as session:
        ctx.enqueue("mail", "mail:x", payload)
        session.flush()
        row = session.scalars(select(OutboxItem)).one()
        row.dead_at, row.attempts, row.last_error = ctx.now(), 8, "ConnectionRefusedError"
    page = text(admin.get("/admin/cola"))
    assert "luz@entidad.gov.co" in page
    assert "ConnectionRefusedError" in page
    assert "secreto-del-enlace" not in page
    assert admin.post("/admin/cola/1/reintento").status_code == 303
    row = fresh(ctx, select(OutboxItem))
    assert (row.dead_at, row.attempts) == (None, 0)
    assert admin.post("/admin/cola/1/reintento").status_code == 404
    assert admin.post("/admin/cola/999/reintento").status_code == 404


def test_the_security_log_says_who_came_in_and_who_failed(
    admin: FlaskClient, app: Flask, ctx: Context
) -> None:
    make_person(ctx, "luz@entidad.gov.co", name="Luz Paz")
    stranger = app.test_client()
    stranger.post("/entrar", data={"email": "luz@entidad.gov.co", "password": "equivocada"})
    stranger.post("/entrar", data={"email": "nadie@entidad.gov.co", "password": "equivocada"})
    page = text(admin.get("/admin/seguridad"))
    for words in ("Ingresó", "Ada Mora", "Intento de ingreso o firma rechazado", "Luz Paz"):
        assert words in page
    assert "nadie@entidad.gov.co" not in page
    assert "equivocada" not in page
    page = text(admin.get("/admin/seguridad?kind=permission"))
    assert "Dio un rol" in page
    assert "Administrador del sistema" in page
    for odd in ("?kind=change", "?before=x", "?before=0", "?kind=read&before=-3"):
        assert admin.get(f"/admin/seguridad{odd}").status_code == 200
    assert "Creó la auditoría" not in text(admin.get("/admin/seguridad?kind=change"))
