"""Who did something may not be who judges it, also when both happen at the same instant.

Each case is two moves of which one makes the other one forbidden. Both may come to pass in an
order in which they are allowed; what can never be is their forbidden combination, because the
rule is asked in the transaction that writes. As in test_races.py, each case is lost when the
check is taken out of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select

from app.context import Context
from app.errors import VigiaError
from app.models.base import Versioned
from app.models.plans import action_executor
from app.services import (
    action_events,
    audit_events,
    audit_team,
    change_requests,
    publications,
    publications_events,
)
from app.services.change_proposals import Proposal
from tests import factories, plan_world, publication_world
from tests.races import End, Move, Moves, Track, counted, fires
from workflows.action import ActionState
from workflows.audit import AuditState
from workflows.enums import ChangeRequestType, Role
from workflows.publication import PublicationState

ROUNDS = 8
MANY_ROUNDS = 30
CONTROL_ROUNDS = 30  # some orders of two unchecked moves are harmless
START = "start_execution"


@dataclass(frozen=True, slots=True)
class Case:
    """`moves` makes them anew for each round, where what was done once cannot be undone."""

    thing: Versioned
    moves: Callable[[], Moves]
    is_forbidden: Callable[[Connection, End], bool]


# ------------------------------------------------------------------ audits


def make_announced(ctx: Context) -> tuple[factories.Office, Any, Context]:
    """An audit whose execution the head may start."""
    office = factories.make_office(ctx)
    audit = factories.make_audit(ctx, office, AuditState.PLANNING)
    factories.to_announced(ctx, office, audit.id)
    return office, audit, factories.acting(ctx, office.head)


def undeclared_member(ctx: Context) -> Case:
    """Nobody belongs to a team whose execution starts without having declared."""
    _office, audit, head = make_announced(ctx)
    audit_id, newcomer_id = audit.id, factories.make_user(ctx, Role.AUDITOR).id

    def assign(ctx: Context, _version: int) -> None:
        audit_team.assign(ctx, audit_id, newcomer_id)

    first = Move("assign_member", head, assign, "audit_member")
    moves = (first, fires(audit_events.fire, audit, START, head))
    # Who joins later declares later: wrong is only a start that did not see the newcomer.
    return Case(audit, lambda: moves, lambda _c, end: end.told == ("assign_member", START))


def member_in_conflict(ctx: Context) -> Case:
    """An execution does not start with a conflict of interest that nobody settled."""
    office, audit, head = make_announced(ctx)
    audit_id = audit.id

    def declare(ctx: Context, _version: int) -> None:
        audit_team.declare(
            ctx,
            audit_id,
            has_conflict=True,
            text="El contratista es mi hermano.",
            password=factories.PASSWORD,
        )

    auditor = factories.acting(ctx, office.auditor)
    first = Move("declare", auditor, declare, "audit_member")
    moves = (first, fires(audit_events.fire, audit, START, head))
    return Case(audit, lambda: moves, lambda _c, end: end.told == ("declare", START))


# ------------------------------------------------------------------ actions


def executor_verifies(ctx: Context) -> Case:
    """A change names as executor the auditor who at that moment begins to verify the action."""
    world = plan_world.make_world(ctx)
    office = world.office
    judge = factories.make_user(ctx, Role.AUDITOR, name="Julia Juez", unit=office.unit)
    action = plan_world.make_running_action(world)
    assert action.audit_id is not None
    audit_team.assign(world.head, action.audit_id, judge.id)
    request = change_requests.create(
        world.leader,
        action.id,
        ChangeRequestType.RESPONSIBLE_CHANGE,
        reason="Hará falta quien sepa de contratos.",
        proposal=Proposal(
            responsible_unit_id=office.unit.id,
            responsible_position="Profesional",
            executor_ids=(judge.id,),
        ),
    )
    change_requests.fire(world.planner, request.id, "start_review", version=None)
    plan_world.make_reported(world, action)
    action_id, request_id, judge_id = action.id, request.id, judge.id
    leader = world.leader

    def name_executor(ctx: Context, version: int) -> None:
        """The leader takes the report back, and then the head approves the change."""
        as_leader = replace(ctx, actor=leader.actor)
        action_events.fire(
            as_leader, action_id, "withdraw_report", version=version, reason="Falta una parte."
        )
        change_requests.fire(ctx, request_id, "approve", version=None)

    def is_both(connection: Connection, end: End) -> bool:
        executors = select(action_executor.c.user_id).where(
            action_executor.c.action_id == action_id
        )
        verified_by = end.row["verifier_id"]
        is_verifying = end.row["state"] is ActionState.IN_VERIFICATION
        return is_verifying and verified_by in set(connection.scalars(executors)) & {judge_id}

    moves = (
        Move("apply_change", world.head, name_executor, "change_request"),
        fires(action_events.fire, action, "start_verification", world.acting(judge)),
    )
    return Case(action, lambda: moves, is_both)


# ------------------------------------------------------------------ publications


def author_approves(ctx: Context) -> Case:
    """The head touches the public text in one window and approves it in another."""
    world = publication_world.make_world(ctx)
    found = publication_world.make_signed_findings(world, 1)
    assert found[0].audit_id is not None
    publication = publication_world.ready(world, found[0].audit_id)
    publication_id = publication.id

    def edit(ctx: Context, _version: int) -> None:
        publications.edit(ctx, publication_id, {"title": "Otro título"}, version=None)

    def moves() -> Moves:
        # The ledger keeps who wrote: each round needs somebody who has not written yet.
        head = world.acting(factories.make_user(ctx, Role.OCI_HEAD))
        approve = fires(publications_events.fire, publication, "approve", head)
        return Move("edit", head, edit, "publication"), approve

    def is_own(_connection: Connection, end: End) -> bool:
        return end.row["state"] is PublicationState.APPROVED and "edit" in end.told

    return Case(publication, moves, is_own)


CASES: Mapping[str, Callable[[Context], Case]] = {
    "undeclared-member": undeclared_member,
    "member-in-conflict": member_in_conflict,
    "executor-verifies": executor_verifies,
    "author-approves": author_approves,
}


# ------------------------------------------------------------------ never both


@pytest.mark.parametrize(("prepare", "count"), counted(CASES, ROUNDS, MANY_ROUNDS, MANY_ROUNDS))
def test_the_forbidden_combination_never_comes_to_be(
    ctx: Context, engine: Engine, prepare: Callable[[Context], Case], count: int
) -> None:
    case = prepare(ctx)
    track = Track(engine, case.thing)
    for _each in range(count):
        end = track.run(case.moves())
        assert end.taken, end.answers
        assert all(isinstance(error, VigiaError) for error in end.refused), end.answers
        assert not is_forbidden(engine, case, end), end
    assert any(
        is_forbidden(engine, case, track.run(case.moves(), checked=False))
        for _each in range(CONTROL_ROUNDS)
    )


def is_forbidden(engine: Engine, case: Case, end: End) -> bool:
    with engine.connect() as connection:
        return case.is_forbidden(connection, end)
