"""Progress of an action: reported with its files, and counted once another person agrees."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from app.context import Context
from app.errors import Blocked, Forbidden, Invalid, NotFound, OutOfPlace
from app.models.documents import Document, DocumentPurpose
from app.models.plans import Action, Progress
from app.services import accounts, progress
from tests.factories import acting, make_process, make_user
from tests.plan_world import (
    World,
    fire,
    make_progress,
    make_running_action,
    make_world,
    upload,
)
from workflows.enums import Role

pytestmark = pytest.mark.postgres_long


@pytest.fixture
def world(ctx: Context) -> World:
    return make_world(ctx)


def fresh(world: World, action: Action) -> Action:
    world.ctx.session.rollback()
    return world.ctx.session.get_one(Action, action.id)


def test_only_what_has_the_visto_bueno_counts(world: World) -> None:
    action = make_running_action(world)
    make_progress(world, action.id, "4")
    make_progress(world, action.id, "6", approved=False)
    with pytest.raises(Blocked) as refused:
        fire(world.leader, action.id, "report_completion")
    assert refused.value.unmet == ("action.needs_full_progress",)
    pending = world.ctx.session.scalars(select(Progress).order_by(Progress.id.desc())).first()
    assert pending is not None
    progress.approve(world.leader, pending.id)
    fire(world.leader, action.id, "report_completion")
    assert fresh(world, action).reported_by_id == world.office.leader.id


def test_the_author_does_not_approve_himself(world: World) -> None:
    action = make_running_action(world)
    what = progress.Report(world.ctx.today(), Decimal(3), "Tres designaciones.")
    entry = progress.report(world.leader, action.id, what)
    with pytest.raises(Invalid, match="own"):
        progress.approve(world.leader, entry.id)
    with pytest.raises(Invalid, match="own"):
        progress.reject(world.leader, entry.id, reason="No.")
    with pytest.raises(Forbidden):
        progress.approve(world.head, entry.id)


def test_a_substitute_does_not_approve_what_the_absent_person_reported(world: World) -> None:
    """And who reported for an absent leader is, on that day, that leader."""
    action = make_running_action(world)
    today = world.ctx.today()
    accounts.create_substitution(
        world.leader,
        absent_id=world.office.leader.id,
        substitute_id=world.office.liaison.id,
        starts_on=today,
        ends_on=today,
        reason="Vacaciones.",
    )
    what = progress.Report(today, Decimal(3), "Tres designaciones.")
    own = progress.report(world.leader, action.id, what)
    with pytest.raises(Invalid, match="own"):
        progress.approve(world.liaison, own.id)
    stood_in = progress.report(world.liaison, action.id, what)
    with pytest.raises(Invalid, match="own"):
        progress.approve(world.leader, stood_in.id)


def test_an_entry_is_decided_once(world: World) -> None:
    action = make_running_action(world)
    entry = make_progress(world, action.id, "4", approved=False)
    progress.reject(world.leader, entry.id, reason="Falta el acta.")
    with pytest.raises(OutOfPlace):
        progress.approve(world.leader, entry.id)
    rejected = world.ctx.session.get_one(Progress, entry.id)
    assert (rejected.approved_at, rejected.rejection_reason) == (None, "Falta el acta.")


def test_progress_keeps_its_files_and_a_second_press_nothing(world: World) -> None:
    action = make_running_action(world)
    what = progress.Report(world.ctx.today(), Decimal("2.5"), "Dos y media.")
    first = progress.report(
        world.liaison, action.id, what, [upload("a.pdf"), upload("b.pdf")], key="k"
    )
    again = progress.report(
        world.liaison, action.id, what, [upload("a.pdf"), upload("b.pdf")], key="k"
    )
    assert again.id == first.id
    kept = world.ctx.session.scalars(
        select(Document).where(Document.purpose == DocumentPurpose.PROGRESS)
    ).all()
    assert [(d.filename, d.action_id) for d in kept] == [
        ("a.pdf", action.id),
        ("b.pdf", action.id),
    ]


BAD_PROGRESS: list[tuple[dict[str, Any], str]] = [
    ({"quantity": Decimal(-1)}, "quantity"),
    ({"quantity": Decimal("0.001")}, "quantity"),
    ({"quantity": Decimal("Infinity")}, "quantity"),
    ({"narrative": " "}, "narrative"),
    ({"day": date(2027, 3, 2)}, "day"),
    ({"day": date(2027, 2, 28)}, "day"),
]


def test_progress_that_makes_no_sense_is_refused(world: World) -> None:
    action = make_running_action(world)
    good = progress.Report(world.ctx.today(), Decimal(1), "Una.")
    for changes, field in BAD_PROGRESS:
        with pytest.raises(Invalid) as refused:
            progress.report(world.liaison, action.id, replace(good, **changes), [upload()])
        assert refused.value.field == field
    assert world.ctx.session.scalars(select(Document)).all() == []


def test_a_bad_file_saves_nothing(world: World) -> None:
    action = make_running_action(world)
    what = progress.Report(world.ctx.today(), Decimal(1), "Una.")
    with pytest.raises(Invalid):
        progress.report(world.liaison, action.id, what, [upload("a.pdf"), upload("b.exe")])
    assert world.ctx.session.scalars(select(Progress)).all() == []
    assert world.ctx.session.scalars(select(Document)).all() == []


def test_nobody_reports_on_the_action_of_another(world: World) -> None:
    action = make_running_action(world)
    other = make_user(world.ctx, Role.LIAISON)
    make_process(world.ctx, liaisons=[other])
    what = progress.Report(world.ctx.today(), Decimal(1), "Una.")
    with pytest.raises(NotFound):
        progress.report(acting(world.ctx, other), action.id, what)
    for who in (world.head, world.planner, world.auditor):
        with pytest.raises(Forbidden):
            progress.report(who, action.id, what)


def test_completion_needs_evidence(world: World) -> None:
    action = make_running_action(world)
    make_progress(world, action.id, "10", files=0)
    with pytest.raises(Blocked) as refused:
        fire(world.leader, action.id, "report_completion")
    assert refused.value.unmet == ("action.needs_evidence",)
