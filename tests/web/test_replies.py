"""The reply of the auditee in a browser: one page, one press, a receipt."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.context import Context
from app.models.documents import Document
from app.models.findings import Finding, Reply, ReplyProposal
from app.services import replies
from tests import finding_world as fw
from workflows.finding import FindingState


@pytest.fixture
def world(ctx: Context) -> fw.World:
    return fw.make_world(ctx)


@pytest.fixture
def finding(world: fw.World) -> Finding:
    return fw.make_preliminary(world, fw.make_fieldwork_audit(world))


def text_of(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def count(world: fw.World, model: type[Any]) -> int:
    world.ctx.session.rollback()
    return world.ctx.session.scalar(select(func.count(model.id))) or 0


def attached(*names: str) -> list[tuple[io.BytesIO, str]]:
    return [(io.BytesIO(fw.PDF + name.encode()), name) for name in names]


def test_the_leader_files_from_one_page_and_keeps_a_receipt(
    app: Flask, world: fw.World, finding: Finding
) -> None:
    browser = world.browser(app, "leader")
    address = f"/hallazgos/{finding.id}"
    page = text_of(browser.get(f"{address}/replica"))
    assert f'action="{address}/eventos/reply"' in page
    version = re.search(r'name="version" value="(\d+)"', page)
    key = re.search(r'name="idempotency_key" value="([^"]+)"', page)
    assert version is not None
    assert key is not None

    def press() -> TestResponse:
        form = {
            "version": version[1],
            "idempotency_key": key[1],
            "stance": "objeta",
            "arguments": "Sí hay <b>supervisor</b>: ñandú.",
            "filing_number": "2020-OCI-000001",
            "files": attached("designación.pdf", "acta.pdf"),
        }
        return browser.post(f"{address}/eventos/reply", data=form)

    first, second = press(), press()
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location == f"{address}/replica"
    assert count(world, Reply) == 1
    reply = world.ctx.session.scalars(select(Reply)).one()
    receipt = text_of(browser.get(f"{address}/replica"))
    for words in (reply.filing_number, "Constancia de la réplica", "designación", "acta.pdf"):
        assert words in receipt
    assert reply.filing_number.startswith("2027-OCI-")
    assert "Sí hay &lt;b&gt;supervisor" in receipt
    assert reply.filing_number in text_of(world.browser(app, "auditor").get(address))
    stale = browser.post(
        f"{address}/eventos/reply",
        data={"version": version[1], "stance": "acepta", "arguments": "Otra respuesta"},
    )
    assert stale.status_code == 409
    assert "Otra respuesta" in text_of(stale)


def test_what_is_missing_or_wrong_is_said_at_its_field(
    app: Flask, world: fw.World, finding: Finding
) -> None:
    browser = world.browser(app, "leader")
    good = {"version": str(fw.version_of(world.leader, finding)), "stance": "acepta"}
    for changes, words in (
        ({"stance": "", "arguments": "Texto mío"}, "Indique si acepta u objeta"),
        ({"stance": "quizás", "arguments": "Texto mío"}, ""),
        ({"arguments": "  "}, "Escriba sus argumentos."),
        ({"arguments": "a" * 20_001}, "como máximo 20.000"),
        ({"arguments": "Texto mío", "files": [(io.BytesIO(b"MZ"), "a.exe")]}, "no se admite"),
        ({"arguments": "Texto mío", "files": [(io.BytesIO(b""), "a.pdf")]}, "0 bytes"),
        ({"arguments": "Texto mío", "files": attached(*map("{}.pdf".format, range(11)))}, "10"),
    ):
        answer = browser.post(f"/hallazgos/{finding.id}/eventos/reply", data={**good, **changes})
        page = text_of(answer)
        assert answer.status_code == 422, changes
        assert words in page, changes
        if changes.get("arguments") == "Texto mío":
            assert "Texto mío" in page
    assert count(world, Reply) == 0


def test_saving_without_filing_keeps_text_and_files(
    app: Flask, world: fw.World, finding: Finding
) -> None:
    browser = world.browser(app, "leader")
    address = f"/hallazgos/{finding.id}/replica"
    saved = browser.post(
        address,
        data={"action": "save", "stance": "", "arguments": "A medias", "files": attached("a.pdf")},
    )
    assert saved.status_code == 303
    page = text_of(browser.get(address))
    assert "A medias" in page
    assert "a.pdf" in page
    assert "Recuperamos el borrador" in page
    assert "A medias" not in text_of(world.browser(app, "liaison").get(address))
    too_long = browser.post(address, data={"action": "save", "arguments": "a" * 20_001})
    assert too_long.status_code == 422
    assert count(world, Reply) == 0
    # The office does not see what the auditee is preparing.
    assert "a.pdf" not in text_of(world.browser(app, "auditor").get(f"/hallazgos/{finding.id}"))


def test_a_liaison_proposes_and_the_leader_uses_it(
    app: Flask, world: fw.World, finding: Finding
) -> None:
    liaison, leader = world.browser(app, "liaison"), world.browser(app, "leader")
    address = f"/hallazgos/{finding.id}/replica"
    page = text_of(liaison.get(address))
    assert "Proponerla al líder del proceso" in page
    assert "Radicar la réplica" not in page
    proposal = {"action": "propose", "stance": "objeta", "arguments": "Propuesta de Elena"}
    assert liaison.post(address, data={**proposal, "arguments": ""}).status_code == 422
    assert liaison.post(address, data=proposal).status_code == 303
    filing = liaison.post(f"/hallazgos/{finding.id}/eventos/reply", data=proposal)
    assert filing.status_code == 403
    world.ctx.session.rollback()
    row = world.ctx.session.scalars(select(ReplyProposal)).one()
    page = text_of(leader.get(address))
    assert "Propuesta de Elena" in page
    chosen = text_of(leader.get(f"{address}?propuesta={row.id}"))
    assert re.search(r"<textarea[^>]*>\s*Propuesta de Elena", chosen)
    assert count(world, Reply) == 0


def test_who_may_open_the_page_of_the_reply(app: Flask, world: fw.World, finding: Finding) -> None:
    address = f"/hallazgos/{finding.id}/replica"
    for name, status in (
        ("stranger", 404),
        ("outsider", 404),
        ("manager", 404),
        ("admin", 404),
        ("auditor", 403),
        ("head", 403),
    ):
        browser = world.browser(app, name)
        assert browser.get(address).status_code == status, name
        sent = browser.post(address, data={"action": "save", "arguments": "x"})
        assert sent.status_code == status, name
    fw.make_reply(world, finding)
    assert world.browser(app, "head").get(address).status_code == 200
    later = world.browser(app, "leader").post(address, data={"action": "save", "arguments": "x"})
    assert later.status_code == 403


def test_the_overview_is_the_auditees_own(app: Flask, world: fw.World) -> None:
    audit = fw.make_fieldwork_audit(world)
    first, second = (
        fw.make_reviewed(world, audit, title=title) for title in ("Primero", "Segundo")
    )
    hidden = fw.make_reviewed(
        world, audit, title="De otro proceso", process_id=world.other_process.id
    )
    fw.communicate(world, audit)
    browser = world.browser(app, "leader")
    address = f"/hallazgos/replicas?audit_id={audit.id}"
    page = text_of(browser.get(address))
    assert "Le faltan 2 hallazgos por responder." in page
    assert hidden.title not in page
    fw.make_reply(world, first)
    page = text_of(browser.get(address))
    assert "Le falta 1 hallazgo por responder." in page
    assert f"/hallazgos/{second.id}/replica" in page
    assert f"/hallazgos/{first.id}/replica" not in page
    for name in ("auditor", "manager", "outsider", "admin"):
        assert world.browser(app, name).get(address).status_code == 404
    for query in ("", "?audit_id=", "?audit_id=abc", "?audit_id=-1", f"?audit_id={2**70}"):
        assert browser.get(f"/hallazgos/replicas{query}").status_code == 404


def test_files_of_a_reply_are_read_by_who_may(
    app: Flask, world: fw.World, finding: Finding
) -> None:
    fw.make_reply(world, finding, files=[replies.Upload(*attached("prueba.pdf")[0])])
    document = world.ctx.session.scalars(
        select(Document).where(Document.filename == "prueba.pdf")
    ).one()
    address = f"/documentos/{document.uuid}/archivo"
    for name, status in (("leader", 200), ("auditor", 200), ("stranger", 404), ("manager", 404)):
        answer = world.browser(app, name).get(address)
        assert answer.status_code == status, name
        answer.close()
    world.ctx.session.rollback()
    state = world.ctx.session.get_one(Finding, finding.id).state
    assert state is FindingState.CONTRADICTION
