"""More time to reply: asked within the term, decided by the head, and never lost by silence."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.context import Context
from app.errors import Blocked, Forbidden, Invalid, NotFound, OutOfPlace, StaleVersion
from app.models.audits import Audit
from app.models.findings import Finding, ReplyExtension
from app.models.traceability import OutboxItem
from app.services import (
    admin_catalogues,
    finding_cascades,
    finding_facts,
    frozen_terms,
    reply_extensions,
    settings,
    tasks,
)
from app.services.terms import DueDate
from app.services.transitions import machine
from tests import finding_world as fw
from tests.conftest import Clock
from tests.finding_world import World
from workflows.enums import ExtensionState
from workflows.finding import FindingState

pytestmark = pytest.mark.postgres_long

REASON = "La información está en una sede sin conexión."


@pytest.fixture
def world(ctx: Context) -> World:
    return fw.make_world(ctx)


@pytest.fixture
def finding(world: World) -> Finding:
    return fw.make_preliminary(world, fw.make_fieldwork_audit(world))


def audit_of(world: World, finding: Finding) -> Audit:
    world.ctx.session.rollback()
    return world.ctx.session.get_one(Audit, finding.audit_id, populate_existing=True)


def ask(world: World, finding: Finding, by: str = "leader", **changes: object) -> ReplyExtension:
    given = {"days": 3, "reason": REASON, **changes}
    assert finding.audit_id is not None
    return reply_extensions.request(world.acting(by), finding.audit_id, **given)  # type: ignore[arg-type]


def decide(
    world: World, extension: ReplyExtension, days: int | None, by: str = "head"
) -> ReplyExtension:
    return reply_extensions.decide(
        world.acting(by), extension.id, days=days, reason="Es razonable.", version=None
    )


def due_of(world: World, finding: Finding) -> DueDate:
    return DueDate.from_json(audit_of(world, finding).reply_due or {})


def pass_the_term(world: World, finding: Finding, clock: Clock) -> None:
    days = (due_of(world, finding).date - world.ctx.today()).days
    clock.at += timedelta(days=days + 1)


def test_granted_days_lengthen_the_term_and_show_in_its_arithmetic(
    world: World, finding: Finding
) -> None:
    before = due_of(world, finding)
    extension = ask(world, finding)
    assert extension.filing_number
    assert due_of(world, finding) == before  # asking moves nothing
    granted = decide(world, extension, 2)
    after = due_of(world, finding)
    assert (after.term.amount, after.term.extended) == (before.term.amount, 2)
    assert (after.start_date, after.days_counted) == (before.start_date, before.days_counted + 2)
    assert after.date > before.date
    assert (granted.state, granted.days_granted) == (ExtensionState.GRANTED, 2)
    assert granted.due_before == before.to_json()
    assert granted.due_after == after.to_json()
    audit = audit_of(world, finding)
    assert audit.reply_due_on == after.date


def test_a_recalculation_keeps_what_was_granted(world: World, finding: Finding) -> None:
    decide(world, ask(world, finding), 3)
    session = world.ctx.session
    session.rollback()
    frozen = next(
        each for each in frozen_terms.running(session, world.ctx.today()) if each.which == "reply"
    )
    assert frozen.by(settings.rulebook(session)) == frozen.due


def test_a_denial_moves_nothing_and_another_may_be_asked(world: World, finding: Finding) -> None:
    before = due_of(world, finding)
    denied = decide(world, ask(world, finding), None)
    assert (denied.state, denied.days_granted) == (ExtensionState.DENIED, None)
    assert due_of(world, finding) == before
    decide(world, ask(world, finding), 1)
    with pytest.raises(Invalid, match=r"reply_extension\.too_many"):
        ask(world, finding)


def test_only_within_the_limit(world: World, finding: Finding) -> None:
    for days in (0, -1, 6):
        with pytest.raises(Invalid, match=r"reply_extension\.needs_days"):
            ask(world, finding, days=days)
    extension = ask(world, finding)
    for days in (0, -1, 6):
        with pytest.raises(Invalid, match=r"reply_extension\.needs_days"):
            decide(world, extension, days)
    with pytest.raises(Invalid, match="needs_reason"):
        reply_extensions.decide(world.head, extension.id, days=1, reason=" ", version=None)


def test_only_the_leader_asks_and_only_the_head_decides(world: World, finding: Finding) -> None:
    for name, error in {
        "liaison": Forbidden,
        "lead": Forbidden,
        "head": Forbidden,
        "stranger": NotFound,
        "planner": NotFound,
        "admin": NotFound,
    }.items():
        with pytest.raises(error):
            ask(world, finding, by=name)
    extension = ask(world, finding)
    for name, error in {
        "leader": Forbidden,
        "liaison": Forbidden,
        "lead": Forbidden,
        "stranger": NotFound,
        "planner": NotFound,
        "manager": NotFound,
        "admin": NotFound,
    }.items():
        with pytest.raises(error):
            decide(world, extension, 1, by=name)
    with pytest.raises(OutOfPlace, match=r"reply_extension\.pending"):
        ask(world, finding)
    with pytest.raises(StaleVersion):
        reply_extensions.decide(
            world.head, extension.id, days=1, reason="x", version=extension.version - 1
        )
    decide(world, extension, 1)
    with pytest.raises(OutOfPlace):
        decide(world, extension, 1)


def test_not_after_the_term_nor_without_anything_to_answer(
    world: World, finding: Finding, clock: Clock
) -> None:
    other = fw.make_preliminary(world, fw.make_fieldwork_audit(world))
    fw.make_reply(world, other)
    with pytest.raises(Invalid, match=r"reply_extension\.nothing_pending"):
        ask(world, other)
    pass_the_term(world, finding, clock)
    with pytest.raises(Invalid, match=r"reply_extension\.ended"):
        ask(world, finding)


def test_an_office_may_set_that_none_is_granted(world: World, finding: Finding) -> None:
    admin = world.acting("admin")
    rule = settings.rule(admin.session, "reply_extension")
    admin_catalogues.edit(
        admin, "terminos", rule.id, {"amount": 0, "legal_ground": "x"}, version=rule.version
    )
    with pytest.raises(Invalid, match=r"reply_extension\.too_many"):
        ask(world, finding)


def test_silence_of_the_office_ratifies_nothing(
    world: World, finding: Finding, clock: Clock
) -> None:
    extension = ask(world, finding)
    pass_the_term(world, finding, clock)
    system = world.ctx.as_system()
    assert finding_cascades.lapse_expired(system) == 0
    assert fw.state_of(world, finding) is FindingState.PRELIMINARY
    with pytest.raises(Blocked) as blocked:
        fw.fire_audit(world, audit_of(world, finding), "start_final_report")
    assert blocked.value.unmet == ("audit.needs_decided_extension", "audit.needs_decisions")
    facts = finding_facts.finding_facts(system, finding)
    assert machine(finding).unmet("lapse", facts) == ["finding.needs_decided_extension"]
    granted = decide(world, extension, 5)
    assert granted.state is ExtensionState.GRANTED
    fw.make_reply(world, finding)
    assert fw.state_of(world, finding) is FindingState.CONTRADICTION


def test_too_few_days_for_a_term_that_went_by_are_refused(
    world: World, finding: Finding, clock: Clock
) -> None:
    extension = ask(world, finding)
    pass_the_term(world, finding, clock)
    clock.at += timedelta(days=20)
    with pytest.raises(Invalid, match=r"reply_extension\.too_late"):
        decide(world, extension, 1)
    decide(world, extension, None)
    assert finding_cascades.lapse_expired(world.ctx.as_system()) == 1
    assert fw.state_of(world, finding) is FindingState.RATIFIED


def test_a_suspension_moves_an_extended_term_with_its_days(
    world: World, finding: Finding, clock: Clock
) -> None:
    decide(world, ask(world, finding), 2)
    before = due_of(world, finding)
    audit = audit_of(world, finding)
    fw.fire_audit(world, audit, "suspend", reason="Emergencia.")
    clock.at += timedelta(days=7)
    fw.fire_audit(world, audit_of(world, finding), "resume", reason="Terminó.")
    after = due_of(world, finding)
    assert after.term == before.term
    assert after.days_counted == before.days_counted
    assert after.date > before.date


def test_it_is_a_task_of_the_head_and_each_side_is_told(world: World, finding: Finding) -> None:
    extension = ask(world, finding)
    steps = {task.event for task in tasks.inbox(world.head).all_owed}
    assert "reply_extension.decide" in steps
    assert "reply_extension.decide" not in {t.event for t in tasks.inbox(world.lead).all_owed}
    decide(world, extension, 2)
    assert "reply_extension.decide" not in {t.event for t in tasks.inbox(world.head).all_owed}
    mails = world.ctx.session.scalars(select(OutboxItem).where(OutboxItem.kind == "mail")).all()
    asked = {m.payload["to"] for m in mails if "Piden prórroga" in m.payload["subject"]}
    told = {m.payload["to"] for m in mails if "Concedieron la prórroga" in m.payload["subject"]}
    assert asked == {world.users["head"].email, world.users["lead"].email}
    assert told == {world.users["leader"].email, world.users["liaison"].email}


def test_a_second_press_answers_with_the_first(world: World, finding: Finding) -> None:
    first, second = (ask(world, finding, key="una-vez") for _press in range(2))
    assert first.id == second.id


def test_a_term_without_extension_is_written_as_before(world: World, finding: Finding) -> None:
    due = due_of(world, finding)
    assert "extended" not in due.to_json()["term"]
    extended = replace(due, term=replace(due.term, extended=2))
    assert DueDate.from_json(extended.to_json()) == extended
