"""The pages of extensions and referrals: each person sees his part, and no more."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from app.context import Context
from app.models.findings import Finding
from app.services import referrals, reply_extensions
from app.services.referrals import ReferralData
from tests import finding_world as fw
from tests.finding_world import World, text_of
from workflows.enums import ReferralAuthority


@pytest.fixture
def world(ctx: Context) -> World:
    return fw.make_world(ctx)


@pytest.fixture
def finding(world: World) -> Finding:
    return fw.make_preliminary(world, fw.make_fieldwork_audit(world))


def test_the_leader_asks_and_the_head_grants(app: Flask, world: World, finding: Finding) -> None:
    leader, head = world.browser(app, "leader"), world.browser(app, "head")
    page = text_of(leader.get(f"/hallazgos/replicas?audit_id={finding.audit_id}"))
    assert "Pedir prórroga del término" in page
    form = f"/hallazgos/{finding.id}/replica"
    assert "Pedir prórroga" in text_of(leader.get(form))
    assert "Pedir prórroga" not in text_of(world.browser(app, "liaison").get(form))
    path = f"/auditorias/{finding.audit_id}/prorroga-replica"
    assert leader.post(path, data={"days": "9", "reason": "No alcanza."}).status_code == 422
    assert leader.post(path, data={"days": "", "reason": ""}).status_code == 422
    asked = leader.post(path, data={"days": "3", "reason": "No alcanza."})
    assert asked.status_code == 303
    place = asked.headers["Location"]
    assert "todavía no ha decidido" in text_of(leader.get(place))
    assert "Conceder la prórroga" not in text_of(leader.get(place))
    assert place.partition("#")[0] in text_of(head.get("/panel"))
    assert "Conceder la prórroga" in text_of(head.get(place))
    decision = {"days": "2", "reason": "Es razonable.", "version": "1"}
    assert leader.post(f"{place}/decision", data={**decision, "action": "grant"}).status_code == 403
    assert head.post(f"{place}/decision", data={"reason": "", "version": "1"}).status_code == 422
    assert head.post(f"{place}/decision", data={**decision, "action": "grant"}).status_code == 303
    assert head.post(f"{place}/decision", data={**decision, "action": "grant"}).status_code == 409
    page = text_of(leader.get(f"/hallazgos/{finding.id}"))
    assert "y 2 de prórroga" in page
    assert "concedida" in page


def test_a_denial_is_read_with_its_reason(app: Flask, world: World, finding: Finding) -> None:
    assert finding.audit_id is not None
    made = reply_extensions.request(world.leader, finding.audit_id, days=2, reason="Poco tiempo.")
    head = world.browser(app, "head")
    data = {"action": "deny", "days": "", "reason": "El término basta.", "version": made.version}
    assert head.post(f"/prorrogas/{made.id}/decision", data=data).status_code == 303
    page = text_of(world.browser(app, "liaison").get(f"/prorrogas/{made.id}"))
    assert "Negó la prórroga" in page
    assert "El término basta." in page
    assert world.browser(app, "stranger").get(f"/prorrogas/{made.id}").status_code == 404
    assert world.browser(app, "manager").get(f"/prorrogas/{made.id}").status_code == 404


def test_a_referral_is_on_the_page_of_the_head_alone(app: Flask, world: World) -> None:
    finding = fw.fire(world.lead, fw.make_external(world), "register_external")
    head, path = world.browser(app, "head"), f"/hallazgos/{finding.id}"
    assert "Trasladar el hallazgo" in text_of(head.get(path))
    sent = {
        "authority": "procuraduria",
        "addressee": "Procuraduría Provincial de Buga",
        "matter": "Pagos sin recibo.",
        "sent_on": world.ctx.today().isoformat(),
    }
    wrong = head.post(f"{path}/traslados", data={**sent, "addressee": ""})
    assert wrong.status_code == 422
    assert "El traslado no dice a quién va dirigido." in text_of(wrong)
    assert head.post(f"{path}/traslados", data=sent).status_code == 303
    assert "Procuraduría Provincial de Buga" in text_of(head.get(path))
    for name in ("lead", "auditor", "leader", "planner", "manager"):
        browser = world.browser(app, name)
        page = text_of(browser.get(path))
        assert "Buga" not in page
        assert "traslado" not in page.lower()
        assert browser.post(f"{path}/traslados", data=sent).status_code in {403, 404}


def test_what_the_authority_answered_is_written_on_it(app: Flask, world: World) -> None:
    finding = fw.fire(world.lead, fw.make_external(world), "register_external")
    data = ReferralData(ReferralAuthority.PROSECUTOR, "Fiscalía 4", "Hechos.", world.ctx.today())
    made = referrals.refer(world.head, finding.id, data)
    head, path = world.browser(app, "head"), f"/traslados/{made.id}/respuesta"
    typed = {"answer": "", "answered_on": world.ctx.today().isoformat(), "version": made.version}
    wrong = head.post(path, data=typed)
    assert wrong.status_code == 422
    assert f'id="answer-{made.id}-answer"' in text_of(wrong)
    assert head.post(path, data={**typed, "answer": "Archivó."}).status_code == 303
    assert "Archivó." in text_of(head.get(f"/hallazgos/{finding.id}"))
    assert head.post(path, data={**typed, "answer": "Abrió."}).status_code == 409


def test_the_legal_representative_has_a_page_of_his_own(app: Flask, world: World) -> None:
    finding = fw.fire(world.lead, fw.make_external(world), "register_external")
    head, manager = world.browser(app, "head"), world.browser(app, "manager")
    path, person = f"/hallazgos/{finding.id}", world.users["manager"]
    sent = {
        "authority": "representante_legal",
        "addressee_id": "",
        "matter": "Pagos sin recibo.",
        "sent_on": world.ctx.today().isoformat(),
        "idempotency_key": "una",
    }
    wrong = head.post(f"{path}/traslados", data=sent)
    assert wrong.status_code == 422
    assert "Elija a la persona" in text_of(wrong)
    sent["addressee_id"] = str(person.id)
    for _twice in range(2):
        assert head.post(f"{path}/traslados", data=sent).status_code == 303
    assert text_of(head.get(path)).count("Pagos sin recibo.") == 1
    assert "Todavía no la ha abierto" in text_of(head.get(path))
    assert "Pagos sin recibo." not in text_of(manager.get(path))
    assert "Abrir la comunicación reservada" in text_of(manager.get(path))
    (place,) = set(re.findall(r"/comunicaciones-reservadas/\d+", text_of(manager.get("/panel"))))
    assert place in text_of(manager.get("/comunicaciones-reservadas"))
    assert "Pagos sin recibo." in text_of(manager.get(place))
    assert "La abrió por primera vez" in text_of(head.get(path))
    answer = f"/traslados/{place.rpartition('/')[2]}/respuesta"
    (version,) = re.findall(r'name="version" value="(\d+)"', text_of(manager.get(place)))
    typed = {"answer": "Ordenó indagar.", "version": version}
    assert head.post(answer, data=typed).status_code == 403
    assert manager.post(answer, data={**typed, "answer": " "}).status_code == 422
    assert manager.post(answer, data={**typed, "answer": "x" * 200_000}).status_code == 422
    assert manager.post(answer, data=typed).status_code == 303
    stale = manager.post(answer, data={**typed, "answer": "Otra cosa."})
    assert stale.status_code == 409
    assert "Otra cosa." in text_of(stale)
    assert "Ordenó indagar." in text_of(head.get(path))
    for name in ("lead", "auditor", "leader", "liaison", "planner", "admin"):
        browser = world.browser(app, name)
        assert browser.get(place).status_code == 404
        assert browser.get("/comunicaciones-reservadas").status_code == 404
        assert browser.post(answer, data=typed).status_code == 404
        assert "reservad" not in text_of(browser.get("/panel")).lower()


def test_an_external_finding_tells_its_incidences(app: Flask, world: World) -> None:
    lead = world.browser(app, "lead")
    typed = fw.typed_form(
        world,
        source="contraloria_general",
        source_report="Informe 12",
        source_report_date="2027-02-01",
        incidences=["administrativa", "fiscal"],
        fiscal_amount="12.500.000",
        related_risk="Pago sin recibo",
    )
    answer = lead.post("/hallazgos/externo", data=typed)
    assert answer.status_code == 303, text_of(answer)
    page = text_of(lead.get(answer.headers["Location"]))
    assert "Incidencia fiscal: $ 12.500.000" in page
    assert "Pago sin recibo" in page
    edit = text_of(lead.get(answer.headers["Location"] + "/editar"))
    assert edit.count("checked") >= 2
    wrong = lead.post("/hallazgos/externo", data={**typed, "fiscal_amount": ""})
    assert wrong.status_code == 422
    assert "cuantía" in text_of(wrong)
