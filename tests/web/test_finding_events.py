"""The events of a finding in a browser."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.context import Context
from app.models.audits import Audit
from app.models.traceability import HistoryEntry
from app.services import audit_events, findings
from tests import finding_world as fw
from tests.finding_world import again, press, text_of
from workflows.finding import FindingState as State

SCRIPT = '"><script>alert(1)</script>{{7*7}} ñandú'
TOO_LONG = "a" * 20_001


@pytest.fixture
def world(ctx: Context) -> fw.World:
    return fw.make_world(ctx)


@pytest.fixture
def audit(world: fw.World) -> Audit:
    return fw.make_fieldwork_audit(world)


# ------------------------------------------------------------------ events


def test_every_event_refuses_the_wrong_role_and_the_wrong_moment(
    app: Flask, world: fw.World, audit: Audit
) -> None:
    finding = fw.make_preliminary(world, audit)
    names = sorted({e for e in ("submit", "communicate", "ratify", "close", "annul", "reopen")})
    version = fw.version_of(world.head, finding)
    entries = select(func.count(HistoryEntry.id))
    before = world.ctx.session.scalar(entries)
    for person, expected in (
        ("outsider", {404}),
        ("stranger", {404}),
        ("admin", {404}),
        ("liaison", {403}),
        ("auditor", {403, 409}),
        ("head", {403, 409}),
    ):
        browser = world.browser(app, person)
        for name in names:
            answer = press(browser, finding, name, version, reason="Motivo")
            assert answer.status_code in expected, (person, name, answer.status_code)
            assert browser.get(f"/hallazgos/{finding.id}/eventos/{name}").status_code == 405
        assert press(browser, finding, "no_such_event", version).status_code == 404
    world.ctx.session.rollback()
    assert world.ctx.session.scalar(entries) == before


def test_a_step_shows_what_is_missing_with_links_and_then_moves(
    app: Flask, world: fw.World, audit: Audit
) -> None:
    finding = fw.make_finding(world, audit, evidence=False, condition="")
    browser = world.browser(app, "auditor")
    page = text_of(browser.get(f"/hallazgos/{finding.id}"))
    assert "Falta la condición." in page
    assert f'href="/hallazgos/{finding.id}/editar#condition"' in page
    assert f'href="/hallazgos/{finding.id}#evidencia"' in page
    blocked = press(browser, finding, "submit", finding.version)
    assert blocked.status_code == 409
    assert "Falta al menos una evidencia." in text_of(blocked)
    findings.edit(world.auditor, finding.id, version=None, values={"condition": "Cuatro casos"})
    fw.add_evidence(world.auditor, finding)
    version = fw.version_of(world.auditor, finding)
    assert press(browser, finding, "submit", version).status_code == 303
    assert press(browser, finding, "submit", version).status_code == 409  # double press
    assert again(world, finding).state is State.IN_REVIEW


def test_a_reason_is_asked_for_at_its_field_and_a_stale_page_keeps_it(
    app: Flask, world: fw.World, audit: Audit
) -> None:
    finding = fw.make_contested(world, audit)
    browser = world.browser(app, "head")
    version = fw.version_of(world.head, finding)
    for reason, words in (("", "Escriba el motivo."), (TOO_LONG, "como máximo 20.000")):
        answer = press(browser, finding, "ratify", version, reason=reason)
        assert answer.status_code == 422
        assert words in text_of(answer)
        assert 'href="#ratify-reason"' in text_of(answer)
    stale = press(browser, finding, "ratify", version - 1, reason="Porque sí hay prueba")
    assert stale.status_code == 409
    assert "Porque sí hay prueba" in text_of(stale)
    assert "Ahora está en este estado: En contradicción" in text_of(stale)
    assert press(browser, finding, "ratify", version, reason="Se mantiene").status_code == 303
    assert again(world, finding).decision_reason == "Se mantiene"


def test_the_modification_keeps_both_texts_to_compare(
    app: Flask, world: fw.World, audit: Audit
) -> None:
    finding = fw.make_contested(world, audit)
    browser = world.browser(app, "head")
    version = fw.version_of(world.head, finding)
    present = {name: str(getattr(finding, name)) for name in fw.COMPLETE}
    same = press(browser, finding, "modify", version, **present, reason="Se ajusta")
    assert same.status_code == 422
    assert "El texto es igual" in text_of(same)
    assert "Se ajusta" in text_of(same)
    changed = {**present, "condition": "En 3 de 20 contratos no hay designación de supervisor."}
    blank = press(browser, finding, "modify", version, **changed, reason=" ")
    assert blank.status_code == 422
    assert "En 3 de 20" in text_of(blank)
    assert press(browser, finding, "modify", version, **changed, reason="3").status_code == 303
    page = text_of(world.browser(app, "leader").get(f"/hallazgos/{finding.id}"))
    assert "Qué cambió desde el informe preliminar" in page
    assert "<del>4</del>" in page
    assert "<ins>3</ins>" in page
    assert world.browser(app, "lead").get(f"/hallazgos/{finding.id}/modificar").status_code == 403


def test_the_committee_settles_a_difference_on_the_page(
    app: Flask, world: fw.World, audit: Audit
) -> None:
    finding = fw.make_contested(world, audit)
    fw.fire(world.head, finding, "ratify", reason="Se mantiene")
    fw.fire(world.leader, finding, "escalate", reason="No lo compartimos")
    browser = world.browser(app, "head")
    page = text_of(browser.get(f"/hallazgos/{finding.id}"))
    assert "Falta registrar la decisión del comité." in page
    address = f"/hallazgos/{finding.id}/comite"
    version = str(fw.version_of(world.head, finding))
    decision = {
        "version": version,
        "minutes_number": "CICCI-9",
        "minutes_date": "2027-02-20",
        "text": "Se mantiene el hallazgo.",
    }
    for changes, words in (
        ({"minutes_number": ""}, "Escriba el número del acta."),
        ({"minutes_number": "9" * 41}, "como máximo 40"),
        ({"minutes_date": "31/02/2027"}, "Escriba una fecha que exista"),
        ({"minutes_date": "2027-12-31"}, ""),
        ({"text": ""}, "Escriba qué decidió el comité."),
    ):
        answer = browser.post(address, data={**decision, **changes})
        assert answer.status_code == 422, changes
        assert words in text_of(answer), changes
    assert world.browser(app, "lead").post(address, data=decision).status_code == 403
    assert browser.post(address, data={**decision, "version": "1"}).status_code == 409
    assert browser.post(address, data=decision).status_code == 303
    assert "CICCI-9" in text_of(world.browser(app, "leader").get(f"/hallazgos/{finding.id}"))


def test_a_suspended_audit_takes_the_buttons_away_and_refuses_what_is_handmade(
    app: Flask, world: fw.World, audit: Audit
) -> None:
    finding = fw.make_preliminary(world, audit)
    audit_events.fire(world.head, audit.id, "suspend", version=None, reason="Sin acceso")
    version = fw.version_of(world.head, finding)
    for name, event_name in (("head", "withdraw"), ("leader", "reply")):
        browser = world.browser(app, name)
        page = text_of(browser.get(f"/hallazgos/{finding.id}"))
        assert "La auditoría está suspendida" in page
        assert f"/eventos/{event_name}" not in page
        data = {"reason": "Motivo", "stance": "objeta", "arguments": "Sí hay"}
        refused = press(browser, finding, event_name, version, **data)
        assert refused.status_code == 409
        assert "La auditoría está suspendida" in text_of(refused)
        assert "Sí hay" in text_of(refused)
