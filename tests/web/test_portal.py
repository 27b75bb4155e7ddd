"""The portal as anyone sees it: plain pages, light, without cookies, recognisable downloads."""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import json
import re

import pytest
from defusedxml import ElementTree
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from app import create_app
from app.context import Context
from app.models.findings import Finding
from app.models.publications import PubFinding, PubReport
from app.services import findings, publications
from config import Config
from tests import plan_world
from tests import publication_world as pw
from tests.conftest import Clock, dispose
from tests.publication_world import World
from workflows.enums import FindingType

MOST_BYTES = 60 * 1024
REPORT, FINDING, PLAN = "INF-2027-001", "HAL-2027-0001", "PLA-2027-0001"
PAGES = (
    "/",
    "/transparencia",
    "/transparencia/informes",
    f"/transparencia/informes/{REPORT}",
    "/transparencia/hallazgos",
    f"/transparencia/hallazgos/{FINDING}",
    "/transparencia/planes",
    f"/transparencia/planes/{PLAN}",
    "/transparencia/verificar",
    "/transparencia/verificar?q=INF-2027-001",
    "/transparencia/datos",
    "/transparencia/glosario",
)
NO_PAGES = (
    "/transparencia/feed.atom",
    "/transparencia/datos/diccionario.json",
    "/sitemap.xml",
    "/robots.txt",
)


@pytest.fixture
def world(ctx: Context) -> World:
    return pw.make_world(ctx)


@pytest.fixture
def found(world: World) -> list[Finding]:
    """The findings of a published report with its plan under way."""
    _publication, found = pw.make_published(world)
    pw.make_running_plan(world, found)
    return found


def styles(app: Flask) -> int:
    """Bytes of the style sheets that a portal page asks for, once for all pages."""
    client = app.test_client()
    sheets = re.findall(r'href="(/static/[^"]+\.css)', client.get("/transparencia").text)
    total = 0
    for sheet in sheets:
        with client.get(sheet) as answer:
            total += len(answer.data)
    return total


@pytest.mark.usefixtures("found")
def test_pages_are_light_and_leave_nothing_behind(app: Flask, client: FlaskClient) -> None:
    shared = styles(app)
    for address in PAGES:
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert len(answer.data) + shared < MOST_BYTES, address
        assert "Set-Cookie" not in answer.headers, address
        assert "Cookie" not in answer.headers.get("Vary", ""), address
        assert "<script" not in answer.text, address
        assert ' style="' not in answer.text, address
        assert answer.text.count("<h1") == 1, address
        assert not re.search(r'<(?:link|img|script)[^>]+="(?:https?:)?//', answer.text), address


@pytest.mark.usefixtures("found")
def test_pages_are_recognised_when_they_have_not_changed(client: FlaskClient) -> None:
    for address in (*PAGES, *NO_PAGES):
        first = client.get(address)
        assert first.headers["Cache-Control"] == "public, max-age=60", address
        again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b""), address


@pytest.mark.usefixtures("found")
def test_a_visitor_who_is_signed_in_sees_the_same(
    app: Flask, client: FlaskClient, world: World
) -> None:
    """The cookie is not even read: no query to the working tables, no name on the page."""
    from tests.factories import sign_in

    known = sign_in(app.test_client(), world.office.head)
    for address in (*PAGES, "/transparencia/nada", "/transparencia/informes/INF-2027-999"):
        mine, theirs = known.get(address), client.get(address)
        assert without_request(mine.text) == without_request(theirs.text), address
        assert "Set-Cookie" not in mine.headers


def without_request(text: str) -> str:
    return re.sub(r"<code>[0-9a-f]{12}</code>", "", text)


@pytest.mark.usefixtures("found")
def test_a_finding_is_told_in_five_parts(client: FlaskClient) -> None:
    page = client.get(f"/transparencia/hallazgos/{FINDING}").text
    headings = re.findall(r"<h2[^>]*>([^<]+)</h2>", page)
    assert headings == [
        "Qué se encontró",
        "Por qué importa",
        "A qué se comprometieron",
        "En qué va",
        "Documentos y prueba",
    ]
    assert "En 4 de 30 contratos no hay designación de supervisor." in page
    assert "Exigir la designación del supervisor antes de firmar." in page
    assert "Lo están corrigiendo" in page
    assert f"/transparencia/informes/{REPORT}/informe.pdf" in page


def test_what_was_verified_says_when(world: World, client: FlaskClient, clock: Clock) -> None:
    _publication, found = pw.make_published(world, 1)
    plan = pw.make_running_plan(world, found)
    action = plan_world.actions_of(world, plan.id)[0]
    clock.advance(days=10)
    plan_world.make_fulfilled(world, action)
    page = client.get(f"/transparencia/hallazgos/{FINDING}").text
    assert "comprobó, el 11\N{NO-BREAK SPACE}mar\N{NO-BREAK SPACE}2027, que se cumplió" in page
    assert "1 de 1 compromiso cumplido" in page


@pytest.mark.usefixtures("found")
def test_a_late_promise_says_so(client: FlaskClient, clock: Clock) -> None:
    assert "Atrasado" not in client.get(f"/transparencia/planes/{PLAN}").text
    clock.advance(days=300)
    page = client.get(f"/transparencia/planes/{PLAN}").text
    assert "Atrasado" in page
    assert "0 de 2 compromisos cumplidos; 2 atrasados" in page


def test_a_strength_promises_nothing(world: World, client: FlaskClient) -> None:
    pw.make_published(world, 1, type=FindingType.STRENGTH, criterion="", effect="")
    page = client.get(f"/transparencia/hallazgos/{FINDING}").text
    assert "Buena práctica" in page
    assert "no necesita corregirse" in page
    assert "Todavía no hay hallazgos publicados" in client.get("/transparencia/hallazgos").text
    assert "Lo que se hace bien" in client.get(f"/transparencia/informes/{REPORT}").text


# ------------------------------------------------------------------ lists


def test_lists_are_filtered_and_paged(
    world: World, client: FlaskClient, found: list[Finding]
) -> None:
    with world.ctx.transaction() as session:
        for row in (session.get_one(PubReport, REPORT), session.get_one(PubFinding, FINDING)):
            values = {c.name: getattr(row, c.name) for c in type(row).__table__.columns}
            for number in range(25):
                copy = {**values, "code": f"{values['code'][:9]}{900 + number:04d}", "year": 2026}
                session.add(type(row)(**copy))
        world.ctx.record("system", "test", ("portal", "1"), {})
    page = client.get("/transparencia/hallazgos").text
    assert page.count('class="item"') == 20
    more = re.search(r'href="(/transparencia/hallazgos\?desde=[^"]+)"', page)
    assert more is not None
    assert client.get(more[1]).text.count('class="item"') == 7
    only = client.get("/transparencia/hallazgos?vigencia=2027&estado=en_correccion").text
    assert only.count('class="item"') == 2
    assert "chip" in only
    assert client.get("/transparencia/informes?vigencia=2027").text.count('class="item"') == 1


ODD_QUERIES = (
    "vigencia=99999999999999999999",
    "vigencia=-1",
    "vigencia=٣",
    "proceso=%00",
    "proceso=%ff%fe",
    "estado=nada&tipo=nada",
    "desde=%00",
    "desde=HAL-2027-9999",
    "desde=' OR 1=1",
    "q=%00&otra=1",
    "proceso=" + "a" * 5000,
)


@pytest.mark.usefixtures("found")
def test_what_is_no_choice_asks_for_nothing(client: FlaskClient) -> None:
    for query in ODD_QUERIES:
        for address in ("informes", "hallazgos", "planes", "verificar"):
            answer = client.get(f"/transparencia/{address}?{query}")
            assert answer.status_code == 200, (address, query)


# ------------------------------------------------------------------ codes


UNKNOWN = ("INF-2027-002", "HAL-2027-0001x", "..%2f..", "%00", "inf-2027-001", "1", "ACC-2027-0001")


@pytest.mark.usefixtures("found")
def test_unknown_codes_are_all_alike(client: FlaskClient) -> None:
    for folder, code in itertools.product(("informes", "hallazgos", "planes"), UNKNOWN):
        answer = client.get(f"/transparencia/{folder}/{code}")
        assert answer.status_code == 404, (folder, code)
        assert "La dirección no existe" in answer.text


def test_a_withdrawn_report_leaves_date_and_ground_only(world: World, client: FlaskClient) -> None:
    publication, _found = pw.make_published(world)
    for address in (f"/transparencia/informes/{REPORT}", f"/transparencia/hallazgos/{FINDING}"):
        assert client.get(address).status_code == 200
    pw.withdraw(world, publication.id)
    for address in (f"/transparencia/informes/{REPORT}", f"/transparencia/hallazgos/{FINDING}"):
        answer = client.get(address)
        assert answer.status_code == 410
        assert pw.GROUND in answer.text
        assert "Supervisión de contratos" not in answer.text
        assert "Quedó un dato personal" not in answer.text
    assert client.get(f"/transparencia/informes/{REPORT}/informe.pdf").status_code == 410
    everything = " ".join(client.get(address).text for address in (*PAGES[:3], *NO_PAGES))
    assert "Supervisión de contratos" not in everything
    # Its kind of address only: a tombstone of a report is no page of a finding
    assert client.get(f"/transparencia/hallazgos/{REPORT}").status_code == 404


def test_an_annulled_finding_takes_the_file_with_it(
    world: World, client: FlaskClient, found: list[Finding]
) -> None:
    inputs = {
        "decision_authority": "Juzgado",
        "decision_number": "S-1",
        "decision_date": world.ctx.today(),
    }
    findings.fire(
        world.head, found[0].id, "annul", version=None, reason="Sentencia.", inputs=inputs
    )
    assert client.get(f"/transparencia/hallazgos/{FINDING}").status_code == 410
    assert client.get(f"/transparencia/informes/{REPORT}/informe.pdf").status_code == 404
    assert "El PDF se retiró" in client.get(f"/transparencia/informes/{REPORT}").text


# ------------------------------------------------------------------ the file, and whether it is it


@pytest.mark.usefixtures("found")
def test_the_file_is_an_attachment_of_the_bytes_that_were_approved(client: FlaskClient) -> None:
    answer = client.get(f"/transparencia/informes/{REPORT}/informe.pdf")
    assert answer.status_code == 200
    assert answer.data.startswith(b"%PDF-")
    assert answer.headers["Content-Disposition"] == f"attachment; filename={REPORT}.pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    digest = hashlib.sha256(answer.data).hexdigest()
    assert digest in client.get(f"/transparencia/informes/{REPORT}").text
    asked = client.get("/transparencia/verificar", query_string={"q": f" {digest.upper()} "})
    assert "Sí: es el archivo publicado." in asked.text
    again = client.get(
        f"/transparencia/informes/{REPORT}/informe.pdf",
        headers={"If-None-Match": answer.headers["ETag"]},
    )
    assert again.status_code == 304


def test_a_copy_of_an_earlier_edition_is_recognised(world: World, client: FlaskClient) -> None:
    publication, _found = pw.make_published(world)
    old = client.get(f"/transparencia/informes/{REPORT}/informe.pdf").data
    publications.prepare(world.lead, publication.audit_id, new_edition=True)
    pw.published(world, publication.audit_id)
    asked = client.get(
        "/transparencia/verificar", query_string={"q": hashlib.sha256(old).hexdigest()}
    )
    assert "hay una edición más nueva" in asked.text


QUESTIONS = (
    (REPORT, "El código existe."),
    (FINDING.lower(), "El código existe."),
    ("ACC-2027-0001", "El código existe."),
    ("INF-2027-777", "No corresponde a nada"),
    ("0" * 64, "No corresponde a nada"),
    ("hola", "no es una huella"),
    ("<script>alert(1)</script>", "no es una huella"),
)


@pytest.mark.usefixtures("found")
def test_verifying_answers_in_words(client: FlaskClient) -> None:
    for question, expected in QUESTIONS:
        page = client.get("/transparencia/verificar", query_string={"q": question}).text
        assert expected in page, question
        assert "<script>" not in page


@pytest.mark.usefixtures("found")
def test_a_store_that_fails_says_so(world: World, client: FlaskClient) -> None:
    for key in list(world.ctx.public_store.keys("public")):
        world.ctx.public_store.delete(key)
    answer = client.get(f"/transparencia/informes/{REPORT}/informe.pdf")
    assert answer.status_code == 503


# ------------------------------------------------------------------ for programs


@pytest.mark.usefixtures("found")
def test_open_data_says_the_same_in_both_formats(client: FlaskClient) -> None:
    described = json.loads(client.get("/transparencia/datos/diccionario.json").data)
    for name, rows in (("informes", 1), ("hallazgos", 2), ("acciones", 2)):
        text = client.get(f"/transparencia/datos/{name}.csv").data.decode("utf-8-sig")
        table = list(csv.DictReader(io.StringIO(text, newline="")))
        document = json.loads(client.get(f"/transparencia/datos/{name}.json").data)
        assert len(table) == len(document["datos"]) == rows
        assert document["licencia"] == "CC BY 4.0"
        fields = [field["nombre"] for field in described["conjuntos"][name]["campos"]]
        for flat, full in zip(table, document["datos"], strict=True):
            assert list(flat) == list(full) == fields
            assert flat == {k: "" if v is None else str(v) for k, v in full.items()}


def test_a_spreadsheet_finds_no_formula(world: World, client: FlaskClient) -> None:
    pw.make_published(world, 1, title="=HYPERLINK(1)", condition="+1\n-2", effect="@x")
    text = client.get("/transparencia/datos/hallazgos.csv").data.decode("utf-8-sig")
    row = next(csv.DictReader(io.StringIO(text, newline="")))
    assert row["titulo"] == "'=HYPERLINK(1)"
    assert row["que_se_encontro"] == "'+1\n-2"
    assert row["por_que_importa"] == "'@x"


def test_unknown_data_sets_do_not_exist(client: FlaskClient) -> None:
    assert client.get("/transparencia/datos/usuarios.csv").status_code == 404
    assert client.get("/transparencia/datos/finding.json").status_code == 404


@pytest.mark.usefixtures("found")
def test_the_feed_and_the_sitemap_hold_what_is_published(client: FlaskClient) -> None:
    feed = ElementTree.fromstring(client.get("/transparencia/feed.atom").data)
    space = {"a": "http://www.w3.org/2005/Atom"}
    ids = [str(each.text).rpartition("/")[2] for each in feed.findall("a:entry/a:id", space)]
    assert set(ids) == {REPORT, FINDING, "HAL-2027-0002"}
    sitemap = ElementTree.fromstring(client.get("/sitemap.xml").data)
    space = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    places = [str(each.text) for each in sitemap.findall("s:url/s:loc", space)]
    for place in places:
        assert client.get(place.removeprefix("http://127.0.0.1:8000")).status_code == 200
    assert f"http://127.0.0.1:8000/transparencia/planes/{PLAN}" in places
    assert "Sitemap: http://127.0.0.1:8000/sitemap.xml" in client.get("/robots.txt").text


def test_the_feed_survives_what_xml_cannot_hold(world: World, client: FlaskClient) -> None:
    publication, _found = pw.make_published(world, 1)
    with world.ctx.transaction() as session:
        session.execute(update(PubReport).values(title="a\x0bb & <c>"))
        world.ctx.record("system", "test", ("portal", "1"), {})
    feed = ElementTree.fromstring(client.get("/transparencia/feed.atom").data)
    assert "ab & <c>" in [each.text for each in feed.iter("{http://www.w3.org/2005/Atom}title")]
    assert publication.id


# ------------------------------------------------------------------ apart


def test_empty_portal_has_every_page(client: FlaskClient) -> None:
    for address in ("/", "/transparencia/informes", "/transparencia/hallazgos", *NO_PAGES):
        assert client.get(address).status_code == 200
    assert "Todavía no hay informes publicados" in client.get("/").text


@pytest.mark.usefixtures("found")
def test_each_page_asks_a_fixed_number_of_questions(app: Flask, client: FlaskClient) -> None:
    engine = app.extensions["vigia.portal"].kw["bind"]
    most = {
        "/transparencia": 7,
        "/transparencia/informes": 6,
        "/transparencia/hallazgos": 7,
        "/transparencia/planes": 7,
        f"/transparencia/informes/{REPORT}": 7,
        f"/transparencia/hallazgos/{FINDING}": 7,
        f"/transparencia/planes/{PLAN}": 7,
        "/transparencia/plan-anual": 6,
    }
    for address, number in most.items():
        with pw.counted(engine) as statements:
            client.get(address)
        assert len(statements) <= number, (address, statements)


@pytest.mark.usefixtures("found")
def test_a_portal_alone_reads_no_working_table(config: Config) -> None:
    """VIGIA_SERVE=portal: not one statement on the working engine, errors included."""
    from dataclasses import replace

    from app.extensions import db

    alone = create_app(replace(config, serve="portal"))
    try:
        with alone.app_context():
            working = db.engine
        client = alone.test_client()
        client.set_cookie("vigia", "something-forged")
        with pw.counted(working) as statements:
            for address in (*PAGES, *NO_PAGES):
                assert client.get(address).status_code == 200, address
            assert client.get("/readyz").get_json()["parts"]["database"]
            for address in ("/panel", "/entrar", "/transparencia/x", "/admin"):
                answer = client.get(address)
                assert answer.status_code == 404, address
                assert "Set-Cookie" not in answer.headers
            assert client.post("/transparencia").status_code in {400, 405}
        assert statements == []
    finally:
        dispose(alone)
