"""An annulled finding takes with it what was agreed for it, and nothing else."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.context import Context
from app.errors import Blocked
from app.models.accounts import Notice
from app.models.plans import Action, ChangeRequest, Plan
from app.models.traceability import HistoryEntry
from app.services import actions, change_requests, finding_events, news
from app.services.change_proposals import Proposal
from tests.plan_world import (
    World,
    action_data,
    actions_of,
    fire_plan,
    items,
    make_action,
    make_cause,
    make_firm_findings,
    make_plan,
    make_world,
    review_plan,
)
from workflows.action import ActionState
from workflows.change_request import ChangeRequestState
from workflows.enums import ChangeRequestType
from workflows.plan import PlanState

pytestmark = pytest.mark.postgres_long


@pytest.fixture
def world(ctx: Context) -> World:
    return make_world(ctx)


def annul(world: World, finding_id: int) -> None:
    decision = {
        "decision_authority": "CICCI",
        "decision_number": "Acta 9",
        "decision_date": world.ctx.today(),
    }
    finding_events.fire(
        world.head, finding_id, "annul", version=None, reason="Sentencia.", inputs=decision
    )


def test_an_annulled_finding_takes_its_actions_and_no_others(world: World) -> None:
    ctx = world.ctx
    first, second = make_firm_findings(world, 2)
    plan = make_plan(world, [first, second])
    gone = make_action(world, plan.id)
    item = items(world, plan.id)[1]
    cause = make_cause(world, plan.id, item.id)
    data = action_data(world, root_cause_id=cause.id)
    kept = actions.create(world.liaison, plan.id, second.id, data)
    actions.accept(world.leader, kept.id, version=None)
    review_plan(world, plan)
    fire_plan(world.head, plan.id, "approve")
    asked = change_requests.create(
        world.leader,
        gone.id,
        ChangeRequestType.CANCELLATION,
        reason="Ya no hace falta.",
        proposal=Proposal(),
    )
    annul(world, first.id)
    states = {action.id: action.state for action in actions_of(world, plan.id)}
    assert states == {gone.id: ActionState.VOIDED, kept.id: ActionState.RUNNING}
    assert ctx.session.get_one(Action, gone.id).closed_at == ctx.now()
    assert ctx.session.get_one(ChangeRequest, asked.id).state is ChangeRequestState.WITHDRAWN
    assert ctx.session.get_one(Plan, plan.id).state is PlanState.RUNNING
    told = select(Notice).where(Notice.key == f"action:{gone.id}:annulled")
    (notice,) = ctx.session.scalars(told)
    assert notice.user_id == world.office.liaison.id
    assert notice.text.endswith("Motivo: Sentencia.")
    assert news.waiting(ctx, world.liaison.actor)[-1].text == notice.text
    last = select(HistoryEntry).where(
        HistoryEntry.thing_kind == "action", HistoryEntry.thing_id == str(gone.id)
    )
    step = ctx.session.scalars(last.order_by(HistoryEntry.id.desc())).first()
    assert step is not None
    assert (step.event, step.actor_id, step.reason) == ("annul_with_finding", None, "Sentencia.")
    annul(world, second.id)
    assert ctx.session.get_one(Plan, plan.id).state is PlanState.COMPLETED
    fire_plan(world.head, plan.id, "evaluate")
    assert fire_plan(world.head, plan.id, "close").state is PlanState.CLOSED


def test_what_is_written_for_an_annulled_finding_is_not_handed_in(world: World) -> None:
    first, second = make_firm_findings(world, 2)
    plan = make_plan(world, [first, second])
    make_action(world, plan.id)
    annul(world, first.id)
    assert [each.state for each in actions_of(world, plan.id)] == [ActionState.VOIDED]
    assert world.ctx.session.get_one(Plan, plan.id).state is PlanState.DRAFT
    with pytest.raises(Blocked) as refused:
        fire_plan(world.leader, plan.id, "submit")
    assert "plan.needs_actions" in refused.value.unmet, "the other finding still waits"
