"""La bitácora on screen: by thing, person and date; only for whom it is."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from app.context import Context
from tests import factories
from tests.factories import Office
from workflows.audit import AuditState


@pytest.fixture
def office(ctx: Context) -> Office:
    office = factories.make_office(ctx)
    factories.make_audit(ctx, office, AuditState.PLANNING)
    return office


def test_the_head_finds_who_did_what(client: FlaskClient, office: Office) -> None:
    browser = factories.sign_in(client, office.head)
    whole = browser.get("/bitacora")
    assert whole.status_code == 200
    assert office.lead.name in whole.text
    only = browser.get("/bitacora", query_string={"person": office.auditor.id})
    rows = only.text.partition("<tbody>")[2].partition("</tbody>")[0]
    assert office.auditor.name in rows
    assert office.lead.name not in rows


@pytest.mark.parametrize(
    "query",
    [
        {"since": "2027-02-31"},
        {"before": "abc"},
        {"before": str(2**70)},
        {"person": "999999999999999999999"},
        {"person": "x' OR 1=1"},
        {"kind": "<script>"},
    ],
)
def test_strange_filters_are_dropped(
    client: FlaskClient, office: Office, query: dict[str, str]
) -> None:
    answer = factories.sign_in(client, office.head).get("/bitacora", query_string=query)
    assert answer.status_code in {200, 303}


def test_dates_bound_what_is_shown(client: FlaskClient, office: Office, ctx: Context) -> None:
    browser = factories.sign_in(client, office.head)
    today = ctx.today().isoformat()
    assert office.lead.name in browser.get(f"/bitacora?since={today}&until={today}").text
    empty = browser.get("/bitacora?until=2020-01-01").text
    assert "<tbody>" not in empty


def test_nobody_else_reads_it(client: FlaskClient, office: Office) -> None:
    for person in (office.lead, office.auditor, office.leader, office.planner, office.manager):
        browser = factories.sign_in(client, person)
        assert browser.get("/bitacora").status_code == 403
        browser.post("/salir")
    assert client.get("/bitacora").status_code in {302, 303}
