"""Earlier findings that read like a text: which, for whom, and never another's secret."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine

from app.adapters.search.query import like
from app.context import Context
from app.models.findings import Finding
from app.services import deadlines, finding_radar
from tests.finding_world import (
    World,
    clock_of,
    issue_final,
    make_fieldwork_audit,
    make_finding,
    make_preliminary,
    make_world,
    typed_form,
)
from tests.search_world import work

TITLE = "Contratos sin supervisor designado"
CONDITION = "Doce contratos de obra no tienen supervisor designado por escrito."
TEXTS = (TITLE, "Quince contratos de consultoría carecen de supervisor designado.")


@pytest.fixture
def world(ctx: Context) -> World:
    return make_world(ctx)


@pytest.fixture
def earlier(world: World, engine: Engine) -> Finding:
    """Communicated and indexed."""
    audit = make_fieldwork_audit(world)
    finding = make_preliminary(world, audit, title=TITLE, condition=CONDITION)
    work(world.ctx, engine)
    return finding


def found(ctx: Context, *texts: str, finding_id: int | None = None) -> list[int]:
    ctx.session.rollback()
    radar = finding_radar.similar(ctx, texts, finding_id=finding_id)
    return [each.finding.id for each in radar.found]


def test_an_earlier_finding_comes_with_the_words_it_shares(world: World, earlier: Finding) -> None:
    radar = finding_radar.similar(world.auditor, TEXTS)
    (each,) = radar.found
    assert each.finding.id == earlier.id
    assert each.words == ("contratos", "supervisor", "designado")
    assert found(world.auditor, "Vehículos sin revisión tecnomecánica ni seguro vigente") == []
    assert found(world.auditor, *TEXTS, finding_id=earlier.id) == []


def test_a_few_words_are_not_compared(world: World, earlier: Finding) -> None:
    assert finding_radar.similar(world.auditor, ["Contratos de la"]).is_short
    assert finding_radar.similar(world.auditor, [""]).is_short


def test_who_may_not_read_it_is_not_told_that_it_exists(world: World, earlier: Finding) -> None:
    for name in ("outsider", "stranger", "planner", "admin"):
        assert found(world.acting(name), *TEXTS) == [], name


def test_another_team_is_warned_of_what_is_firm(world: World, engine: Engine) -> None:
    """A repeated finding is seldom of the same people's audit."""
    audit = make_fieldwork_audit(world)
    finding = make_preliminary(world, audit, title=TITLE, condition=CONDITION)
    clock_of(world).advance(days=30)
    deadlines.run(world.ctx)
    work(world.ctx, engine)
    assert found(world.acting("outsider"), *TEXTS) == []
    issue_final(world, audit)
    work(world.ctx, engine)
    assert found(world.acting("outsider"), *TEXTS) == [finding.id]


def test_what_nobody_was_told_is_no_precedent(world: World, engine: Engine) -> None:
    make_finding(world, make_fieldwork_audit(world), title=TITLE, condition=CONDITION)
    work(world.ctx, engine)
    assert found(world.auditor, *TEXTS) == []


def test_an_index_that_is_away_is_said(world: World, earlier: Finding, tmp_path: Path) -> None:
    if world.ctx.config.search_backend == "postgresql":
        return  # its tables are in the database itself
    ctx = world.auditor
    folder = ctx.config.data_dir / "index"
    assert folder.exists()
    shutil.move(folder, tmp_path / "away")
    radar = finding_radar.similar(replace(ctx), TEXTS)
    assert (radar.found, radar.is_blind) == ((), True)


def test_the_words_of_a_text_are_asked_each_once() -> None:
    query = like("Contratos, contrato y CONTRATO de 2027: AUD-01 ")
    assert [(each.terms, each.surface) for each in query.clauses] == [
        (("contrat",), "contratos"),
        (("aud",), "aud"),
    ]
    assert query.any_of


def test_the_form_shows_them_and_keeps_what_was_typed(
    app: Flask, world: World, earlier: Finding
) -> None:
    audit = earlier.audit
    assert audit is not None
    data = {"title": TITLE, "condition": CONDITION}
    other = make_fieldwork_audit(world)
    for name, address in (
        ("outsider", "/hallazgos/parecidos"),
        ("leader", "/hallazgos/parecidos"),
        ("auditor", f"/hallazgos/parecidos?de={earlier.id}"),
    ):
        refused = world.browser(app, name).post(address, data=data)
        assert refused.status_code == 403, name
        assert earlier.code not in refused.text, name
    browser = world.browser(app, "auditor")
    part = browser.post("/hallazgos/parecidos", data=data)
    assert earlier.code in part.text
    assert "<html" not in part.text
    typed = typed_form(world, title=TITLE, condition=CONDITION, action="similar", effect="Riesgo.")
    page = browser.post(f"/hallazgos/nuevo?audit_id={other.id}", data=typed)
    assert page.status_code == 200
    assert earlier.code in page.text
    assert "Riesgo." in page.text
    assert "Se guardó" not in page.text
