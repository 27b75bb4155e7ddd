"""The daily digest: each thing told once in each step, to who owes it, and upwards when late."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from app.context import Context
from app.models.accounts import Notice, User
from app.models.audits import Audit
from app.models.org import TermRule, Unit
from app.models.plans import Action
from app.models.traceability import OutboxItem
from app.services import accounts, deadlines, news, progress, reminders, settings
from app.services.reminders import NOT_NEAR, Words, reached
from tests.conftest import START, Clock
from tests.factories import acting, make_user
from tests.plan_world import (
    World,
    make_firm_findings,
    make_progress,
    make_reported,
    make_running_action,
    make_world,
)
from workflows.enums import Role

pytestmark = pytest.mark.postgres_long

WORDS = Words(label=lambda event: event, address=lambda task: f"https://vigia/{task.endpoint}")


@pytest.fixture
def world(ctx: Context) -> World:
    return make_world(ctx)


@pytest.fixture
def action(world: World) -> Action:
    """Running, and everybody has been told of it."""
    row = make_running_action(world)
    reminders.run(world.ctx, WORDS)
    return row


def at(clock: Clock, day: date) -> None:
    clock.at = datetime.combine(day, time(9), ZoneInfo("America/Bogota")).astimezone(UTC)


def due_of(action: Action) -> date:
    assert action.end_date
    return action.end_date


def digests(ctx: Context, day: date | None = None) -> dict[str, Mapping[str, Any]]:
    """Today's digests by the address they go to."""
    ctx.session.rollback()
    key = f"mail:digest:{day or ctx.today()}:%"
    rows = ctx.session.scalars(select(OutboxItem).where(OutboxItem.key.like(key)))
    return {row.payload["to"]: row.payload for row in rows}


def set_term(ctx: Context, code: str, amount: int) -> None:
    with ctx.transaction() as session:
        session.execute(update(TermRule).where(TermRule.code == code).values(amount=amount))


@pytest.mark.parametrize(
    ("days", "step"),
    [(-30, None), (-16, None), (-15, -15), (-8, -15), (-7, -7), (-1, -1), (0, -1), (1, 1), (6, 1),
     (7, 7), (15, 15), (900, 15)],
)  # fmt: skip
def test_the_step_of_a_day(world: World, days: int, step: int | None) -> None:
    rules = settings.rulebook(world.ctx.session)
    due_on = date(2027, 3, 31)
    assert reached(rules, due_on, due_on + timedelta(days=days)) == step


def test_a_reminder_of_0_days_is_none(world: World) -> None:
    rules = settings.rulebook(world.ctx.session).with_amount("remind_first", 0)
    due_on = date(2027, 3, 31)
    assert reached(rules, due_on, due_on - timedelta(days=10)) is None
    assert reached(rules, due_on, due_on + timedelta(days=20)) == 7


def test_each_step_is_told_once_to_who_owes_it(world: World, action: Action, clock: Clock) -> None:
    ctx, due_on, office = world.ctx, due_of(action), world.office
    told = {}
    for days in range(-17, 18):
        at(clock, due_on + timedelta(days=days))
        reminders.run(ctx, WORDS)
        assert reminders.run(ctx, WORDS) == 0, "the same day again"
        mail = digests(ctx).get(office.liaison.email)
        if mail and action.code in mail["text"]:
            told[days] = mail
    assert sorted(told) == [-15, -7, -1, 1, 7, 15]
    assert "POR VENCER\n- action.report_progress: " in told[-15]["text"]
    assert "en 15 días" in told[-15]["text"]
    assert "en 1 día\n" in told[-1]["text"]
    assert told[1]["subject"] == "Su resumen de hoy: 1 vencido"
    assert "VENCIDO\n" in told[1]["text"]
    assert "hace 1 día\n" in told[1]["text"]
    assert "https://vigia/plans.action_show" in told[1]["text"]
    assert f"{ctx.config.public_url}/panel" in told[1]["text"]


def test_a_clock_that_jumps_tells_nothing_twice(world: World, action: Action, clock: Clock) -> None:
    ctx, due_on, mail = world.ctx, due_of(action), world.office.liaison.email
    at(clock, due_on + timedelta(days=8))
    reminders.run(ctx, WORDS)
    assert "hace 8 días" in digests(ctx)[mail]["text"]
    for days in (-20, -7, 1, 8, 9):
        at(clock, due_on + timedelta(days=days))
        reminders.run(ctx, WORDS)
        if days != 8:
            assert mail not in digests(ctx), days
    assert ctx.session.scalar(
        select(func.count(OutboxItem.id)).where(OutboxItem.payload["to"].as_string() == mail,
                                                OutboxItem.key.like("mail:digest:%"))
    ) == 2  # fmt: skip


def test_two_schedulers_at_once_send_one(
    world: World, action: Action, clock: Clock, engine: Engine
) -> None:
    at(clock, due_of(action) + timedelta(days=1))
    barrier = threading.Barrier(2)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            with Session(engine) as session:
                ctx = replace(world.ctx, session=session)
                barrier.wait()
                reminders.run(ctx, WORDS)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert world.office.liaison.email in digests(world.ctx)
    keys = world.ctx.session.execute(
        select(Notice.user_id, Notice.key, func.count()).group_by(Notice.user_id, Notice.key)
    ).all()
    assert {count for _user, _key, count in keys} == {1}


def test_what_was_done_is_not_reminded(world: World, action: Action, clock: Clock) -> None:
    make_reported(world, action)
    at(clock, due_of(action) + timedelta(days=7))
    reminders.run(world.ctx, WORDS)
    for mail in digests(world.ctx).values():
        assert "action.report_progress" not in mail["text"]


def test_a_delay_climbs_to_the_boss_the_oci_and_the_management(
    world: World, action: Action, clock: Clock
) -> None:
    ctx, office = world.ctx, world.office
    boss = make_user(ctx, name="Berta Jefe")
    with ctx.transaction() as session:
        session.execute(update(Unit).where(Unit.id == office.unit.id).values(head_id=boss.id))
    told: dict[str, list[int]] = {}
    people = {
        "boss": boss,
        "head": office.head,
        "manager": office.manager,
        "planner": office.planner,
    }
    for days in range(1, 21):
        at(clock, due_of(action) + timedelta(days=days))
        reminders.run(ctx, WORDS)
        for name, user in people.items():
            text = digests(ctx).get(user.email, {}).get("text", "")
            if action.code in text:
                assert "RETRASOS DE OTRAS PERSONAS" in text
                assert office.leader.name in text
                told.setdefault(name, []).append(days)
    assert told == {"boss": [3], "head": [8], "manager": [15]}


def test_a_delay_is_not_told_to_who_may_not_read_the_thing(
    world: World, action: Action, clock: Clock
) -> None:
    """The head of another unit, and an escalation that the setting turns off."""
    ctx = world.ctx
    other = make_user(ctx, name="Otra Jefe")
    set_term(ctx, "escalate_oci", 0)
    at(clock, due_of(action) + timedelta(days=15))
    reminders.run(ctx, WORDS)
    assert other.email not in digests(ctx)
    assert action.code not in digests(ctx).get(world.office.head.email, {}).get("text", "")


def test_a_boss_who_may_not_read_it_is_told_that_his_people_are_late(
    world: World, clock: Clock
) -> None:
    """The code and the day, so that he can ask; neither what it is about nor its page."""
    ctx, office = world.ctx, world.office
    boss = make_user(ctx, name="Berta Jefe")
    with ctx.transaction() as session:
        session.execute(update(Unit).where(Unit.id == office.unit.id).values(head_id=boss.id))
    (finding,) = make_firm_findings(world)
    audit = ctx.session.get_one(Audit, finding.audit_id)
    assert audit.plan_due_on
    at(clock, audit.plan_due_on + timedelta(days=3))
    reminders.run(ctx, WORDS)
    text = digests(ctx)[boss.email]["text"]
    line = text.partition("RETRASOS DE OTRAS PERSONAS\n")[2].partition("\n\n")[0]
    assert line.startswith(f"- plan.create: {finding.code}. Venció el ")
    assert finding.title not in text
    assert "https://vigia/plans.new" not in text
    assert f"De: {office.leader.name}" in line or f"De: {office.liaison.name}" in line


def test_during_leave_the_substitute_is_reminded(
    world: World, action: Action, clock: Clock
) -> None:
    ctx, office = world.ctx, world.office
    stand_in = make_user(ctx, name="Sara Suplente")
    day = due_of(action) + timedelta(days=1)
    accounts.create_substitution(
        acting(ctx, office.liaison),
        absent_id=office.liaison.id,
        substitute_id=stand_in.id,
        starts_on=day,
        ends_on=day,
        reason="Vacaciones",
    )
    at(clock, day)
    reminders.run(ctx, WORDS)
    assert action.code in digests(ctx)[stand_in.email]["text"]
    assert office.liaison.email not in digests(ctx)
    at(clock, day + timedelta(days=1))
    reminders.run(ctx, WORDS)
    assert action.code in digests(ctx)[office.liaison.email]["text"], "back, and still late"
    assert stand_in.email not in digests(ctx)


def test_who_is_disabled_is_told_nothing(world: World, action: Action, clock: Clock) -> None:
    ctx, liaison = world.ctx, world.office.liaison
    accounts.disable_user(ctx, liaison.id, reason="Se retiró")
    at(clock, due_of(action) + timedelta(days=1))
    reminders.run(ctx, WORDS)
    assert liaison.email not in digests(ctx)


def test_news_wait_for_the_digest(world: World, action: Action, clock: Clock) -> None:
    ctx, office = world.ctx, world.office
    entry = make_progress(world, action.id, approved=False)
    progress.reject(world.leader, entry.id, reason="Falta la evidencia.")
    assert not [key for key in _keys(ctx) if "rejected" in key]
    clock.advance(days=1)
    reminders.run(ctx, WORDS)
    text = digests(ctx)[office.liaison.email]["text"]
    assert "NOVEDADES\n- El avance que registró de la acción" in text
    assert "Falta la evidencia." in text
    assert f"{ctx.config.public_url}/acciones/{action.id}" in text
    clock.advance(days=1)
    reminders.run(ctx, WORDS)
    assert "NOVEDADES" not in digests(ctx).get(office.liaison.email, {}).get("text", "")


def _keys(ctx: Context) -> list[str]:
    return list(ctx.session.scalars(select(OutboxItem.key)))


def test_news_are_told_once_and_only_to_who_may_read_the_thing(
    world: World, action: Action, clock: Clock
) -> None:
    ctx, office = world.ctx, world.office
    outsider = make_user(ctx, Role.PROCESS_OWNER, name="Otro Líder")
    for _ in range(2):
        with ctx.transaction():
            row = ctx.session.get_one(Action, action.id)
            news.tell(ctx, [outsider, office.liaison, None], "una", row, "Secreto.", "/x")
    clock.advance(days=1)
    reminders.run(ctx, WORDS)
    assert digests(ctx)[office.liaison.email]["text"].count("Secreto.") == 1
    assert outsider.email not in digests(ctx)
    unit = ctx.session.get_one(Unit, office.unit.id)
    with pytest.raises(ValueError, match="unit"):
        news.tell(ctx, [office.liaison], "dos", unit, "Nada.", "/x")


def test_old_news_and_old_notices_go(world: World, action: Action, clock: Clock) -> None:
    ctx = world.ctx
    with ctx.transaction():
        row = ctx.session.get_one(Action, action.id)
        news.tell(ctx, [world.office.liaison], "una", row, "Algo.", "/x")
    before = ctx.session.scalar(select(func.count(Notice.id)))
    assert reminders.forget(ctx) == 0
    clock.advance(days=8)
    assert reminders.forget(ctx) == 1
    clock.advance(days=401)
    assert reminders.forget(ctx) == (before or 0) - 1


def test_the_digest_of_many_is_short(world: World, clock: Clock) -> None:
    lines = [reminders.Line(str(n), NOT_NEAR, reminders.NEW, f"Paso {n}") for n in range(40)]
    text = reminders._letter("Ana", [(reminders.NEW, [ln.text for ln in lines])], "http://x")
    assert text.count("- Paso") == reminders.MOST_LINES
    assert "Y 10 más: están en su bandeja." in text


def test_it_is_sent_at_its_hour_once_a_day(world: World, clock: Clock) -> None:
    ctx = world.ctx
    set_term(ctx, "digest_hour", 6)
    for _ in range(3):
        deadlines.schedule(ctx)
    rows = ctx.session.scalars(select(OutboxItem).where(OutboxItem.kind == "digest")).all()
    assert [row.available_at for row in rows] == [datetime(2027, 3, 1, 11, tzinfo=UTC)]
    assert clock.at == START


def test_nobody_without_anything_new_is_written_to(world: World, ctx: Context) -> None:
    idle = make_user(ctx, Role.AUDITOR, name="Sin Nada")
    reminders.run(ctx, WORDS)
    assert idle.email not in digests(ctx)
    assert isinstance(idle, User)
