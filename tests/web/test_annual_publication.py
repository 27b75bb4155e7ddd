"""The annual plan on the portal: only what the head decided to show, kept true, and taken back."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.context import Context
from app.models.audits import AnnualPlan, Audit
from app.models.publications import PubAnnualAudit, PubAnnualPlan
from app.models.traceability import HistoryEntry
from app.services import annual_plans, audits
from tests import factories as make
from tests.web.browsing import Browse, counted, rows, text

HOME = "/transparencia/plan-anual"
YEAR = f"{HOME}/2027"
SECRET = "Zarzaparrilla"
"""The title of an audit that is left out."""


@pytest.fixture
def plan(ctx: Context, office: make.Office) -> AnnualPlan:
    """Approved, with two audits and a special one that is never shown by itself."""
    plan = make.make_annual_plan(ctx, office, audit_count=2)
    make.make_audit(ctx, office, title=SECRET)
    return plan


@pytest.fixture
def head(app: Flask, office: make.Office) -> FlaskClient:
    return Browse(app)(office.head)


def address(plan: AnnualPlan) -> str:
    return f"/plan-anual/{plan.id}/publicacion"


def sent(ctx: Context, plan: AnnualPlan, **changes: str) -> dict[str, str]:
    """The form as the page offers it: both audits of the plan shown, the special one not."""
    fresh = rows(ctx, select(AnnualPlan).where(AnnualPlan.id == plan.id))[0]
    audits = rows(ctx, select(Audit).order_by(Audit.id))
    form = {"version": str(fresh.version), "objective": "Cuidar lo de todos.", "scope": "Todo."}
    for audit in audits:
        form[f"a{audit.id}_title"] = audit.title
        if audit.annual_plan_id is not None:
            form[f"a{audit.id}_shown"] = "1"
    return {**form, **changes}


def published(ctx: Context, head: FlaskClient, plan: AnnualPlan, **changes: str) -> None:
    answer = head.post(address(plan), data=sent(ctx, plan, **changes))
    assert answer.status_code == 303, text(answer)


def test_what_was_decided_is_on_the_portal_and_nothing_else(
    ctx: Context, plan: AnnualPlan, head: FlaskClient, client: FlaskClient
) -> None:
    assert "Todavía no hay planes publicados" in text(client.get(HOME))
    assert client.get(YEAR).status_code == 404
    page = text(head.get(address(plan)))
    assert SECRET in page  # the head is asked about it, unmarked
    published(ctx, head, plan)
    for shown in (HOME, YEAR):
        page = text(client.get(shown))
        assert "Auditoría 1" in page
        assert "Auditoría 2" in page
        assert "Cuidar lo de todos." in page
        assert "Edición 1" in page
    assert f'href="{HOME}' in text(client.get("/transparencia"))
    everywhere = (HOME, YEAR, "/transparencia", "/transparencia/feed.atom", "/sitemap.xml")
    data = tuple(f"/transparencia/datos/plan-anual.{suffix}" for suffix in ("csv", "json"))
    for public in (*everywhere, *data, f"/transparencia/buscar?q={SECRET}"):
        answer = client.get(public)
        assert answer.status_code == 200, public
        if "buscar" not in public:  # that page repeats what was asked
            assert SECRET not in answer.text, public
        assert not re.search(r"2027-AUD-\d", answer.text), public  # inside codes stay inside
    table = list(csv.DictReader(io.StringIO(client.get(data[0]).text.lstrip("\ufeff"))))
    assert len(table) == 2
    assert "/transparencia/plan-anual/2027" in client.get("/sitemap.xml").text
    assert "/transparencia/plan-anual/2027" in client.get("/transparencia/feed.atom").text


def test_the_portal_follows_the_work_by_itself(
    ctx: Context, office: make.Office, plan: AnnualPlan, head: FlaskClient, client: FlaskClient
) -> None:
    published(ctx, head, plan)
    audit = rows(ctx, select(Audit).where(Audit.annual_plan_id == plan.id))[0]
    assert rows(ctx, select(PubAnnualAudit.phase)) == ["por_iniciar"] * 2
    make.to_planning(ctx, office, audit.id)
    assert sorted(rows(ctx, select(PubAnnualAudit.phase))) == ["en_curso", "por_iniciar"]
    assert "En curso" in text(client.get(YEAR))


def test_personal_data_is_refused_kept_as_typed_and_taken_out_on_request(
    ctx: Context, plan: AnnualPlan, head: FlaskClient, office: make.Office
) -> None:
    form = sent(ctx, plan, objective=f"Lo pidió {office.leader.name}, cédula 52.345.678.")
    answer = head.post(address(plan), data=form)
    assert answer.status_code == 422
    page = text(answer)
    assert "52.345.678" in page
    assert "Quitar lo señalado" in page
    assert rows(ctx, select(PubAnnualPlan)) == []
    masked = head.post(address(plan), data={**form, "mask": "1"})
    assert masked.status_code == 200
    assert "52.345.678" not in text(masked)
    assert "[dato omitido]" in text(masked)
    assert rows(ctx, select(PubAnnualPlan)) == []


@pytest.mark.parametrize("shown", [True, False])
def test_a_title_is_needed_of_what_is_shown_only(
    ctx: Context, plan: AnnualPlan, head: FlaskClient, shown: bool
) -> None:
    audit = rows(ctx, select(Audit).where(Audit.annual_plan_id == plan.id))[0]
    form = sent(ctx, plan, **{f"a{audit.id}_title": " "})
    if not shown:
        del form[f"a{audit.id}_shown"]
    assert head.post(address(plan), data=form).status_code == (422 if shown else 303)
    assert len(rows(ctx, select(PubAnnualAudit))) == (0 if shown else 1)


def test_nothing_shown_is_no_plan(ctx: Context, plan: AnnualPlan, head: FlaskClient) -> None:
    form = {name: value for name, value in sent(ctx, plan).items() if not name.endswith("_shown")}
    assert head.post(address(plan), data=form).status_code == 422
    assert rows(ctx, select(PubAnnualPlan)) == []


def test_a_stale_page_is_told_and_a_second_press_is_one_publication(
    ctx: Context, plan: AnnualPlan, head: FlaskClient
) -> None:
    old = sent(ctx, plan, scope="Solo la sede central.")
    press = sent(ctx, plan, idempotency_key="k")
    assert head.post(address(plan), data=press).status_code == 303
    assert head.post(address(plan), data=press).status_code == 303
    told = select(HistoryEntry).where(HistoryEntry.event == "publish")
    assert len(rows(ctx, told)) == 1
    answer = head.post(address(plan), data=old)
    assert answer.status_code == 409
    assert "Solo la sede central." in text(answer)
    assert rows(ctx, select(PubAnnualPlan.scope)) == ["Todo."]


def test_only_the_head_publishes_and_only_what_the_committee_approved(
    app: Flask, ctx: Context, office: make.Office, plan: AnnualPlan
) -> None:
    browse = Browse(app)
    for person in (office.lead, office.auditor, office.leader, office.manager, office.planner):
        assert browse(person).get(address(plan)).status_code in (403, 404), person.name
        answer = browse(person).post(address(plan), data=sent(ctx, plan))
        assert answer.status_code in (403, 404), person.name
    draft = annual_plans.create(
        make.acting(ctx, office.head), 2028, annual_plans.PlanTexts(objective="Después.")
    )
    assert browse(office.head).get(address(draft)).status_code == 403
    assert browse(office.head).post(address(draft), data={}).status_code == 403
    assert rows(ctx, select(PubAnnualPlan)) == []


def test_a_plan_taken_back_leaves_its_date_and_ground(
    ctx: Context, plan: AnnualPlan, head: FlaskClient, client: FlaskClient
) -> None:
    published(ctx, head, plan)
    blank = head.post(f"{address(plan)}/retiro", data={"reason": "", "legal_ground": ""})
    assert blank.status_code == 422
    assert client.get(YEAR).status_code == 200
    version = sent(ctx, plan)["version"]
    given = {"reason": "Error en las fechas", "legal_ground": "Ley 1712 de 2014, artículo 18"}
    answer = head.post(f"{address(plan)}/retiro", data={"version": version, **given})
    assert answer.status_code == 303
    gone = client.get(YEAR)
    assert gone.status_code == 410
    assert given["legal_ground"] in text(gone)
    assert given["reason"] not in text(gone)
    assert "Auditoría 1" not in text(gone)
    assert "Todavía no hay planes publicados" in text(client.get(HOME))
    published(ctx, head, plan)
    assert client.get(YEAR).status_code == 200


def test_the_page_of_a_year_asks_a_fixed_number_of_questions(
    app: Flask, ctx: Context, office: make.Office, plan: AnnualPlan, head: FlaskClient, client: Any
) -> None:
    published(ctx, head, plan)
    engine = app.extensions["vigia.portal"].kw["bind"]
    seen = []
    for more in (0, 3):
        for number in range(more):
            data = make.audit_data(office, title=f"Otra {number}", special_authorization="Acta 9")
            audits.create(make.acting(ctx, office.head), data)
        ids = rows(ctx, select(Audit.id))
        published(ctx, head, plan, **{f"a{id_}_shown": "1" for id_ in ids})
        with counted(engine) as statements:
            assert client.get(YEAR).status_code == 200
        seen.append(len(statements))
    assert seen[0] == seen[1] <= 6
