"""The public search: what is published and nothing else, and gone when it is withdrawn."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from app.context import Context
from app.models.findings import Finding
from app.models.publications import Publication
from app.services import search_public
from tests import publication_world as pw
from tests.publication_world import World
from tests.search_world import upload, work

REPORT, FINDING = "INF-2027-001", "HAL-2027-0001"


class Scene:
    def __init__(self, app: Flask, ctx: Context, engine: Engine) -> None:
        self.app, self.ctx, self.engine = app, ctx, engine
        self.world: World = pw.make_world(ctx)
        self.publication: Publication
        self.found: list[Finding]
        self.publication, self.found = pw.make_published(self.world)
        pw.make_running_plan(self.world, self.found)
        work(ctx, engine)
        self.client: FlaskClient = app.test_client()

    def get(self, asked: str) -> TestResponse:
        return self.client.get("/transparencia/buscar", query_string={"q": asked})

    def work(self) -> None:
        work(self.ctx, self.engine)


@pytest.fixture
def scene(app: Flask, ctx: Context, engine: Engine) -> Scene:
    return Scene(app, ctx, engine)


def told(answer: TestResponse, typed: str) -> str:
    page = answer.text.replace(typed, "·")
    return re.sub(r"<code>[0-9a-f]{12}</code>", "", page)


def test_a_citizen_finds_a_word_inside_the_published_pdf(scene: Scene) -> None:
    page = scene.get(REPORT)
    assert page.status_code == 200
    assert f'href="/transparencia/informes/{REPORT}"' in page.text
    assert "Set-Cookie" not in page.headers
    found = scene.get('"versión pública"').text
    assert f"/transparencia/informes/{REPORT}/informe.pdf#page=" in found
    assert "<mark>" in found


def test_findings_plans_and_promises_are_found_where_they_are_told(scene: Scene) -> None:
    title = scene.found[0].title
    assert f"/transparencia/hallazgos/{FINDING}" in scene.get(f'"{title}"').text
    actions = scene.client.get("/transparencia/buscar?q=supervisor*&kind=action").text
    assert f'href="/transparencia/hallazgos/{FINDING}#ACC-2027-' in actions
    assert "Compromiso" in actions
    assert "Año" in actions


def test_nothing_inside_is_ever_found_outside(scene: Scene) -> None:
    """Inside codes, names of people, documents, drafts: all as nonsense."""
    audit_id = scene.found[0].audit_id
    assert audit_id is not None
    upload(scene.world.auditor, audit_id, b"El canaricida reservado", "canaricida.txt")
    scene.work()
    secrets = ["canaricida", scene.found[0].code, scene.world.office.lead.name, "papel de trabajo"]
    for secret in secrets:
        nonsense = re.sub(r"[^\W\d_]", "q", secret)
        one, other = scene.get(secret), scene.get(nonsense)
        assert (one.status_code, told(one, secret)) == (200, told(other, nonsense)), secret


def test_what_is_withdrawn_is_gone_at_once(scene: Scene) -> None:
    title = scene.found[0].title
    assert scene.get(f'"{title}"').text.count('class="result"') > 0
    pw.withdraw(scene.world, scene.publication.id)
    gone = scene.get(f'"{title}"')  # the worker has not run
    assert 'class="result"' not in gone.text
    scene.work()
    assert 'class="result"' not in scene.get(REPORT).text
    scene.ctx.session.rollback()
    assert search_public.rebuild(scene.ctx) == 0


def test_a_broken_public_index_is_said(scene: Scene) -> None:
    folder = Path(scene.app.extensions["vigia"].config.data_dir) / "index-public"
    shutil.rmtree(folder)
    answer = scene.get("supervisor")
    assert answer.status_code == 503
    assert "La búsqueda no responde" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    with scene.app.app_context():
        runner = scene.app.test_cli_runner()
        assert runner.invoke(args=["search", "verify"]).exit_code == 1
        assert runner.invoke(args=["search", "rebuild"]).exit_code == 0
        assert runner.invoke(args=["search", "verify"]).exit_code == 0
    assert scene.get("supervisor").status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        {"q": "x" * 5_000},
        {"q": "de la"},
        {"q": '"'},
        {"q": "a", "after": "-1"},
        {},
        {"q": "*"},
        {"q": "a", "kind": "document", "year": "x", "process": "\x00", "state": "x"},
    ],
)
def test_any_address_gets_a_page(app: Flask, query: dict[str, str]) -> None:
    answer = app.test_client().get("/transparencia/buscar", query_string=query)
    assert answer.status_code == 200
    assert "Buscar en lo publicado" in answer.text


def test_a_portal_of_its_own_searches_too(scene: Scene, config: object) -> None:
    """A process that serves only the portal answers from the same public index."""
    from dataclasses import replace

    from app import create_app
    from tests.conftest import dispose

    alone = create_app(replace(scene.app.extensions["vigia"].config, serve="portal"))
    try:
        client = alone.test_client()
        assert f"informes/{REPORT}" in client.get(f"/transparencia/buscar?q={REPORT}").text
        assert client.get("/readyz").json["parts"]["index"] is True  # type: ignore[index]
        assert client.get("/buscar?q=a").status_code == 404
    finally:
        dispose(alone)
