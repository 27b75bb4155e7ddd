"""Evaluation of an audit: by the leader alone, once, and read by few."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DatabaseError

from app.context import Context
from app.errors import Forbidden, NotFound, OutOfPlace, Refused
from app.models.audits import Audit, AuditEvaluation
from app.models.traceability import LedgerEvent
from app.services import evaluations, ledger, tasks
from tests import factories
from tests import plan_world as pw
from tests.plan_world import World
from workflows.audit import AuditState
from workflows.enums import EvaluationStatement

pytestmark = pytest.mark.postgres_long
ANSWERS = dict.fromkeys(EvaluationStatement, 4) | {EvaluationStatement.RESPECT: 5}
COMMENT = "El informe llegó tarde."


@pytest.fixture
def world(ctx: Context) -> World:
    return pw.make_world(ctx)


@pytest.fixture
def audit(world: World) -> Audit:
    return pw.make_audit_with_final_report(world)


def put(world: World, audit: Audit, state: AuditState, **values: Any) -> None:
    with world.head.transaction() as session:
        session.execute(update(Audit).where(Audit.id == audit.id).values(state=state, **values))
        world.head.record("change", "edit", audit, {})
    world.ctx.session.expire_all()


def send(world: World, audit: Audit, *, by: str = "leader", **changes: Any) -> AuditEvaluation:
    given = {"answers": ANSWERS, "comment": COMMENT, **changes}
    return evaluations.send(acting(world, by), audit.id, given.pop("answers"), **given)


def acting(world: World, name: str) -> Context:
    world.ctx.session.rollback()
    return factories.acting(world.ctx, getattr(world.office, name))


def seen(world: World, audit: Audit, name: str) -> AuditEvaluation | None:
    view = evaluations.of_audit(acting(world, name), audit)
    return None if view is None else view.sent


def owes(world: World, name: str) -> list[str]:
    found = tasks.inbox(acting(world, name))
    return [task.endpoint for task in found.all_owed if task.event == "audit.evaluate"]


def test_the_leader_answers_once(world: World, audit: Audit) -> None:
    sent = send(world, audit, comment=f"  {COMMENT}\r\n")
    assert sent.answers == {each.value: score for each, score in ANSWERS.items()}
    assert sent.comment == COMMENT
    assert (sent.evaluated_by_id, sent.evaluated_at) == (world.office.leader.id, world.ctx.now())
    with pytest.raises(OutOfPlace, match=r"audit_evaluation\.sent"):
        send(world, audit)
    assert len(world.ctx.session.scalars(select(AuditEvaluation)).all()) == 1


def test_the_same_form_twice_is_one_evaluation(world: World, audit: Audit) -> None:
    first = send(world, audit, key="una-vez")
    assert send(world, audit, key="una-vez").id == first.id


@pytest.mark.parametrize("score", [None, 0, 6, -1])
def test_every_statement_has_a_score_of_the_scale(
    world: World, audit: Audit, score: int | None
) -> None:
    wrong = {**ANSWERS, EvaluationStatement.TIMELINESS: score}
    with pytest.raises(Refused, match=r"audit_evaluation\.needs_score") as refused:
        send(world, audit, answers=wrong)
    assert [each.field for each in refused.value.refusals] == ["oportunidad"]
    with pytest.raises(Refused) as refused:
        send(world, audit, answers={})
    assert len(refused.value.refusals) == len(EvaluationStatement)
    send(world, audit, answers=dict.fromkeys(EvaluationStatement, 1))


def test_nobody_else_evaluates(world: World, audit: Audit) -> None:
    for name in ("head", "lead", "auditor", "liaison", "planner", "manager"):
        with pytest.raises((Forbidden, NotFound)):
            send(world, audit, by=name)


def test_only_from_the_final_report_until_the_closing(world: World, audit: Audit) -> None:
    put(world, audit, AuditState.FINAL_REPORT, final_issued_at=None, announced_at=world.ctx.now())
    with pytest.raises(Forbidden):
        send(world, audit)
    put(world, audit, AuditState.CLOSED, final_issued_at=world.ctx.now())
    with pytest.raises(Forbidden):
        send(world, audit)
    put(world, audit, AuditState.FOLLOW_UP)
    send(world, audit)


def test_the_team_reads_it_once_the_audit_is_closed(world: World, audit: Audit) -> None:
    sent = send(world, audit)
    everyone = ("head", "leader", "lead", "auditor", "liaison", "planner", "manager")
    assert [name for name in everyone if seen(world, audit, name) is sent] == ["head", "leader"]
    put(world, audit, AuditState.CLOSED)
    readers = [name for name in everyone if seen(world, audit, name) is sent]
    assert readers == ["head", "leader", "lead", "auditor"]
    with pytest.raises(NotFound):
        evaluations.find(acting(world, "manager"), audit.id)


def test_it_is_a_task_of_the_leader_until_he_sends_it(world: World, audit: Audit) -> None:
    people = ("leader", "liaison", "head", "lead", "auditor")
    assert [name for name in people if owes(world, name)] == ["leader"]
    task = next(t for t in tasks.inbox(world.leader).all_owed if t.event == "audit.evaluate")
    assert (task.endpoint, task.arguments) == ("audits.evaluation", {"audit_id": audit.id})
    assert task.due_on is None
    put(world, audit, AuditState.FOLLOW_UP)
    assert owes(world, "leader")
    actor = acting(world, "leader").actor
    of_all = tasks.owed_by_all(world.ctx, [actor])
    assert "audit.evaluate" in [task.event for each in of_all for _who, task in each.owners]
    send(world, audit)
    assert not owes(world, "leader")
    of_all = tasks.owed_by_all(world.ctx, [actor])
    assert "audit.evaluate" not in [task.event for each in of_all for _who, task in each.owners]


def test_an_audit_that_closed_is_nobodys_task(world: World, audit: Audit) -> None:
    put(world, audit, AuditState.CLOSED)
    assert not owes(world, "leader")


def test_the_ledger_keeps_the_deed_and_not_the_answers(world: World, audit: Audit) -> None:
    sent = send(world, audit)
    event = world.ctx.session.scalars(
        select(LedgerEvent).where(LedgerEvent.thing_kind == "audit_evaluation")
    ).one()
    assert (event.action, event.thing_id) == ("evaluate", str(sent.id))
    body = "" if event.body is None else event.body.body
    assert "content_sha256" in body
    assert COMMENT not in body
    assert ledger.verify(world.ctx.session).ok


@pytest.mark.parametrize(
    "deed", ["UPDATE audit_evaluation SET comment = 'x'", "DELETE FROM audit_evaluation"]
)
def test_the_database_refuses_to_change_it(world: World, audit: Audit, deed: str) -> None:
    send(world, audit)
    with pytest.raises(DatabaseError, match="append-only"):
        world.ctx.session.execute(text(deed))
    world.ctx.session.rollback()
