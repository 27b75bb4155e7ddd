"""`flask users create` and `flask setup link`, as the engineer of the entity types them."""

from __future__ import annotations

import re

from flask import Flask

from app.context import Context
from app.services import accounts
from tests.people import PASSWORD, browser
from workflows.enums import Role

LINK = re.compile(r"http://127\.0\.0\.1:8000(/enlace/[\w-]{40,})")


def run(app: Flask, *words: str) -> tuple[int, str]:
    """As the `flask` command does it: inside the application's context."""
    with app.app_context():
        result = app.test_cli_runner().invoke(args=list(words))
    return result.exit_code, result.output


def test_a_created_account_is_used_through_its_link(app: Flask) -> None:
    words = ["users", "create", "--email", "Ana@entidad.gov.co", "--name", "Ana Ruiz"]
    code, output = run(app, *words, "--role", "auditor", "--role", "auditor_lider")
    assert code == 0, output
    link = LINK.search(output)
    assert link is not None
    client = app.test_client()
    data = {"password": PASSWORD, "again": PASSWORD}
    assert client.post(link[1], data=data).status_code == 303
    page = browser(app, "ana@entidad.gov.co").get("/perfil").get_data(as_text=True)
    assert "Auditor líder" in page
    assert PASSWORD not in output


def test_mistakes_are_one_clear_sentence(app: Flask) -> None:
    words = ["users", "create", "--email", "ana", "--name", "Ana Ruiz", "--role", "auditor"]
    code, output = run(app, *words)
    assert (code, "El correo no es válido." in output) == (1, True)
    assert "Traceback" not in output
    for role in ("sistema", "root"):
        assert run(app, *words[:-1], role)[0] == 2


def test_the_set_up_link_is_given_until_there_is_an_administrator(app: Flask, ctx: Context) -> None:
    code, output = run(app, "setup", "link")
    link = LINK.search(output)
    assert code == 0
    assert link is not None
    data = {"name": "Ana Ruiz", "email": "ana@entidad.gov.co"}
    passwords = {"password": PASSWORD, "again": PASSWORD}
    answer = app.test_client().post(link[1], data={**data, **passwords})
    assert answer.status_code == 303
    code, output = run(app, "setup", "link")
    assert (code, "Ya hay un administrador del sistema." in output) == (1, True)
    ctx.session.rollback()
    assert [user.email for user in accounts.active_people(ctx, Role.ADMINISTRATOR)] == [
        "ana@entidad.gov.co"
    ]
