"""Mis pendientes: each role sees what it owes, in a fixed number of queries."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from app.context import Context
from app.extensions import db
from app.models.accounts import User
from app.services import tasks
from tests import factories, plan_world
from tests.factories import Office
from tests.web.browsing import counted
from workflows.audit import AuditState


def events(ctx: Context, user: User) -> list[str]:
    inbox = tasks.inbox(factories.acting(ctx, user))
    return [task.event for task in (*inbox.late, *inbox.this_week, *inbox.later)]


def test_each_step_stands_on_the_desk_of_who_owes_it(ctx: Context, office: Office) -> None:
    plan = factories.make_annual_plan(ctx, office, approved=False)
    assert "annual_plan.submit" in events(ctx, office.head)
    audit = factories.make_audit(ctx, office, AuditState.FIELDWORK)
    paper = factories.make_paper(ctx, office, audit.id, reviewed=False)
    factories.make_finding(ctx, office, audit.id, reviewed=False)
    assert plan.id
    assert paper.id
    assert "working_paper.review" in events(ctx, office.lead)
    assert "finding.review" in events(ctx, office.lead)
    assert events(ctx, office.leader) == [], "nothing is told before the report"
    assert events(ctx, office.auditor) == []


def test_after_the_report_the_auditee_owes_the_reply_with_its_term(
    ctx: Context, office: Office
) -> None:
    factories.make_audit(ctx, office, AuditState.CONTRADICTION, finding_count=2)
    inbox = tasks.inbox(factories.acting(ctx, office.leader))
    assert [task.event for task in inbox.this_week] == ["finding.reply"] * 2
    assert all(task.due and task.due_on for task in inbox.this_week)
    waiting = tasks.inbox(factories.acting(ctx, office.head)).waiting
    assert [task.event for task in waiting] == ["audit.start_final_report"]


def test_a_declaration_is_owed_by_its_member_alone(ctx: Context, office: Office) -> None:
    from app.services import audit_team

    audit = factories.make_audit(ctx, office)
    audit_team.assign(factories.acting(ctx, office.head), audit.id, office.lead.id, lead=True)
    assert "audit.declare" in events(ctx, office.lead)
    assert "audit.declare" not in events(ctx, office.auditor)


def test_the_page_shows_the_tasks_and_the_arithmetic(
    ctx: Context, client: FlaskClient, office: Office
) -> None:
    factories.make_audit(ctx, office, AuditState.CONTRADICTION, finding_count=1)
    page = factories.sign_in(client, office.leader).get("/panel").text
    assert "Responder el hallazgo" in page
    assert "día hábil" in page or "días hábiles" in page
    assert "/replica" in page


def test_nothing_owed_is_said_kindly(ctx: Context, client: FlaskClient, office: Office) -> None:
    assert "Nada pendiente" in factories.sign_in(client, office.liaison).get("/panel").text


def test_the_page_of_the_head_asks_at_most_twelve_queries(
    ctx: Context, app: Flask, client: FlaskClient
) -> None:
    """However many actions there are: what of a kind there is nothing is not read."""
    world = plan_world.make_world(ctx)
    reported, *others = plan_world.actions_of(
        world, plan_world.make_running_plan(world, action_count=3).id
    )
    plan_world.make_reported(world, reported)
    plan_world.make_complete_plan(world)
    browser = factories.sign_in(client, world.office.head)
    with app.app_context():
        engine = db.engine
    browser.get("/panel")
    counts = []
    for _round in range(2):
        with counted(engine) as statements:
            page = browser.get("/panel").text
        counts.append(sum(not each.startswith("BEGIN") for each in statements))
        plan_world.make_reported(world, others.pop())
    assert reported.code in page
    assert counts[0] == counts[1] <= 12


def test_the_number_of_queries_does_not_grow_with_the_tasks(
    ctx: Context, engine: Engine, office: Office
) -> None:
    audit = factories.make_audit(ctx, office, AuditState.FIELDWORK)
    head = factories.acting(ctx, office.head)
    counts = []
    for _round in range(2):
        for _each in range(3):
            factories.make_finding(ctx, office, audit.id, reviewed=False)
        ctx.session.rollback()
        with counted(engine) as statements:
            tasks.inbox(head)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 12
