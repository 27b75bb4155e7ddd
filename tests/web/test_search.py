"""The search page: what it shows, where it leads, what it never tells, and bad addresses."""

from __future__ import annotations

import html
import re
import shutil
from pathlib import Path
from urllib.parse import quote_plus

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from app.models.audits import Audit
from app.models.documents import Document
from app.models.findings import Finding
from tests import files
from tests.finding_world import World, make_fieldwork_audit, make_finding, make_world
from tests.publication_world import counted
from tests.search_world import upload, work

PEOPLE = ("head", "lead", "leader", "liaison", "planner", "manager", "admin", "outsider")


class Scene:
    """An audit with findings and documents that are indexed, and browsers of people."""

    def __init__(self, app: Flask, world: World, engine: Engine) -> None:
        self.app, self.world, self.engine = app, world, engine
        self.audit: Audit = make_fieldwork_audit(world)
        self.finding: Finding = make_finding(
            world,
            self.audit,
            title="Garantías <b>vencidas</b> & pagos",
            condition="El canaricida de la póliza no se renovó.",
        )
        self.document: Document = upload(
            world.auditor,
            self.audit.id,
            files.pdf("Portada", "Aquí dice garantía única y <script>alert(1)</script>"),
            "poliza.pdf",
            title="Póliza de cumplimiento",
        )
        self.work()
        self.clients: dict[str, FlaskClient] = {}

    def work(self) -> None:
        work(self.world.ctx, self.engine)

    def get(self, name: str, address: str) -> TestResponse:
        if name not in self.clients:
            self.clients[name] = self.world.browser(self.app, name)
        return self.clients[name].get(address)


@pytest.fixture
def scene(app: Flask, ctx, engine: Engine) -> Scene:  # type: ignore[no-untyped-def]
    return Scene(app, make_world(ctx), engine)


def told(answer: TestResponse, typed: str) -> str:
    """The page without what was typed and without the number of the request."""
    page = html.unescape(answer.text).replace(typed, "·").replace(quote_plus(typed), "·")
    return re.sub(r"<code>[0-9a-f]{12}</code>|value=\"[\w.-]{60,}\"", "", page)


def text(answer: TestResponse) -> str:
    return " ".join(answer.text.split())


# ---------------------------------------------------------------- results


def test_a_search_shows_marks_counts_and_places(scene: Scene) -> None:
    answer = scene.get("lead", "/buscar?q=garantía")
    page = text(answer)
    assert answer.status_code == 200
    assert "<mark>Garantías</mark> &lt;b&gt;vencidas&lt;/b&gt; &amp; pagos" in page
    assert "<mark>garantía</mark> única y &lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    assert 'class="result-page">Página 2:' in page
    assert f'href="/hallazgos/{scene.finding.id}"' in page
    link = f"/documentos/{scene.document.uuid}/texto?page=2&amp;q=garant%C3%ADa#marca"
    assert link in page
    assert "<strong>2</strong> resultados" in page
    assert scene.audit.code in page
    assert scene.world.process.name in page


def test_the_hit_leads_to_the_marked_page(scene: Scene) -> None:
    answer = scene.get("lead", f"/documentos/{scene.document.uuid}/texto?page=2&q=garantías")
    page = text(answer)
    assert '<mark id="marca">garantía</mark>' in page
    assert "Página 2" in page
    assert "&lt;script&gt;" in page
    assert 'rel="prev"' in page
    assert 'href="/buscar?q=garant%C3%ADas"' in page
    for wrong in ("page=99", "page=-1", "page=abc", "page=" + "9" * 30, ""):
        other = scene.get("lead", f"/documentos/{scene.document.uuid}/texto?{wrong}")
        assert (other.status_code, "Página 1" in other.text) == (200, True)


def test_filters_live_in_the_address(scene: Scene) -> None:
    page = scene.get("lead", "/buscar?q=garantía&kind=finding").text
    assert f"/hallazgos/{scene.finding.id}" in page
    assert str(scene.document.uuid) not in page
    assert 'href="/buscar?q=garant%C3%ADa"' in page  # without the filter
    process = f"process={scene.world.process.id}"
    both = scene.get("lead", f"/buscar?q=garantía&kind=finding&year=2027&{process}").text
    assert "Filtros (3)" in both
    assert 'type="hidden" name="kind" value="finding"' in both  # kept when searching again
    none = scene.get("lead", "/buscar?q=garantía&year=1999").text
    assert "Nada coincide con esos filtros" in none


def test_empty_pages_say_what_to_do(scene: Scene) -> None:
    assert "Cómo escribir la búsqueda" in scene.get("lead", "/buscar").text
    assert "están en casi todos los textos" in scene.get("lead", "/buscar?q=de+la").text
    assert "No hay resultados" in scene.get("lead", "/buscar?q=xyzzyq").text
    assert "¿Quiso decir" in scene.get("lead", "/buscar?q=garantia+vencidax").text
    assert "Faltaba cerrar unas comillas" in scene.get("lead", '/buscar?q="garantía').text


# ---------------------------------------------------------------- who sees what


def test_a_stranger_is_asked_to_log_in(client: FlaskClient) -> None:
    for address in ("/buscar?q=a", "/documentos/00000000-0000-4000-8000-000000000000/texto"):
        answer = client.get(address)
        assert (answer.status_code, "/entrar" in answer.location) == (303, True)


@pytest.mark.parametrize("name", ["leader", "liaison", "planner", "manager", "admin", "outsider"])
def test_a_reserved_word_gives_an_outsider_what_nonsense_gives(scene: Scene, name: str) -> None:
    for secret in ("canaricida", "garantía", '"garantía única"', "canari*", "poliza.pdf"):
        nonsense = re.sub(r"[^\W\d_]", "q", secret)
        found = scene.get(name, f"/buscar?q={secret}")
        nothing = scene.get(name, f"/buscar?q={nonsense}")
        assert found.status_code == nothing.status_code
        assert told(found, secret) == told(nothing, nonsense)


def test_the_text_of_a_document_of_others_is_as_if_it_were_not(scene: Scene) -> None:
    missing = scene.get("outsider", "/documentos/00000000-0000-4000-8000-000000000000/texto")
    there = scene.get("outsider", f"/documentos/{scene.document.uuid}/texto?page=2&q=garantía")
    assert (missing.status_code, there.status_code) == (404, 404)
    assert told(missing, "00000000-0000-4000-8000-000000000000") == told(
        there, str(scene.document.uuid)
    )


@pytest.mark.parametrize("name", PEOPLE)
def test_everybody_inside_has_the_page(scene: Scene, name: str) -> None:
    answer = scene.get(name, "/buscar?q=supervisión")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"


# ---------------------------------------------------------------- bad addresses


@pytest.mark.parametrize(
    "address",
    [
        "q=a&after=-1",
        "q=garantía&after=99999999999999999999",
        "q=garantía&after=abc",
        "q=garantía&kind=password&year=20x7&process='&state=../../x",
        "q=garantía&kind=finding&kind=plan",
        "q=%00garantía%0d%0aSet-Cookie:x",
        "q=%ff%fe",
        "q=" + "x" * 9_000,
        "q=" + "garantía+" * 800,
        "q=*&q=b",
        "q={{7*7}}",
        "q=' OR 1=1--",
        "sort=password_hash&include=reserved",
        "q=garantía&state=finding.no_existe",
    ],
)
def test_any_address_gets_a_page(scene: Scene, address: str) -> None:
    answer = scene.get("lead", f"/buscar?{address}")
    assert answer.status_code == 200
    assert "Set-Cookie:x" not in str(answer.headers)


def test_searching_is_only_reading(scene: Scene) -> None:
    client = scene.world.browser(scene.app, "lead")
    assert client.post("/buscar?q=a").status_code == 405


# ---------------------------------------------------------------- the index is down


def test_a_broken_index_is_said_and_is_no_empty_result(scene: Scene) -> None:
    shutil.rmtree(Path(scene.app.extensions["vigia"].config.data_dir) / "index")
    answer = scene.get("lead", "/buscar?q=garantía")
    assert answer.status_code == 503
    assert "La búsqueda no responde" in answer.text
    assert "No hay resultados" not in answer.text
    assert 'value="garantía"' in answer.text
    ready = scene.app.test_client().get("/readyz")
    assert (ready.status_code, ready.json["parts"]["index"]) == (503, False)  # type: ignore[index]
    with scene.app.app_context():
        runner = scene.app.test_cli_runner()
        assert runner.invoke(args=["search", "verify"]).exit_code == 1
        rebuilt = runner.invoke(args=["search", "rebuild"])
        verified = runner.invoke(args=["search", "verify"])
    assert rebuilt.exit_code == 0, rebuilt.output
    assert "índice interno" in rebuilt.output
    assert (verified.exit_code, "sin diferencias" in verified.output) == (0, True)
    assert scene.get("lead", "/buscar?q=garantía").status_code == 200
    assert scene.app.test_client().get("/readyz").status_code == 200


# ---------------------------------------------------------------- cost


def test_the_number_of_queries_does_not_grow_with_the_results(scene: Scene) -> None:
    from app.extensions import db

    with scene.app.app_context():
        app_engine = db.engine
    scene.get("lead", "/buscar?q=garantía")
    with counted(app_engine) as few:
        scene.get("lead", "/buscar?q=garantía")
    for number in range(4):
        make_finding(scene.world, scene.audit, title=f"Garantía {number}")
        upload(scene.world.auditor, scene.audit.id, b"otra garantia", f"g{number}.txt")
    scene.work()
    with counted(app_engine) as many:
        page = scene.get("lead", "/buscar?q=garantía")
    assert page.text.count('class="result"') >= 10
    assert len(many) == len(few) <= 20


# ---------------------------------------------------------------- documents say how they were read


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (files.encrypted_pdf(), "clave.pdf", "El archivo pide una clave para abrirse"),
        (files.pdf("x")[:200], "roto.pdf", "no se puede abrir por dentro"),
        (files.pdf("Se lee bien"), "bueno.pdf", "Se puede buscar por lo que dice."),
    ],
    ids=files.name_of,
)
def test_the_page_of_a_document_says_how_far_its_text_is(
    scene: Scene, content: bytes, name: str, says: str
) -> None:
    document = upload(scene.world.auditor, scene.audit.id, content, name)
    before = scene.get("lead", f"/documentos/{document.uuid}").text
    assert "Texto por leer" in before
    scene.work()
    after = scene.get("lead", f"/documentos/{document.uuid}").text
    assert says in after
    assert ("Ver el texto" in after) == (name == "bueno.pdf")
