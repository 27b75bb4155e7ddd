"""The pages where public versions are prepared, approved, published and withdrawn."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from app.context import Context
from app.models.accounts import User
from app.models.publications import Publication
from app.services import publications, publications_store, publications_text
from app.services.publications_events import fire
from tests import factories
from tests import publication_world as pw
from tests.publication_world import World
from workflows.enums import Classification, Role
from workflows.publication import PublicationState

SCRIPT = '"><script>alert(1)</script>{{7*7}} ñandú'
PRIVATE = "Lo firmó con la cédula 52.345.678."
TOO_LONG = "a" * 20_001
ACTIONS = ("texto", "texto-final", "marcas", "clasificacion", "copia", "eventos/approve")


@pytest.fixture
def world(ctx: Context) -> World:
    return pw.make_world(ctx)


@pytest.fixture
def audit_id(world: World) -> int:
    return pw.make_signed_findings(world)[0].audit_id or 0


def browser(app: Flask, user: User) -> FlaskClient:
    return factories.sign_in(app.test_client(), user)


def state_of(world: World, publication: Publication) -> PublicationState:
    world.ctx.session.rollback()
    return world.ctx.session.get_one(Publication, publication.id).state


def version_of(world: World, publication: Publication) -> int:
    world.ctx.session.rollback()
    return world.ctx.session.get_one(Publication, publication.id).version


def typed(publication: Publication, **changes: str) -> dict[str, str]:
    """Every field of the text form, as the page shows it, with some typed over."""
    texts = publications_text.texts(publication.content)
    return {"version": str(publication.version), **texts, **changes}


def hidden_version(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found is not None
    return found[1]


# ------------------------------------------------------------------ the whole road


def test_the_whole_road_through_the_pages(app: Flask, world: World, audit_id: int) -> None:
    """Prepared and cleaned by the lead, approved and published by the head, read by anyone."""
    lead, head = browser(app, world.office.lead), browser(app, world.office.head)
    answer = lead.post(f"/auditorias/{audit_id}/publicacion")
    assert answer.status_code == 303
    address = answer.headers["Location"]

    def step(who: FlaskClient, action: str, **data: str) -> None:
        version = hidden_version(who.get(address).text)
        sent = who.post(f"{address}/{action}", data={"version": version, **data})
        assert sent.status_code == 303, (action, sent.text[:500])

    step(lead, "clasificacion", classification="publica")
    step(head, "eventos/classify_public")
    world.ctx.session.rollback()
    publication = world.ctx.session.get_one(Publication, int(address.rpartition("/")[2]))
    texts = publications_text.texts(publication.content)
    step(lead, "texto", **{**texts, "summary": PRIVATE})
    page = lead.get(address).text
    assert "<mark>52.345.678</mark>" in page
    assert "Documento de identidad" in page
    step(lead, "marcas", field="summary", text="52.345.678", mask="1")
    step(lead, "copia")
    blocked = head.get(address).text
    assert "Aprobar la versión pública" in blocked
    step(head, "eventos/approve")
    step(head, "eventos/publish")
    portal = app.test_client()
    assert (
        "Lo firmó con la cédula [dato omitido]."
        in portal.get("/transparencia/informes/INF-2027-001").text
    )
    step(head, "eventos/withdraw", reason="Quedó un dato.", legal_ground="Ley 1581 de 2012")
    assert portal.get("/transparencia/informes/INF-2027-001").status_code == 410
    again = lead.post(f"/auditorias/{audit_id}/publicacion", data={"nueva": "1"})
    assert again.headers["Location"] != address


def test_a_blocked_step_says_what_is_missing_and_where(
    app: Flask, world: World, audit_id: int
) -> None:
    publication = pw.anonymising(world, audit_id)
    publications.edit(world.lead, publication.id, {"summary": PRIVATE}, version=None)
    page = browser(app, world.office.head).get(f"/publicaciones/{publication.id}").text
    assert "Falta generar la copia anonimizada." in page
    assert "Hay datos personales sin resolver: 1." in page
    for anchor in ("copia", "marcas"):
        assert f'href="/publicaciones/{publication.id}#{anchor}"' in page
        assert f'id="{anchor}"' in page


def test_every_anchor_of_a_guard_is_on_some_page(app: Flask, world: World, audit_id: int) -> None:
    """In each state, every link of the checklist leads to a place that exists."""
    from app.labels_workflow import GUARD_LINKS

    seen: set[str] = set()
    head = browser(app, world.office.head)
    publication = pw.prepared(world, audit_id)
    address = f"/publicaciones/{publication.id}"
    for bring in (lambda: None, lambda: pw.anonymising(world, audit_id)):
        bring()
        page = head.get(address).text
        linked = set(re.findall(rf'href="{address}#([a-z-]+)"', page))
        ids = set(re.findall(r'id="([a-z0-9-]+)"', page))
        assert linked <= ids
        seen |= ids
    wanted = {
        anchor for code, anchor in GUARD_LINKS.items() if code.startswith("publication.needs_")
    }
    assert wanted - seen <= {"motivo", "contenido-oculto"}  # shown where they are asked for


# ------------------------------------------------------------------ who sees what


def test_one_may_not_know_of_a_publication_as_if_there_were_none(
    app: Flask, world: World, audit_id: int
) -> None:
    publication = pw.ready(world, audit_id)
    outsider = factories.make_user(world.ctx, Role.AUDITOR, name="Olga Ajena")
    office = world.office
    for user in (outsider, office.leader, office.liaison, office.manager):
        client = browser(app, user)
        for number in (publication.id, publication.id + 1000):
            assert client.get(f"/publicaciones/{number}").status_code == 404, user.name
            for action in ACTIONS:
                sent = client.post(f"/publicaciones/{number}/{action}", data={"version": "1"})
                assert sent.status_code == 404, (user.name, action)
        assert "Supervisión de contratos" not in client.get("/publicaciones").text
    assert app.test_client().get(f"/publicaciones/{publication.id}").status_code == 303
    assert state_of(world, publication) is PublicationState.ANONYMISING


def test_the_lead_prepares_but_does_not_decide(app: Flask, world: World, audit_id: int) -> None:
    publication = pw.ready(world, audit_id)
    client = browser(app, world.office.lead)
    page = client.get(f"/publicaciones/{publication.id}").text
    assert "El equipo quita los datos personales" in page
    for event in ("approve", "publish", "discard", "supersede"):
        sent = client.post(
            f"/publicaciones/{publication.id}/eventos/{event}",
            data={"version": str(publication.version), "reason": "x"},
        )
        assert sent.status_code == 403, event
    assert client.post(f"/publicaciones/{publication.id}/eventos/nada").status_code == 404


def test_management_reads_what_was_published(app: Flask, world: World, audit_id: int) -> None:
    publication = pw.published(world, audit_id)
    client = browser(app, world.office.manager)
    page = client.get(f"/publicaciones/{publication.id}").text
    assert "Publicada" in page
    assert "Guardar el texto" not in page
    assert "Datos que se aceptaron" not in page


def test_the_entry_is_for_the_head_and_the_leads(app: Flask, world: World) -> None:
    office = world.office
    for user, seen in ((office.head, True), (office.lead, True), (office.leader, False)):
        page = browser(app, user).get("/panel").text
        assert ('href="/publicaciones"' in page) is seen, user.name


# ------------------------------------------------------------------ bad input


def test_bad_input_is_told_at_its_field_and_kept(app: Flask, world: World, audit_id: int) -> None:
    publication = pw.prepared(world, audit_id)
    client = browser(app, world.office.lead)
    address = f"/publicaciones/{publication.id}"
    version = str(publication.version)
    long = client.post(
        f"{address}/texto", data={"version": version, "title": "T", "scope": TOO_LONG}
    )
    assert long.status_code == 422
    assert "20.000" in long.text
    assert 'href="#scope"' in long.text
    assert TOO_LONG in long.text
    blank = client.post(f"{address}/texto", data={"version": version, "title": " ", "scope": "Ojo"})
    assert blank.status_code == 422
    assert "Escriba el título." in blank.text
    assert "Ojo" in blank.text
    none = client.post(f"{address}/clasificacion", data={"version": version})
    assert none.status_code == 422
    assert "Elija la clasificación." in none.text
    odd = client.post(
        f"{address}/clasificacion",
        data={"version": version, "classification": "secreta", "restricted_until": "31/02/2030"},
    )
    assert odd.status_code == 422
    assert "Escriba una fecha que exista" in odd.text
    assert version_of(world, publication) == publication.version


def test_extra_fields_change_nothing(app: Flask, world: World, audit_id: int) -> None:
    publication = pw.prepared(world, audit_id)
    client = browser(app, world.office.lead)
    data = {
        **typed(publication, title="Otro"),
        "state": "publicada",
        "approved_by_id": "1",
        "prepared_by_id": "1",
        "f999999_found": "x",
        "public_code": "INF-2027-001",
    }
    sent = client.post(f"/publicaciones/{publication.id}/texto", data=data)
    assert sent.status_code == 303
    world.ctx.session.rollback()
    kept = world.ctx.session.get_one(Publication, publication.id)
    assert (kept.title, kept.state) == ("Otro", PublicationState.PENDING_CLASSIFICATION)
    assert (kept.approved_by_id, kept.public_code) == (None, "")
    assert kept.prepared_by_id == world.office.lead.id


def test_a_stale_page_loses_nothing_of_what_was_typed(
    app: Flask, world: World, audit_id: int
) -> None:
    publication = pw.prepared(world, audit_id)
    publications.edit(world.lead, publication.id, {"summary": "El de ella."}, version=None)
    client = browser(app, world.office.auditor)
    old = {"version": str(publication.version - 1), "title": "T", "summary": "Lo mío."}
    answer = client.post(f"/publicaciones/{publication.id}/texto", data=old)
    assert answer.status_code == 409
    assert "Lo mío." in answer.text
    assert "ella." in answer.text
    assert "Resumen para la ciudadanía" in answer.text
    for action in ("texto-final", "copia"):
        sent = client.post(f"/publicaciones/{publication.id}/{action}", data={"version": "0"})
        assert sent.status_code == 409, action


def test_a_double_press_does_it_once(app: Flask, world: World, audit_id: int) -> None:
    publication = pw.ready(world, audit_id)
    client = browser(app, world.office.head)
    data = {"version": str(publication.version)}
    address = f"/publicaciones/{publication.id}/eventos/approve"
    assert client.post(address, data=data).status_code == 303
    assert client.post(address, data=data).status_code == 409
    assert state_of(world, publication) is PublicationState.APPROVED


def test_an_event_out_of_place_is_a_conflict(app: Flask, world: World, audit_id: int) -> None:
    publication = pw.prepared(world, audit_id)
    client = browser(app, world.office.head)
    for event in ("publish", "approve", "withdraw"):
        data = {"version": str(publication.version), "reason": "x", "legal_ground": "x"}
        sent = client.post(f"/publicaciones/{publication.id}/eventos/{event}", data=data)
        assert sent.status_code == 409, event


def test_a_reason_is_asked_for_and_what_was_typed_stays(
    app: Flask, world: World, audit_id: int
) -> None:
    publication = pw.published(world, audit_id)
    client = browser(app, world.office.head)
    data = {"version": str(publication.version), "reason": "Porque sí", "legal_ground": " "}
    sent = client.post(f"/publicaciones/{publication.id}/eventos/withdraw", data=data)
    assert sent.status_code == 422
    assert "Escriba el fundamento legal." in sent.text
    assert "Porque sí" in sent.text
    assert state_of(world, publication) is PublicationState.PUBLISHED


def test_accepting_a_datum_without_a_reason_is_refused(
    app: Flask, world: World, audit_id: int
) -> None:
    publication = pw.prepared(world, audit_id)
    publications.edit(world.lead, publication.id, {"summary": PRIVATE}, version=None)
    client = browser(app, world.office.lead)
    data = {
        "version": str(version_of(world, publication)),
        "field": "summary",
        "text": "52.345.678",
        "accept": "1",
    }
    sent = client.post(f"/publicaciones/{publication.id}/marcas", data=data)
    assert sent.status_code == 422
    assert "Escriba el motivo." in sent.text
    done = client.post(
        f"/publicaciones/{publication.id}/marcas", data={**data, "reason": "Es un ejemplo."}
    )
    assert done.status_code == 303


@pytest.mark.csrf
def test_without_its_token_nothing_is_taken(app: Flask, world: World, audit_id: int) -> None:
    publication = pw.ready(world, audit_id)
    app.config["WTF_CSRF_ENABLED"] = False
    client = browser(app, world.office.head)
    app.config["WTF_CSRF_ENABLED"] = True
    for action in ACTIONS:
        sent = client.post(
            f"/publicaciones/{publication.id}/{action}",
            data={"version": str(publication.version)},
        )
        assert sent.status_code == 400, action
    assert client.post(f"/auditorias/{audit_id}/publicacion").status_code == 400
    assert state_of(world, publication) is PublicationState.ANONYMISING


def test_ids_and_filters_that_cannot_be_are_no_error(app: Flask, world: World) -> None:
    client = browser(app, world.office.head)
    for address in ("0", "-1", str(2**80), "1;2", "x"):
        assert client.get(f"/publicaciones/{address}").status_code == 404, address
    for query in ("estado=x", "antes=-1", "antes=" + "9" * 40, "estado=%00"):
        assert client.get(f"/publicaciones?{query}").status_code == 200, query


def test_what_people_write_is_text_on_every_page(app: Flask, world: World, audit_id: int) -> None:
    publication = pw.anonymising(world, audit_id)
    names = publications_text.texts(publication.content)
    written = {name: SCRIPT for name in names}
    publications.edit(world.lead, publication.id, written, version=None)
    head = browser(app, world.office.head)
    assert "<script>alert" not in head.get(f"/publicaciones/{publication.id}").text
    pw.mask_all(world, publication.id)
    publications_store.make_copy(world.lead, publication.id, version=None)
    fire(world.head, publication.id, "approve", version=None)
    fire(world.head, publication.id, "publish", version=None)
    pages = (
        head.get(f"/publicaciones/{publication.id}"),
        head.get("/publicaciones"),
        *(
            app.test_client().get(f"/transparencia/{address}")
            for address in (
                "informes",
                "informes/INF-2027-001",
                "hallazgos/HAL-2027-0001",
                "feed.atom",
            )
        ),
    )
    for answer in pages:
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert "ñandú" in answer.text


# ------------------------------------------------------------------ cost


def test_pages_ask_a_fixed_number_of_questions(
    app: Flask, world: World, audit_id: int, engine: Engine
) -> None:
    from app.extensions import db

    publication = pw.ready(world, audit_id)
    client = browser(app, world.office.head)
    with app.app_context():
        working = db.engine

    def cost(address: str) -> int:
        client.get(address)
        with pw.counted(working) as statements:
            assert client.get(address).status_code == 200
        return len(statements)

    first = (cost("/publicaciones"), cost(f"/publicaciones/{publication.id}"))
    for _each in range(3):
        found = pw.make_signed_findings(world, 4)
        more = pw.ready(world, found[0].audit_id or 0)
    assert cost("/publicaciones") == first[0]
    assert cost(f"/publicaciones/{more.id}") == first[1]
    assert engine is not working


def test_reclassifying_begins_again(app: Flask, world: World, audit_id: int) -> None:
    publication = pw.anonymising(world, audit_id)
    client = browser(app, world.office.head)
    data = {"version": str(publication.version), "reason": "Tiene reserva."}
    sent = client.post(f"/publicaciones/{publication.id}/eventos/reclassify", data=data)
    assert sent.status_code == 303
    assert state_of(world, publication) is PublicationState.PENDING_CLASSIFICATION
    publications.classify(world.lead, publication.id, Classification.RESERVED, version=None)
    page = client.get(f"/publicaciones/{publication.id}").text
    assert "Clasificar como no publicable" in page
    assert 'id="evento-classify_public"' not in page


# ------------------------------------------------------------------ the second line advises


def test_the_second_line_advises_while_it_is_reviewed(
    app: Flask, world: World, audit_id: int
) -> None:
    """It reads what is classified as public, with nothing personal, and the OCI reads its word."""
    office = world.office
    publication = pw.prepared(world, audit_id)
    address, planner = f"/publicaciones/{publication.id}", browser(app, office.planner)
    assert planner.get(address).status_code == 404
    publications.classify(world.lead, publication.id, Classification.PUBLIC, version=None)
    publications.edit(world.lead, publication.id, {"summary": PRIVATE}, version=None)
    fire(world.head, publication.id, "classify_public", version=None)
    page = planner.get(address).text
    assert "52.345.678" not in page
    assert "[dato omitido]" in page
    assert address in planner.get("/publicaciones").text
    for action in ("texto", "copia", "eventos/approve"):
        data = {"version": hidden_version(browser(app, office.head).get(address).text)}
        assert planner.post(f"{address}/{action}", data=data).status_code in {403, 422}
    form = {"text": "Falta decir el municipio.", "idempotency_key": "una"}
    assert planner.post(f"{address}/comentarios", data={**form, "text": " "}).status_code == 422
    assert planner.post(f"{address}/comentarios", data={"text": TOO_LONG}).status_code == 422
    for _twice in range(2):
        assert planner.post(f"{address}/comentarios", data=form).status_code == 303
    for user in (office.head, office.lead, office.planner):
        assert browser(app, user).get(address).text.count("Falta decir el municipio.") == 1
    for user in (office.head, office.lead):
        assert browser(app, user).post(f"{address}/comentarios", data=form).status_code == 403
    for user in (office.leader, office.liaison, office.manager):
        assert browser(app, user).get(address).status_code == 404
        assert browser(app, user).post(f"{address}/comentarios", data=form).status_code == 404
    publications.edit(world.lead, publication.id, {"summary": "Otro."}, version=None)
    assert "el texto cambió después" in browser(app, office.head).get(address).text


def test_what_is_published_is_no_longer_advised_on(app: Flask, world: World, audit_id: int) -> None:
    publication = pw.published(world, audit_id)
    address, planner = f"/publicaciones/{publication.id}", browser(app, world.office.planner)
    assert planner.get(address).status_code == 200
    assert planner.post(f"{address}/comentarios", data={"text": "Tarde."}).status_code == 403
