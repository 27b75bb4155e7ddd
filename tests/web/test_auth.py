"""Log-in and log-out, one-time links, the password and one's own page, as a browser sees them."""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import unquote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.context import Context
from app.models.accounts import LoginSession, Substitution, User
from app.services import accounts
from tests.conftest import Clock
from tests.people import PASSWORD, browser, make_person
from workflows.enums import Role

MAIL = "ana.ruiz@entidad.gov.co"
NEW_PASSWORD = "cuatro perros azules"
PRIVATE = ("/panel", "/perfil", "/clave", "/admin", "/auditorias", "/bitacora")


@pytest.fixture
def ana(ctx: Context) -> User:
    return make_person(ctx, MAIL, Role.AUDITOR, name="Ana Ruiz")


def enter(client: FlaskClient, password: str = PASSWORD, **more: str) -> TestResponse:
    return client.post("/entrar", data={"email": MAIL, "password": password, **more})


def text(answer: TestResponse) -> str:
    return " ".join(answer.get_data(as_text=True).split())


def test_log_in_leads_to_the_panel_and_out_again(client: FlaskClient, ana: User) -> None:
    assert client.get("/entrar").status_code == 200
    answer = enter(client)
    assert (answer.status_code, answer.location) == (303, "/panel")
    assert client.get("/perfil").status_code == 200
    assert client.get("/entrar").status_code == 303
    answer = client.post("/salir")
    assert (answer.status_code, answer.location) == (303, "/entrar")
    assert client.get("/perfil").status_code == 303


@pytest.mark.parametrize("path", PRIVATE)
def test_a_stranger_is_sent_to_the_log_in_and_back(
    client: FlaskClient, ana: User, path: str
) -> None:
    answer = client.get(path)
    assert answer.status_code == 303
    assert unquote(answer.location) == f"/entrar?next={path}"
    page = client.get(answer.location)
    assert f'value="{path}"' in text(page)
    assert enter(client, next=path).location == path


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https:evil.example",
        "https://evil.example/panel",
        "javascript:alert(1)",
        "/\tevil",
        "/\n/evil.example",
        "%2F%2Fevil.example",
        "panel",
        "",
    ],
)
def test_next_is_only_ever_a_path_of_our_own(client: FlaskClient, ana: User, target: str) -> None:
    assert enter(client, next=target).location == "/panel"
    assert client.get("/entrar", query_string={"next": target}).location == "/panel"


def test_who_exists_cannot_be_told_from_the_answer(
    client: FlaskClient, ctx: Context, ana: User
) -> None:
    make_person(ctx, "invitada@entidad.gov.co", password=None)
    gone = make_person(ctx, "retirada@entidad.gov.co")
    accounts.disable_user(ctx, gone.id, reason="Retiro")
    answers = set()
    for email in (MAIL, "nadie@entidad.gov.co", "invitada@entidad.gov.co", gone.email):
        data = {"email": email, "password": "equivocada y larga"}
        answer = client.post("/entrar", data=data)
        page = re.sub(r"<code>\w+</code>|value=\"[^\"]*\"", "", text(answer))
        answers.add((answer.status_code, page, answer.headers.get("Location")))
    assert len(answers) == 1
    status, page, _location = answers.pop()
    assert status == 422
    assert "El correo o la contraseña no coinciden." in page


def test_the_typed_mail_comes_back_and_the_password_does_not(
    client: FlaskClient, ana: User
) -> None:
    page = text(enter(client, password="no es esta clave"))
    assert MAIL in page
    assert "no es esta clave" not in page


def test_too_many_attempts_say_how_long_to_wait(
    client: FlaskClient, ana: User, clock: Clock
) -> None:
    for _n in range(5):
        assert enter(client, password="equivocada").status_code == 422
    answer = enter(client)
    assert answer.status_code == 429
    assert "Espere 16 segundos" in text(answer)
    clock.advance(minutes=1)
    assert enter(client).status_code == 303


def test_log_in_gives_a_new_session(app: Flask, ana: User) -> None:
    """A cookie planted before the log-in is worth nothing after it."""
    victim = app.test_client()
    victim.get("/entrar")
    planted = victim.get_cookie("vigia")
    enter(victim)
    assert victim.get("/perfil").status_code == 200
    attacker = app.test_client()
    if planted is not None:
        attacker.set_cookie("vigia", planted.value)
    assert attacker.get("/perfil").status_code == 303


def test_a_copied_cookie_is_worth_nothing_after_log_out(app: Flask, ana: User) -> None:
    client = browser(app, MAIL)
    cookie = client.get_cookie("vigia")
    assert cookie is not None
    assert (cookie.http_only, cookie.same_site) == (True, "Lax")
    thief = app.test_client()
    thief.set_cookie("vigia", cookie.value)
    assert thief.get("/perfil").status_code == 200
    client.post("/salir")
    assert thief.get("/perfil").status_code == 303


def test_signing_in_again_ends_the_session_before(app: Flask, ctx: Context, ana: User) -> None:
    client = browser(app, MAIL)
    enter(client)
    ctx.session.rollback()
    ended = ctx.session.scalars(select(LoginSession.ended_at).order_by(LoginSession.id)).all()
    assert [each is None for each in ended] == [False, True]


def test_what_is_revoked_is_revoked_at_the_very_next_request(
    app: Flask, ctx: Context, ana: User
) -> None:
    client = browser(app, MAIL)
    accounts.grant_role(ctx, ana.id, Role.ADMINISTRATOR)
    make_person(ctx, "otra@entidad.gov.co", Role.ADMINISTRATOR)
    assert client.get("/admin").status_code == 200
    accounts.revoke_role(ctx, ana.id, Role.ADMINISTRATOR)
    assert client.get("/admin").status_code == 403
    accounts.disable_user(ctx, ana.id, reason="Retiro")
    assert client.get("/perfil").status_code == 303


def test_an_idle_session_asks_for_the_password_again(app: Flask, ana: User, clock: Clock) -> None:
    client = browser(app, MAIL)
    clock.advance(minutes=61)
    assert client.get("/perfil").status_code == 303


@pytest.mark.csrf
@pytest.mark.parametrize("path", ["/entrar", "/salir", "/clave", "/perfil/reemplazos"])
def test_a_form_without_its_token_changes_nothing(client: FlaskClient, path: str) -> None:
    answer = client.post(path, data={"email": MAIL, "password": PASSWORD})
    assert answer.status_code == 400
    assert "El formulario venció" in text(answer)


@pytest.mark.parametrize("path", ["/salir", "/perfil/reemplazos"])
def test_nothing_changes_by_following_an_address(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 405


# ---------------------------------------------------------------- one-time links


def test_an_invited_person_sets_the_password_and_enters(client: FlaskClient, ctx: Context) -> None:
    user = make_person(ctx, MAIL, Role.AUDITOR, password=None)
    path = "/enlace/" + accounts.invite(ctx, user.id).rpartition("/")[2]
    page = client.get(path)
    assert page.status_code == 200
    assert MAIL in text(page)
    assert client.get(path).status_code == 200  # looking does not use it up
    answer = client.post(path, data={"password": PASSWORD, "again": "otra cosa larga"})
    assert answer.status_code == 422
    assert "Las dos contraseñas no son iguales." in text(answer)
    answer = client.post(path, data={"password": "corta", "again": "corta"})
    assert "Escriba al menos 12 caracteres" in text(answer)
    answer = client.post(path, data={"password": PASSWORD, "again": PASSWORD})
    assert (answer.status_code, answer.location) == (303, "/entrar")
    assert client.post(path, data={"password": PASSWORD, "again": PASSWORD}).status_code == 404
    assert enter(client).status_code == 303


def test_links_that_do_not_serve_are_all_alike(client: FlaskClient, ctx: Context) -> None:
    user = make_person(ctx, MAIL, password=None)
    used = accounts.invite(ctx, user.id).rpartition("/")[2]
    accounts.invite(ctx, user.id)
    pages = set()
    for token in (used, used[:-3], "x", "%00"):
        answer = client.get(f"/enlace/{token}")
        pages.add((answer.status_code, re.sub(r"<code>\w+</code>", "", text(answer))))
    pages = {(status, page.replace("/enlace/" + used, "")) for status, page in pages}
    assert {status for status, _page in pages} == {404}
    assert all("El enlace ya no sirve" in page for _status, page in pages)


def test_the_first_administrator_makes_the_account_by_the_set_up_link(
    client: FlaskClient, ctx: Context
) -> None:
    path = "/enlace/" + accounts.setup_link(ctx).rpartition("/")[2]
    assert "Cuenta del administrador" in text(client.get(path))
    data = {"name": "Ana Ruiz", "email": "ana", "password": PASSWORD, "again": PASSWORD}
    answer = client.post(path, data=data)
    assert answer.status_code == 422
    assert "El correo no es válido." in text(answer)
    assert client.post(path, data={**data, "email": MAIL}).status_code == 303
    assert enter(client).status_code == 303
    assert client.get("/admin").status_code == 200


# ---------------------------------------------------------------- one's own page


def test_changing_the_password_closes_the_other_sessions(app: Flask, ana: User) -> None:
    here, elsewhere = browser(app, MAIL), browser(app, MAIL)
    assert here.get("/clave").status_code == 200
    data = {"current_password": "no es esta", "password": NEW_PASSWORD, "again": NEW_PASSWORD}
    answer = here.post("/clave", data=data)
    assert answer.status_code == 422
    assert "La contraseña actual no es esa." in text(answer)
    answer = here.post("/clave", data={**data, "current_password": PASSWORD})
    assert (answer.status_code, answer.location) == (303, "/perfil")
    assert here.get("/perfil").status_code == 200
    assert elsewhere.get("/perfil").status_code == 303
    assert browser(app, MAIL, NEW_PASSWORD).get("/perfil").status_code == 200


def test_a_person_names_a_substitute_who_then_acts(app: Flask, ctx: Context, ana: User) -> None:
    luz = make_person(ctx, "luz.paz@entidad.gov.co", name="Luz Paz")
    client = browser(app, MAIL)
    data = {"substitute_id": str(luz.id), "starts_on": "2027-03-01", "ends_on": "2027-03-05"}
    answer = client.post("/perfil/reemplazos", data={**data, "ends_on": "2027-02-01"})
    assert answer.status_code == 422
    assert "La fecha final es anterior a la inicial." in text(answer)
    assert client.post("/perfil/reemplazos", data=data).status_code == 303
    assert "Luz Paz" in text(client.get("/perfil"))
    other = browser(app, luz.email)
    page = text(other.get("/perfil"))
    assert "Actúa también en reemplazo de Ana Ruiz" in page
    assert "Auditor" in page
    ctx.session.rollback()
    row = ctx.session.scalars(select(Substitution)).one()
    assert (row.starts_on, row.ends_on) == (date(2027, 3, 1), date(2027, 3, 5))
    assert other.post(f"/perfil/reemplazos/{row.id}/cancelacion").status_code == 404
    assert client.post(f"/perfil/reemplazos/{row.id}/cancelacion").status_code == 303
    assert "en reemplazo de" not in text(other.get("/perfil"))


def test_extra_fields_are_ignored(app: Flask, ctx: Context, ana: User) -> None:
    luz = make_person(ctx, "luz.paz@entidad.gov.co")
    head = make_person(ctx, "jefe@entidad.gov.co", Role.OCI_HEAD)
    data = {
        "substitute_id": str(luz.id),
        "starts_on": "2027-03-01",
        "ends_on": "2027-03-05",
        "absent_id": str(head.id),
        "created_by_id": str(head.id),
    }
    assert browser(app, MAIL).post("/perfil/reemplazos", data=data).status_code == 303
    ctx.session.rollback()
    row = ctx.session.scalars(select(Substitution)).one()
    assert (row.absent_id, row.created_by_id) == (ana.id, ana.id)
