"""Who sees what of a finding, the list, and two people at once."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.context import Context
from app.errors import (
    NotFound,
    OutOfPlace,
    StaleVersion,
)
from app.models.traceability import HistoryEntry
from app.services import (
    finding_lists,
    finding_queries,
    finding_records,
    findings,
)
from tests import finding_world as fw
from tests.conftest import Clock


@pytest.fixture
def world(ctx: Context) -> fw.World:
    return fw.make_world(ctx)


# ------------------------------------------------------------------ who sees what


def test_nobody_outside_the_team_sees_a_finding_before_its_communication(
    world: fw.World,
) -> None:
    audit = fw.make_fieldwork_audit(world)
    finding = fw.make_reviewed(world, audit)
    outside = ("leader", "liaison", "stranger", "outsider", "planner", "manager", "admin")
    for name in outside:
        ctx = world.acting(name)
        assert finding_lists.page(ctx, finding_lists.Filters()).total == 0
        with pytest.raises(NotFound):
            finding_queries.view(ctx, finding.id)
    fw.communicate(world, audit)
    seen = {
        n for n in outside if finding_lists.page(world.acting(n), finding_lists.Filters()).total
    }
    assert seen == {"leader", "liaison"}


def test_the_auditee_sees_neither_the_internal_history_nor_an_analysis_in_progress(
    world: fw.World, clock: Clock
) -> None:
    audit = fw.make_fieldwork_audit(world)
    finding = fw.make_finding(world, audit)
    fw.fire(world.auditor, finding, "submit")
    fw.fire(world.lead, finding, "send_back", reason="Redacción interna")
    fw.fire(world.auditor, finding, "submit")
    findings.review(world.lead, finding.id, version=None)
    clock.advance(minutes=5)
    fw.communicate(world, audit)
    fw.make_reply(world, finding)
    finding_records.analyse(world.auditor, finding.id, version=None, text="Análisis interno")
    theirs = finding_queries.view(world.leader, finding.id)
    assert [step.action for step in theirs.history] == ["reply", "communicate"]
    assert not theirs.shows_analysis
    ours = finding_queries.view(world.auditor, finding.id)
    assert ours.shows_analysis
    assert "send_back" in [step.action for step in ours.history]
    fw.fire(world.head, finding, "ratify", reason="Se mantiene")
    assert finding_queries.view(world.leader, finding.id).shows_analysis


def test_the_list_filters_and_pages_by_key(world: fw.World) -> None:
    audit = fw.make_fieldwork_audit(world)
    for number in range(finding_lists.PAGE + 2):
        fw.make_finding(world, audit, evidence=False, title=f"Hallazgo {number} al 100%_\\")
    ctx = world.auditor
    first = finding_lists.page(ctx, finding_lists.Filters(audit_id=audit.id))
    assert (len(first.rows), first.total) == (finding_lists.PAGE, finding_lists.PAGE + 2)
    second = finding_lists.page(ctx, finding_lists.Filters(before=first.next_id))
    assert (len(second.rows), second.next_id) == (2, None)
    assert not {r.id for r in first.rows} & {r.id for r in second.rows}
    for text, total in (("100%_\\", first.total), ("HALLAZGO 1 ", 1), ("0%", 27), ("_x", 0)):
        assert finding_lists.page(ctx, finding_lists.Filters(text=text)).total == total
    assert finding_lists.page(ctx, finding_lists.Filters(year=2027)).total == first.total
    assert finding_lists.page(ctx, finding_lists.Filters(year=2026)).total == 0
    assert finding_lists.page(ctx, finding_lists.Filters(state="cerrado")).total == 0
    assert finding_lists.page(ctx, finding_lists.Filters(severity="mayor")).total == 27


# ------------------------------------------------------------------ two at once


def test_of_two_at_once_exactly_one_moves_the_finding(world: fw.World, engine: Engine) -> None:
    audit = fw.make_fieldwork_audit(world)
    finding = fw.make_finding(world, audit)
    finding_id, version = finding.id, fw.version_of(world.auditor, finding)
    actors = [world.actor_of("auditor"), world.actor_of("lead")]
    world.ctx.session.rollback()
    barrier = threading.Barrier(2)
    outcomes: list[str] = []

    def press(number: int) -> None:
        with Session(engine) as session:
            ctx = replace(world.ctx, session=session, actor=actors[number])
            barrier.wait(timeout=10)
            try:
                findings.fire(ctx, finding_id, "submit", version=version)
            except (StaleVersion, OutOfPlace) as error:
                outcomes.append(type(error).__name__)
            else:
                outcomes.append("moved")

    threads = [threading.Thread(target=press, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("moved") == 1
    submitted = select(func.count(HistoryEntry.id)).where(
        HistoryEntry.event == "submit", HistoryEntry.thing_id == str(finding_id)
    )
    assert world.ctx.session.scalar(submitted) == 1


def test_codes_never_repeat_when_two_write_at_once(world: fw.World, engine: Engine) -> None:
    audit = fw.make_fieldwork_audit(world)
    values = fw.finding_values(world)
    external, audit_id, code = fw.external_values(world), audit.id, audit.code
    lead = world.actor_of("lead")
    world.ctx.session.rollback()
    barrier = threading.Barrier(4)
    codes: list[str] = []

    def write(number: int) -> None:
        with Session(engine) as session:
            ctx = replace(world.ctx, session=session, actor=lead)
            barrier.wait(timeout=10)
            made = (
                findings.create(ctx, audit_id, values)
                if number % 2
                else findings.create_external(ctx, external)
            )
            codes.append(made.code)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [
        f"{code}-H01",
        f"{code}-H02",
        "2027-EXT-H001",
        "2027-EXT-H002",
    ]
