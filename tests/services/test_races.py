"""Two people decide about one thing at the same instant: one is taken, the other is told.

Real services over real connections, on both databases. Each kind of thing has its races, and
each race its control: the same services without their check, which it takes both (see
tests/races.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.context import Context
from app.errors import OutOfPlace, StaleVersion
from app.models.base import Versioned
from app.models.findings import Finding
from app.models.plans import Action, ChangeRequest
from app.services import (
    action_events,
    audit_events,
    change_requests,
    finding_events,
    ledger,
    plan_events,
    verification,
)
from app.services.change_proposals import Proposal
from tests import factories, plan_world
from tests import finding_world as fw
from tests.races import Moves, Past, Track, at_once, counted, fires
from workflows.audit import AuditState
from workflows.enums import ChangeRequestType, Efficacy

ROUNDS = 8
LONG_ROUNDS, MANY_ROUNDS = 30, 200
CONTROL_ROUNDS = 10
PAGE_ROUNDS = 5
REASON = "Decidido en el comité de la mañana."
STATES = {"ratify": "Ratificado", "withdraw": "Retirado"}
Race = tuple[Versioned, Moves]


# ------------------------------------------------------------------ the races


def make_contested(ctx: Context) -> tuple[fw.World, Finding]:
    """Replied and analysed: the head may ratify it or withdraw it."""
    world = fw.make_world(ctx)
    return world, fw.make_contested(world, fw.make_fieldwork_audit(world))


def ratified_or_withdrawn(ctx: Context) -> Race:
    world, finding = make_contested(ctx)
    fire = finding_events.fire
    return finding, (
        fires(fire, finding, "ratify", world.head, reason=REASON),
        fires(fire, finding, "withdraw", world.head, reason=REASON),
    )


def ratified_twice(ctx: Context) -> Race:
    """A double press of one button: the same person, event and version."""
    world, finding = make_contested(ctx)
    press = fires(finding_events.fire, finding, "ratify", world.head, reason=REASON)
    return finding, (press, press)


def execution_started_twice(ctx: Context) -> Race:
    office = factories.make_office(ctx)
    audit = factories.make_audit(ctx, office, AuditState.PLANNING)
    factories.to_announced(ctx, office, audit.id)
    head = factories.acting(ctx, office.head)
    press = fires(audit_events.fire, audit, "start_execution", head)
    return audit, (press, press)


def plan_recalled_or_reviewed(ctx: Context) -> Race:
    """The leader takes it back while the second line begins to review it."""
    world = plan_world.make_world(ctx)
    plan = plan_world.make_complete_plan(world)
    plan_world.fire_plan(world.leader, plan.id, "submit")
    fire = plan_events.fire
    return plan, (
        fires(fire, plan, "recall", world.leader, reason=REASON),
        fires(fire, plan, "start_review", world.planner),
    )


def plan_accepted_or_cancelled(ctx: Context) -> Race:
    """Each one moves the plan's actions and its finding too."""
    world = plan_world.make_world(ctx)
    plan = plan_world.make_complete_plan(world, action_count=2)
    plan_world.review_plan(world, plan)
    act = {"act_authority": "Comité", "act_number": "12", "act_date": ctx.today()}
    fire = plan_events.fire
    return plan, (
        fires(fire, plan, "approve", world.head),
        fires(fire, plan, "cancel", world.head, reason=REASON, inputs=act),
    )


def action_verified_or_rejected(ctx: Context) -> Race:
    """The lead auditor and the head, each with an opinion of the same report."""
    world = plan_world.make_world(ctx)
    action = plan_world.make_running_action(world)
    plan_world.make_reported(world, action)
    plan_world.fire(world.lead, action.id, "start_verification")
    verification.record_efficacy(
        world.lead, action.id, Efficacy.MET, note="Se revisaron las diez.", version=None
    )
    fire = action_events.fire
    return action, (
        fires(fire, action, "verify", world.lead),
        fires(fire, action, "reject", world.head, reason=REASON),
    )


def request_approved_or_withdrawn(ctx: Context) -> Race:
    world = plan_world.make_world(ctx)
    request = make_request(world, plan_world.make_running_action(world))
    fire = change_requests.fire
    return request, (
        fires(fire, request, "approve", world.head),
        fires(fire, request, "withdraw", world.leader, reason=REASON),
    )


def make_request(world: plan_world.World, action: Action) -> ChangeRequest:
    """An extension that is under review."""
    assert action.end_date is not None
    asked = Proposal(end_date=action.end_date + timedelta(days=30))
    request = change_requests.create(
        world.leader, action.id, ChangeRequestType.EXTENSION, reason=REASON, proposal=asked
    )
    return change_requests.fire(world.planner, request.id, "start_review", version=None)


RACES: Mapping[str, Callable[[Context], Race]] = {
    "finding-ratified-or-withdrawn": ratified_or_withdrawn,
    "finding-ratified-twice": ratified_twice,
    "audit-started-twice": execution_started_twice,
    "plan-recalled-or-reviewed": plan_recalled_or_reviewed,
    "plan-accepted-or-cancelled": plan_accepted_or_cancelled,
    "action-verified-or-rejected": action_verified_or_rejected,
    "request-approved-or-withdrawn": request_approved_or_withdrawn,
}


# ------------------------------------------------------------------ one is taken


@pytest.mark.parametrize(("prepare", "count"), counted(RACES, ROUNDS, LONG_ROUNDS, MANY_ROUNDS))
def test_of_two_at_once_one_is_taken(
    ctx: Context, engine: Engine, prepare: Callable[[Context], Race], count: int
) -> None:
    thing, moves = prepare(ctx)
    track = Track(engine, thing)
    for _each in range(count):
        end = track.run(moves)
        assert len(end.taken) == 1, end.answers
        assert all(isinstance(error, StaleVersion | OutOfPlace) for error in end.refused), end
        assert end.told == end.taken
    assert is_lost_unchecked(track, moves)
    with Session(engine) as session:
        assert ledger.verify(session).ok


def is_lost_unchecked(track: Track, moves: Moves) -> bool:
    """The positive control: without the check both are taken, and both are told."""
    ends = (track.run(moves, checked=False) for _each in range(CONTROL_ROUNDS))
    return any(len(end.taken) == len(end.told) == 2 for end in ends)


def test_the_loser_is_told_what_happened_and_keeps_what_was_typed(
    app: Flask, ctx: Context, engine: Engine
) -> None:
    world, finding = make_contested(ctx)
    page = f"/hallazgos/{finding.id}"
    version = fw.version_of(world.head, finding)
    past = Past(engine)
    browsers = {event: world.browser(app, "head") for event in STATES}
    for _each in range(PAGE_ROUNDS):
        past.put_back()
        answers = at_once(
            *(
                partial(
                    browser.post,
                    f"{page}/eventos/{event}",
                    data={"version": str(version), "reason": f"Escrito para {event}."},
                    headers={"Referer": page},
                )
                for event, browser in browsers.items()
            )
        )
        taken, lost = sorted(zip(STATES, answers, strict=True), key=lambda e: e[1].status_code)
        assert (taken[1].status_code, lost[1].status_code) == (303, 409)
        told = fw.text_of(lost[1])
        assert f"Escrito para {lost[0]}." in told
        assert STATES[taken[0]] in told
        assert f'href="{page}"' in told
