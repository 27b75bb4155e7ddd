"""The page on which the leader evaluates an audit, and what others see of it."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.context import Context
from app.models.accounts import User
from app.models.audits import Audit, AuditEvaluation
from tests import factories
from tests import plan_world as pw
from tests.finding_world import text_of
from tests.plan_world import World
from workflows.enums import EvaluationStatement

SENT = {**{each.value: "4" for each in EvaluationStatement}, "comment": "Muy clara la reunión."}


@pytest.fixture
def world(ctx: Context) -> World:
    return pw.make_world(ctx)


@pytest.fixture
def audit(world: World) -> Audit:
    return pw.make_audit_with_final_report(world)


def browser(app: Flask, user: User) -> FlaskClient:
    return factories.sign_in(app.test_client(), user)


def count(world: World) -> int:
    world.ctx.session.rollback()
    return world.ctx.session.scalar(select(func.count(AuditEvaluation.id))) or 0


def test_the_leader_evaluates_from_the_audits_page(app: Flask, world: World, audit: Audit) -> None:
    leader, path = browser(app, world.office.leader), f"/auditorias/{audit.id}/evaluacion"
    show = f"/auditorias/{audit.id}"
    page = text_of(leader.get(show))
    assert "Evalúe esta auditoría" in page
    assert f'href="{path}"' in page
    assert f'href="{path}"' in text_of(leader.get("/panel"))
    form = text_of(leader.get(path))
    assert form.count('type="radio"') == 5 * len(EvaluationStatement)
    assert leader.post(path, data=SENT).status_code == 303
    answers = text_of(leader.get(path))
    assert answers.count("4 · De acuerdo") == len(EvaluationStatement)
    assert SENT["comment"] in answers
    assert 'type="radio"' not in answers
    page = text_of(leader.get(show))
    assert "Evalúe esta auditoría" not in page
    assert f'href="{path}"' in page
    assert f'href="{path}"' not in text_of(leader.get("/panel"))


def test_what_was_typed_stays_with_its_errors(app: Flask, world: World, audit: Audit) -> None:
    leader, path = browser(app, world.office.leader), f"/auditorias/{audit.id}/evaluacion"
    wrong = leader.post(path, data={**SENT, "trato": "", "utilidad": "6"})
    assert wrong.status_code == 422
    page = text_of(wrong)
    assert page.count("checked") == len(EvaluationStatement) - 2
    assert SENT["comment"] in page
    assert "Elija qué tan de acuerdo está con «Los auditores trataron" in page
    assert "Elija una de las opciones de la lista." in page
    assert leader.post(path, data={**SENT, "comment": "x" * 20_001}).status_code == 422
    assert count(world) == 0


def test_a_double_click_sends_it_once(app: Flask, world: World, audit: Audit) -> None:
    leader, path = browser(app, world.office.leader), f"/auditorias/{audit.id}/evaluacion"
    keyed = {**SENT, "idempotency_key": "una-vez"}
    answers = [leader.post(path, data=keyed) for _turn in range(2)]
    assert [(each.status_code, each.location) for each in answers] == [(303, path)] * 2
    other = leader.post(path, data={**SENT, "idempotency_key": "otra"})
    assert other.status_code == 409
    assert "La evaluación se envía una sola vez" in text_of(other)
    assert count(world) == 1


def test_others_neither_answer_nor_read(app: Flask, world: World, audit: Audit) -> None:
    office, path = world.office, f"/auditorias/{audit.id}/evaluacion"
    head = browser(app, office.head)
    assert "todavía no ha evaluado" in text_of(head.get(path))
    assert path not in text_of(head.get(f"/auditorias/{audit.id}"))
    assert browser(app, office.leader).post(path, data=SENT).status_code == 303
    assert SENT["comment"] in text_of(head.get(path))
    assert path in text_of(head.get(f"/auditorias/{audit.id}"))
    assert head.post(path, data=SENT).status_code == 403
    for user in (office.lead, office.auditor, office.liaison, office.planner, office.manager):
        other = browser(app, user)
        assert other.get(path).status_code == 404
        assert other.post(path, data=SENT).status_code in {403, 404}
        assert path not in other.get(f"/auditorias/{audit.id}").text
