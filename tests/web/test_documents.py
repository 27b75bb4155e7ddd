"""Documents on screen: the list by permission, the card, the download, the withdrawal."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.context import Context
from app.models.documents import Document
from app.models.findings import FindingEvidence
from tests import factories
from tests.factories import Office
from workflows.audit import AuditState


@pytest.fixture
def document(ctx: Context, office: Office) -> Document:
    audit = factories.make_audit(ctx, office, AuditState.FIELDWORK)
    finding = factories.make_finding(ctx, office, audit.id)
    return ctx.session.scalars(
        select(Document)
        .join(FindingEvidence, FindingEvidence.document_id == Document.id)
        .where(FindingEvidence.finding_id == finding.id)
    ).one()


def test_the_team_reads_and_downloads_as_an_attachment(
    client: FlaskClient, office: Office, document: Document
) -> None:
    browser = factories.sign_in(client, office.auditor)
    assert document.title in browser.get("/documentos").text
    assert document.sha256 in browser.get(f"/documentos/{document.uuid}").text
    answer = browser.get(f"/documentos/{document.uuid}/archivo")
    assert answer.data == factories.PDF
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    answer.close()


def test_for_everybody_else_it_does_not_exist(
    client: FlaskClient, office: Office, document: Document
) -> None:
    missing = "00000000-0000-4000-8000-000000000000"
    for person in (office.leader, office.liaison, office.planner, office.manager):
        browser = factories.sign_in(client, person)
        assert document.title not in browser.get("/documentos").text
        for path in ("", "/archivo"):
            there = browser.get(f"/documentos/{document.uuid}{path}")
            nowhere = browser.get(f"/documentos/{missing}{path}")
            assert there.status_code == nowhere.status_code == 404
        browser.post("/salir")
    assert client.get(f"/documentos/{document.uuid}").status_code in {302, 303}


def test_withdrawing_needs_a_reason_and_keeps_the_file(
    client: FlaskClient, office: Office, document: Document
) -> None:
    browser = factories.sign_in(client, office.auditor)
    address = f"/documentos/{document.uuid}/retiro"
    refused = browser.post(address, data={"reason": " "})
    assert refused.status_code == 422
    assert "Escriba el motivo" in refused.text
    assert browser.post(address, data={"reason": "Archivo equivocado"}).status_code == 303
    assert "Archivo equivocado" in browser.get(f"/documentos/{document.uuid}").text


def test_the_custody_names_who_read_it(
    client: FlaskClient, office: Office, document: Document
) -> None:
    browser = factories.sign_in(client, office.lead)
    browser.get(f"/documentos/{document.uuid}/archivo").close()
    assert office.lead.name in browser.get(f"/documentos/{document.uuid}").text
