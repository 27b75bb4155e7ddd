"""The private calendar: its address is the key, its lines carry codes and no content."""

from __future__ import annotations

import re

from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import select

from app.cli import worker
from app.context import Context
from app.models.accounts import CalendarFeed
from app.models.traceability import LedgerEvent, OutboxItem
from app.services import accounts, reminders
from tests import factories
from tests.factories import Office, sign_in
from workflows.audit import AuditState

ADDRESS = re.compile(r'value="http[^"]*(/calendario/[^"]+\.ics)"')


def make_feed(client: FlaskClient) -> str:
    page = client.post("/perfil/calendario").text
    found = ADDRESS.search(page)
    assert found, page
    return found.group(1)


def test_the_calendar_says_step_code_and_day(
    app: Flask, ctx: Context, client: FlaskClient, office: Office
) -> None:
    audit = factories.make_audit(ctx, office, AuditState.CONTRADICTION, finding_count=1)
    path = make_feed(sign_in(client, office.leader))
    answer = app.test_client().get(path)
    assert answer.mimetype == "text/calendar"
    assert answer.headers["Cache-Control"] == "no-store"
    (event,) = Calendar.from_ical(answer.data).walk("VEVENT")
    assert event.decoded("dtstart") == audit.reply_due_on
    assert str(event["summary"]).startswith("Responder el hallazgo: ")
    assert factories.FINDING["title"] not in answer.text
    assert office.leader.name not in answer.text
    again = Calendar.from_ical(app.test_client().get(path).data).walk("VEVENT")
    assert [str(e["uid"]) for e in again] == [str(event["uid"])]


def test_a_new_address_ends_the_earlier_one_and_it_can_be_revoked(
    app: Flask, ctx: Context, client: FlaskClient, office: Office
) -> None:
    browser, visitor = sign_in(client, office.leader), app.test_client()
    first = make_feed(browser)
    second = make_feed(browser)
    assert visitor.get(first).status_code == 404
    assert visitor.get(second).status_code == 200
    assert second not in browser.get("/perfil").text, "told once"
    browser.post("/perfil/calendario/retiro")
    assert visitor.get(second).status_code == 404
    ctx.session.rollback()
    rows = ctx.session.scalars(select(CalendarFeed)).all()
    assert all(second.split("/")[-1][:-4] not in row.token_hash for row in rows)
    events = ctx.session.scalars(
        select(LedgerEvent.action).where(LedgerEvent.thing_kind == "calendar_feed")
    ).all()
    assert sorted(events) == ["create", "create", "revoke", "revoke"]


def test_of_who_was_disabled_nothing_is_told(
    app: Flask, ctx: Context, client: FlaskClient, office: Office
) -> None:
    path = make_feed(sign_in(client, office.leader))
    accounts.disable_user(ctx, office.leader.id, reason="Se retiró")
    assert app.test_client().get(path).status_code == 404


def test_nobody_makes_one_without_coming_in(app: Flask, ctx: Context, office: Office) -> None:
    assert app.test_client().post("/perfil/calendario").status_code == 303
    assert ctx.session.scalars(select(CalendarFeed)).all() == []


def test_the_worker_names_steps_and_addresses_of_every_task(
    app: Flask, ctx: Context, office: Office
) -> None:
    """The words of the worker: a label and a path for whatever is owed."""
    factories.make_audit(ctx, office, AuditState.CONTRADICTION, finding_count=1)
    with app.app_context():
        assert reminders.run(ctx, worker.words(ctx)) > 0
    payloads = ctx.session.scalars(
        select(OutboxItem.payload).where(OutboxItem.key.like("mail:digest:%"))
    ).all()
    text = next(p["text"] for p in payloads if p["to"] == office.leader.email)
    assert "Responder el hallazgo: " in text
    assert f"{ctx.config.public_url}/hallazgos/" in text
