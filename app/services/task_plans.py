"""Duties of plans, actions and their progress, and of what citizens will read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from functools import partial

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from app.models.findings import Finding
from app.models.plans import Action, Plan, Progress
from app.models.publications import Publication
from app.permissions import Actor, can
from app.services import duty_terms
from app.services.plan_facts import EVALUATED_STATES, SETTLED_STATES
from app.services.plan_rows import AGREED_STATES
from app.services.successors import awaits_successor
from app.services.task_rows import AGREED, Desk, Duty, Source, Task, by_state, frozen, until
from workflows.action import ActionState
from workflows.enums import Effectiveness, Efficacy, Role
from workflows.finding import FindingState
from workflows.plan import PlanState
from workflows.publication import PublicationState

OPEN_PLAN = (PlanState.DRAFT, PlanState.RETURNED)
OPEN_ACTION = (ActionState.FORMULATED, ActionState.RETURNED)


def _is_evaluated() -> ColumnElement[bool]:
    """No action of the plan still waits for its evaluation."""
    return ~_actions_of_plan(EVALUATED_STATES).exists()


def _is_effective() -> ColumnElement[bool]:
    """No action of the plan still waits for its evaluation, nor for the one that replaces it."""
    return ~_actions_of_plan(SETTLED_STATES).exists()


def _actions_of_plan(but: Collection[ActionState]) -> Select[int]:
    return select(Action.id).where(Action.plan_id == Plan.id, Action.state.not_in(sorted(but)))


def _is_unaccepted() -> ColumnElement[bool]:
    """The head of the unit has not said yet whether it takes the action."""
    return and_(Action.accepted_at.is_(None), Action.declined_at.is_(None))


def _goes_alone() -> ColumnElement[bool]:
    """Added to a plan already agreed: it is handed in and accepted by itself."""
    return Action.plan.has(Plan.state.in_(sorted(AGREED_STATES)))


def _is_ready_alone() -> ColumnElement[bool]:
    return and_(_goes_alone(), Action.accepted_at.is_not(None))


def _is_unseen_alone() -> ColumnElement[bool]:
    return and_(_goes_alone(), Action.consolidated_at.is_(None))


def _is_seen_alone() -> ColumnElement[bool]:
    return and_(_goes_alone(), Action.consolidated_at.is_not(None))


def _finding_is_not_reopened() -> ColumnElement[bool]:
    """Its finding could still be taken for mended."""
    mended = (FindingState.TO_VERIFY, FindingState.CLOSED)
    return Action.finding.has(Finding.state.in_(mended))


def _is_without_efficacy() -> ColumnElement[bool]:
    return Action.efficacy == Efficacy.NOT_EVALUATED


def _is_without_effectiveness() -> ColumnElement[bool]:
    return Action.effectiveness == Effectiveness.NOT_EVALUATED


def _is_unconsolidated() -> ColumnElement[bool]:
    return Plan.consolidated_at.is_(None)


PLANS = (
    Source("plan.submit", (PlanState.DRAFT, PlanState.RETURNED), "plan.submit"),
    Source("plan.start_review", (PlanState.SUBMITTED,), "plan.start_review"),
    Source("plan.approve", (PlanState.IN_REVIEW,), "plan.approve"),
    Source("plan.subscribe", (PlanState.IN_REVIEW,), "plan.subscribe"),
    Source("plan.consolidate", (PlanState.IN_REVIEW,), "plan.consolidate", only=_is_unconsolidated),
    Source("plan.evaluate", (PlanState.COMPLETED,), "plan.evaluate", only=_is_evaluated),
    Source("plan.close", (PlanState.EVALUATED,), "plan.close", only=_is_effective),
    Source("plan.read", (PlanState.SUBMITTED, PlanState.IN_REVIEW), "plan.approve", waiting=True),
)
ACTIONS = (
    Source(
        "plan.create",
        (ActionState.UNMET, ActionState.INEFFECTIVE, ActionState.RUNNING),
        "action.replace",
        only=awaits_successor,
    ),
    Source("action.report_progress", (ActionState.RUNNING,), "action.report_progress"),
    Source("action.start_verification", (ActionState.REPORTED,), "action.start_verification"),
    Source("action.verify", (ActionState.IN_VERIFICATION,), "action.verify"),
    Source("action.start_evaluation", (ActionState.FULFILLED,), "action.start_evaluation"),
    Source("action.close_effective", (ActionState.IN_EVALUATION,), "action.close_effective"),
    Source(
        "action.record_efficacy",
        (ActionState.IN_VERIFICATION,),
        "action.record_efficacy",
        only=_is_without_efficacy,
    ),
    Source(
        "action.record_effectiveness",
        (ActionState.IN_EVALUATION,),
        "action.record_effectiveness",
        only=_is_without_effectiveness,
    ),
    Source(
        "finding.reopen",
        (ActionState.INEFFECTIVE,),
        "finding.reopen",
        only=_finding_is_not_reopened,
    ),
    Source("action.accept", OPEN_ACTION, "action.accept", only=_is_unaccepted),
    Source("action.submit", OPEN_ACTION, "action.submit", only=_is_ready_alone),
    Source(
        "plan.consolidate",
        (ActionState.IN_REVIEW,),
        "action.consolidate",
        only=_is_unseen_alone,
    ),
    Source("action.approve", (ActionState.IN_REVIEW,), "action.approve", only=_is_seen_alone),
    Source(
        "action.read",
        (ActionState.REPORTED, ActionState.IN_VERIFICATION),
        "action.verify",
        waiting=True,
    ),
)
PUBLICATIONS = (
    Source(
        "publication.classify_public",
        (PublicationState.PENDING_CLASSIFICATION,),
        "publication.classify_public",
    ),
    Source("publication.approve", (PublicationState.ANONYMISING,), "publication.approve"),
    Source("publication.publish", (PublicationState.APPROVED,), "publication.publish"),
)
REVIEWED_PLAN = (PlanState.SUBMITTED, PlanState.IN_REVIEW)
TO_VERIFY = (ActionState.REPORTED, ActionState.IN_VERIFICATION)
TO_EVALUATE = (ActionState.FULFILLED, ActionState.IN_EVALUATION)

# ------------------------------------------------------------------ plans and actions


def plans(desk: Desk) -> list[Duty]:
    return by_state(
        desk,
        Plan,
        PLANS,
        partial(_plan_task, desk),
        Plan.due_on,
        joinedload(Plan.process),
    )


def _plan_task(desk: Desk, plan: Plan, source: Source) -> Task:
    task = Task(
        source.event,
        f"{plan.code} · {plan.title}",
        plan.process.name,
        "plans.show",
        {"plan_id": plan.id},
        waiting=source.waiting,
        thing=("plan", plan.id),
        unit_id=plan.process.unit_id,
    )
    if plan.state in OPEN_PLAN:
        return frozen(task, plan.due_on, plan.due)
    if plan.state in REVIEWED_PLAN:
        return until(task, duty_terms.plan_review(desk.rules, plan))
    return task


def actions(desk: Desk) -> list[Duty]:
    return by_state(
        desk,
        Action,
        ACTIONS,
        partial(_action_task, desk),
        Action.end_date,
        joinedload(Action.process),
        joinedload(Action.plan),
        selectinload(Action.executors),
    )


def _action_task(desk: Desk, action: Action, source: Source) -> Task:
    task = Task(
        source.event,
        f"{action.code} · {action.description[:120]}",
        action.process.name,
        "plans.action_show",
        {"action_id": action.id},
        waiting=source.waiting,
        thing=("action", action.id),
        unit_id=action.responsible_unit_id or action.process.unit_id,
    )
    if source.event == "action.replace":
        where = {
            "plan_id": action.plan_id,
            "hallazgo": action.finding_id,
            "reemplaza": action.id,
        }
        return replace(task, endpoint="plans.action_new", arguments=where)
    if source.event == "finding.reopen":
        where = {"finding_id": action.finding_id}
        return replace(task, endpoint="findings.show", arguments=where)
    if action.state is ActionState.RUNNING:
        return replace(task, due_on=action.end_date, basis=AGREED)
    if action.state in TO_VERIFY:
        return until(task, duty_terms.verification(desk.rules, action))
    if action.state in TO_EVALUATE:
        return until(task, duty_terms.evaluation(desk.rules, action))
    if action.plan.state in OPEN_PLAN:
        return frozen(task, action.plan.due_on, action.plan.due)
    return task


def progress(desk: Desk) -> list[Duty]:
    """Progress entries that wait for the visto bueno of the unit head or process leader."""
    actor = desk.actor
    if actor is not None and not actor.led_processes and not actor.headed_units:
        return []
    statement = (
        select(Progress)
        .join(Progress.action)
        .options(
            contains_eager(Progress.action).joinedload(Action.process),
            contains_eager(Progress.action).selectinload(Action.executors),
        )
        .where(
            Progress.approved_at.is_(None),
            Progress.rejected_at.is_(None),
            desk.may_be("action.approve_progress", Action),
        )
        .order_by(Progress.id)
    )
    if actor is not None:
        statement = statement.where(Progress.author_id.not_in(actor.persons))
    return [
        Duty(row.action, ((partial(_approves, row), _progress_task(row)),))
        for row in desk.rows(statement)
    ]


def _approves(row: Progress, actor: Actor) -> bool:
    mine = row.author_id in actor.persons
    return not mine and can(actor, "action.approve_progress", row.action)


def _progress_task(row: Progress) -> Task:
    action = row.action
    return Task(
        "action.approve_progress",
        f"{action.code} · {row.narrative[:120]}",
        action.description[:120],
        "plans.action_show",
        {"action_id": action.id},
        action.end_date,
        basis=AGREED,
        thing=("action", action.id),
        unit_id=action.responsible_unit_id or action.process.unit_id,
    )


# ------------------------------------------------------------------ what the citizen will read


def publications(desk: Desk) -> list[Duty]:
    if desk.actor is not None and Role.OCI_HEAD not in desk.actor.roles:
        return []

    def make(publication: Publication, source: Source) -> Task:
        where = {"publication_id": publication.id}
        thing = ("publication", publication.id)
        return Task(source.event, publication.title, "", "publications.show", where, thing=thing)

    def may(source: Source, publication: Publication, actor: Actor) -> bool:
        return Role.OCI_HEAD in actor.roles and can(actor, source.permission, publication)

    return by_state(desk, Publication, PUBLICATIONS, make, Publication.created_at, may=may)
