"""What is written beside a finding, in a browser; and the token that every form needs."""

from __future__ import annotations

import io
import re

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.context import Context
from app.models.audits import Audit
from app.models.documents import Document
from app.models.findings import FindingEvidence
from app.services import finding_queries
from tests import finding_world as fw
from tests.conftest import Clock
from tests.finding_world import again, press, text_of

SCRIPT = '"><script>alert(1)</script>{{7*7}} ñandú'
TOO_LONG = "a" * 20_001


@pytest.fixture
def world(ctx: Context) -> fw.World:
    return fw.make_world(ctx)


@pytest.fixture
def audit(world: fw.World) -> Audit:
    return fw.make_fieldwork_audit(world)


# ------------------------------------------------------------------ what stands beside it


def test_evidence_is_added_linked_and_taken_off_on_the_page(
    app: Flask, world: fw.World, audit: Audit
) -> None:
    finding = fw.make_finding(world, audit, evidence=False)
    other = fw.make_finding(world, audit)
    browser = world.browser(app, "auditor")
    address = f"/hallazgos/{finding.id}/evidencia"

    def send(name: str, content: bytes, kind: str = "documental") -> TestResponse:
        data = {"type": kind, "note": "Anexo", "files": (io.BytesIO(content), name)}
        return browser.post(address, data=data)

    for name, content, kind, words in (
        ("acta.exe", b"MZ", "documental", "no se admite"),
        ("acta.pdf", b"", "documental", "no tiene contenido"),
        ("acta.pdf", b"MZ no es PDF", "documental", "no corresponde"),
        ("acta.pdf", fw.PDF, "", "Elija la clase"),
    ):
        answer = send(name, content, kind)
        assert answer.status_code == 422, name
        assert words in text_of(answer), name
    nothing = browser.post(address, data={"type": "documental"})
    assert nothing.status_code == 422
    assert "Elija al menos un archivo" in text_of(nothing)
    assert send("<img src=x>.pdf", fw.PDF).status_code == 303
    page = text_of(browser.get(f"/hallazgos/{finding.id}"))
    assert "<img src=x>" not in page
    linked = world.ctx.session.scalars(
        select(FindingEvidence).where(FindingEvidence.finding_id == other.id)
    ).one()
    link = {"document_id": str(linked.document_id), "type": "fisica", "note": ""}
    assert browser.post(f"{address}/vinculo", data={**link, "document_id": "0"}).status_code == 422
    assert browser.post(f"{address}/vinculo", data=link).status_code == 303
    world.ctx.session.rollback()
    (first, _second) = finding_queries.view(world.auditor, finding.id).evidence
    removal = f"{address}/{first.id}/retiro"
    refused = browser.post(removal, data={"reason": " "})
    assert refused.status_code == 422
    assert "Escriba el motivo." in text_of(refused)
    assert browser.post(f"{address}/{linked.id}/retiro", data={"reason": "x"}).status_code == 404
    assert browser.post(removal, data={"reason": "Es de otro"}).status_code == 303
    assert world.browser(app, "outsider").post(address, data={}).status_code == 404
    kept = select(func.count(Document.id)).where(Document.finding_id == finding.id)
    world.ctx.session.rollback()
    assert world.ctx.session.scalar(kept) == 1


def test_the_worth_of_evidence_is_said_on_the_page_and_not_told_to_the_auditee(
    app: Flask, world: fw.World, audit: Audit
) -> None:
    finding = fw.make_reviewed(world, audit)
    (row,) = finding_queries.view(world.auditor, finding.id).evidence
    address, browser = f"/hallazgos/{finding.id}", world.browser(app, "auditor")
    assert "Calidad sin valorar" in text_of(browser.get(address))
    judge = f"{address}/evidencia/{row.id}/calidad"
    assert browser.post(judge, data={"qualities": ["excelente"]}).status_code == 422
    assert browser.post(judge, data={"qualities": ["confiable", "util"]}).status_code == 303
    assert "Es: confiable, útil. Sin comprobar: suficiente, relevante." in text_of(
        browser.get(address)
    )
    every = {"qualities": ["suficiente", "confiable", "relevante", "util"]}
    assert browser.post(judge, data=every).status_code == 303
    assert "Es suficiente, confiable, relevante y útil." in text_of(browser.get(address))
    assert world.browser(app, "outsider").post(judge, data=every).status_code == 404
    fw.communicate(world, audit)
    assert browser.post(judge, data={"qualities": []}).status_code == 403
    told = text_of(world.browser(app, "leader").get(address))
    assert finding.title in told
    assert "suficiente" not in told


def test_the_review_is_another_persons_and_its_button_is_not_offered_to_the_author(
    app: Flask, world: fw.World, audit: Audit
) -> None:
    finding = fw.make_finding(world, audit, by="lead")
    fw.fire(world.lead, finding, "submit")
    address, version = f"/hallazgos/{finding.id}", {"version": str(finding.version)}
    author, head = world.browser(app, "lead"), world.browser(app, "head")
    page = text_of(author.get(address))
    assert "debe revisarlo otra persona" in page
    assert "Marcar como revisado" not in page
    assert author.post(f"{address}/revision", data=version).status_code == 403
    assert world.browser(app, "auditor").post(f"{address}/revision").status_code == 403
    assert head.post(f"{address}/revision", data={"version": "0"}).status_code == 409
    assert "Marcar como revisado" in text_of(head.get(address))
    version = {"version": str(fw.version_of(world.head, finding))}
    assert head.post(f"{address}/revision", data=version).status_code == 303
    assert again(world, finding).reviewed_by_id == world.users["head"].id


def test_the_analysis_is_the_teams_and_a_missing_cause_is_completed(
    app: Flask, world: fw.World, audit: Audit
) -> None:
    finding = fw.make_preliminary(world, audit, cause="")
    fw.make_reply(world, finding)
    address = f"/hallazgos/{finding.id}"
    auditor, lead = world.browser(app, "auditor"), world.browser(app, "lead")
    version = str(fw.version_of(world.auditor, finding))
    blank = auditor.post(f"{address}/analisis", data={"version": version, "analysis": " "})
    assert blank.status_code == 422
    assert "Escriba el análisis." in text_of(blank)
    sent = {"version": version, "analysis": "La prueba es posterior."}
    assert world.browser(app, "leader").post(f"{address}/analisis", data=sent).status_code == 403
    assert auditor.post(f"{address}/analisis", data=sent).status_code == 303
    late = auditor.post(f"{address}/analisis", data={**sent, "analysis": "Otro texto"})
    assert late.status_code == 409
    assert "Otro texto" in text_of(late)
    cause = {"version": str(fw.version_of(world.lead, finding)), "cause": "No hay control previo."}
    assert auditor.post(f"{address}/causa", data=cause).status_code == 403
    assert lead.post(f"{address}/causa", data={**cause, "cause": ""}).status_code == 422
    assert lead.post(f"{address}/causa", data=cause).status_code == 303
    assert again(world, finding).cause == "No hay control previo."


def test_the_result_of_an_oversight_body_is_registered(app: Flask, world: fw.World) -> None:
    finding = fw.make_external(world)
    fw.fire(world.lead, finding, "register_external")
    address = f"/hallazgos/{finding.id}/ente-control"
    head = world.browser(app, "head")
    data = {
        "version": str(fw.version_of(world.head, finding)),
        "authority_result": "Cerrado con el oficio 77.",
        "authority_result_on": "2027-02-28",
    }
    assert head.post(address, data={**data, "authority_result": ""}).status_code == 422
    assert head.post(address, data={**data, "authority_result_on": "2028-01-01"}).status_code == 422
    assert world.browser(app, "lead").post(address, data=data).status_code == 403
    assert head.post(address, data=data).status_code == 303
    page = text_of(world.browser(app, "leader").get(f"/hallazgos/{finding.id}"))
    assert "Cerrado con el oficio 77." in page


@pytest.mark.csrf
def test_without_the_token_nothing_is_taken(app: Flask, world: fw.World, audit: Audit) -> None:
    finding = fw.make_finding(world, audit)
    client = app.test_client()
    page = text_of(client.get("/entrar"))
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    person = {"email": world.users["auditor"].email, "password": fw.PASSWORD}
    assert client.post("/entrar", data={**person, "csrf_token": token[1]}).status_code == 303
    addresses = (
        f"/hallazgos/nuevo?audit_id={audit.id}", "/hallazgos/externo",
        *(
            f"/hallazgos/{finding.id}/{end}"
            for end in (
                "editar", "eventos/submit", "eventos/reply", "replica", "evidencia",
                "evidencia/vinculo", "evidencia/1/retiro", "revision", "analisis", "causa",
                "comite", "ente-control",
            )
        ),
    )  # fmt: skip
    before = finding.version
    for address in addresses:
        answer = client.post(address, data={"version": str(before), "reason": "x"})
        assert answer.status_code == 400, address
        assert "El formulario venció" in text_of(answer)
    assert again(world, finding).version == before


def test_the_clock_decides_what_the_term_says(
    app: Flask, world: fw.World, audit: Audit, clock: Clock
) -> None:
    finding = fw.make_preliminary(world, audit)
    page = text_of(world.browser(app, "leader").get(f"/hallazgos/{finding.id}"))
    assert "Vence el" in page
    assert "días hábiles" in page
    clock.advance(days=30)
    browser = world.browser(app, "leader")
    page = text_of(browser.get(f"/hallazgos/{finding.id}"))
    assert "El término de réplica venció" in page
    late = press(
        browser,
        finding,
        "reply",
        fw.version_of(world.leader, finding),
        stance="objeta",
        arguments="Llegué tarde",
    )
    assert late.status_code == 409
    assert "Llegué tarde" in text_of(late)
