"""What the pages of a plan and of an action show, read in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from app.context import Context
from app.errors import NotFound
from app.models.accounts import User
from app.models.audits import Audit
from app.models.documents import Document, DocumentPurpose
from app.models.findings import Finding
from app.models.plans import (
    Action,
    Activity,
    ChangeRequest,
    Plan,
    Progress,
    ProgressEvidence,
    Remark,
)
from app.permissions import Permission, authorize, can
from app.services import (
    action_facts,
    activities,
    plan_facts,
    plan_rows,
    plan_terms,
    progress,
    progress_windows,
)
from app.services.action_facts import ActionParts
from app.services.action_flags import action_flags
from app.services.plan_facts import PlanParts
from app.services.progress_windows import Window
from workflows.enums import ActionFlag


@dataclass(frozen=True, slots=True)
class ActionLine:
    """An action as the plan's table shows it; `lacking`: codes that keep it from being sent."""

    action: Action
    approved: Decimal
    pct: Decimal
    flags: frozenset[ActionFlag]
    lacking: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlanPage:
    plan: Plan
    audit: Audit | None
    parts: PlanParts
    lines: tuple[ActionLine, ...]
    hidden_count: int
    transmission: Document | None
    people: dict[int, User]


def plan_page(ctx: Context, plan_id: int) -> PlanPage:
    """A plan with everything its page shows. Raises: NotFound."""
    session = ctx.session
    plan = session.scalars(
        select(Plan).where(Plan.id == plan_id).options(joinedload(Plan.process))
    ).one_or_none()
    if plan is None or not can(ctx.actor, Permission.PLAN_READ, plan):
        raise NotFound
    parts = plan_facts.gather(ctx, plan)
    readable = [a for a in parts.actions if can(ctx.actor, Permission.ACTION_READ, a)]
    return PlanPage(
        plan=plan,
        audit=session.get(Audit, plan.audit_id) if plan.audit_id else None,
        parts=parts,
        lines=_lines(ctx, plan, readable, parts.max_months),
        hidden_count=len(parts.actions) - len(readable),
        transmission=_document(ctx, plan.transmission_id),
        people=plan_rows.people(session, _plan_people(plan, parts)),
    )


def readable_plan(ctx: Context, plan_id: int) -> Plan | None:
    """A plan, when there is one and this actor may read it."""
    plan = ctx.session.get(Plan, plan_id)
    return plan if plan is not None and can(ctx.actor, Permission.PLAN_READ, plan) else None


def readable_action(ctx: Context, action_id: int | None) -> Action | None:
    """An action, when there is one and this actor may read it."""
    action = ctx.session.get(Action, action_id) if action_id is not None else None
    readable = action is not None and can(ctx.actor, Permission.ACTION_READ, action)
    return action if readable else None


def find_plan(ctx: Context, plan_id: int, permission: str) -> Plan:
    """A plan this actor may read and handle in this way. Raises: NotFound, Forbidden."""
    plan = readable_plan(ctx, plan_id)
    if plan is None:
        raise NotFound
    authorize(ctx.actor, permission, plan)
    return plan


def flags_of(ctx: Context, action: Action) -> frozenset[ActionFlag]:
    """What is true of one action today."""
    return action_flags(action, ctx.today(), plan_terms.due_soon_days(ctx.session))


def _lines(
    ctx: Context, plan: Plan, actions: list[Action], max_months: int
) -> tuple[ActionLine, ...]:
    days, today = plan_terms.due_soon_days(ctx.session), ctx.today()
    sums = ctx.session.execute(
        select(Progress.action_id, func.sum(Progress.quantity))
        .join(Progress.action)
        .where(Action.plan_id == plan.id, Progress.approved_at.is_not(None))
        .group_by(Progress.action_id)
    )
    approved = {action_id: Decimal(str(total)) for action_id, total in sums}
    return tuple(
        ActionLine(
            action=action,
            approved=(done := approved.get(action.id, Decimal(0))),
            pct=progress.percentage(done, action.target_quantity),
            flags=action_flags(action, today, days),
            lacking=tuple(plan_facts.lacking(action, max_months=max_months)),
        )
        for action in actions
    )


def _document(ctx: Context, document_id: int | None) -> Document | None:
    if document_id is None:
        return None
    statement = select(Document).where(Document.id == document_id)
    document = ctx.session.scalars(
        statement.options(joinedload(Document.uploaded_by))
    ).one_or_none()
    readable = document is not None and can(ctx.actor, Permission.DOCUMENT_READ, document)
    return document if readable else None


def _plan_people(plan: Plan, parts: PlanParts) -> list[int | None]:
    ids = [
        plan.formulated_by_id,
        plan.submitted_by_id,
        plan.reviewer_id,
        plan.consolidated_by_id,
        plan.approved_by_id,
    ]
    for action in parts.actions:
        ids += [action.accepted_by_id, action.declined_by_id, action.consolidated_by_id]
    return ids + [remark.answered_by_id for remark in parts.remarks]


@dataclass(frozen=True, slots=True)
class ActionPage:
    action: Action
    finding: Finding
    parts: ActionParts
    approved: Decimal
    pct: Decimal
    flags: frozenset[ActionFlag]
    entries: list[Progress]
    activities: Sequence[Activity]
    requests: list[ChangeRequest]
    remarks: list[Remark]
    supports: list[Document]
    replaces: Action | None
    successors: list[Action]
    people: dict[int, User]


def action_page(ctx: Context, action_id: int) -> ActionPage:
    """An action with everything its page shows. Raises: NotFound."""
    action = find_action(ctx, action_id)
    parts = action_facts.gather(ctx, action)
    days, today = plan_terms.due_soon_days(ctx.session), ctx.today()
    requests = _requests(ctx, action)
    remarks = _remarks(ctx, action)
    return ActionPage(
        action=action,
        finding=action.finding,
        parts=parts,
        approved=parts.approved,
        pct=parts.progress_pct,
        flags=action_flags(action, today, days),
        entries=_entries(ctx, action),
        activities=activities.of_action(ctx.session, action.id),
        requests=requests,
        remarks=remarks,
        supports=_supports(ctx, action),
        replaces=ctx.session.get(Action, action.replaces_id) if action.replaces_id else None,
        successors=_successors(ctx, action),
        people=plan_rows.people(ctx.session, _action_people(action, requests, remarks)),
    )


def find_action(ctx: Context, action_id: int, permission: str = Permission.ACTION_READ) -> Action:
    """An action this actor may read and handle in this way, with what stands at its head.

    Raises: NotFound, Forbidden.
    """
    action = ctx.session.scalars(
        select(Action)
        .where(Action.id == action_id)
        .options(
            joinedload(Action.plan),
            joinedload(Action.finding),
            joinedload(Action.process),
            joinedload(Action.responsible_unit),
            joinedload(Action.root_cause),
            selectinload(Action.executors),
        )
    ).one_or_none()
    if action is None or not can(ctx.actor, Permission.ACTION_READ, action):
        raise NotFound
    authorize(ctx.actor, permission, action)
    return action


@dataclass(frozen=True, slots=True)
class ReportingPage:
    """What the one screen of a progress report shows."""

    action: Action
    approved: Decimal
    pending: Decimal
    pct: Decimal
    flags: frozenset[ActionFlag]
    window: Window | None


def reporting_page(ctx: Context, action_id: int) -> ReportingPage:
    """An action on which this actor may report progress. Raises: NotFound, Forbidden."""
    action = find_action(ctx, action_id, Permission.ACTION_REPORT_PROGRESS)
    sums = ctx.session.execute(
        select(Progress.approved_at.is_not(None), func.sum(Progress.quantity))
        .where(Progress.action_id == action.id, Progress.rejected_at.is_(None))
        .group_by(Progress.approved_at.is_not(None))
    )
    totals = {bool(counts): Decimal(str(total)) for counts, total in sums}
    approved = totals.get(True, Decimal(0))
    return ReportingPage(
        action=action,
        approved=approved,
        pending=totals.get(False, Decimal(0)),
        pct=progress.percentage(approved, action.target_quantity),
        flags=action_flags(action, ctx.today(), plan_terms.due_soon_days(ctx.session)),
        window=progress_windows.window_of(ctx, ctx.today()),
    )


def _entries(ctx: Context, action: Action) -> list[Progress]:
    """Newest first, with author, decider and evidence."""
    rows = ctx.session.scalars(
        select(Progress)
        .where(Progress.action_id == action.id)
        .options(
            joinedload(Progress.author),
            joinedload(Progress.approved_by),
            selectinload(Progress.evidence)
            .joinedload(ProgressEvidence.document)
            .joinedload(Document.uploaded_by),
        )
        .order_by(Progress.id.desc())
        .execution_options(populate_existing=True)
    )
    return list(rows)


def _requests(ctx: Context, action: Action) -> list[ChangeRequest]:
    if not can(ctx.actor, Permission.CHANGE_REQUEST_READ, action):
        return []
    rows = ctx.session.scalars(
        select(ChangeRequest)
        .where(ChangeRequest.action_id == action.id)
        .order_by(ChangeRequest.id.desc())
    )
    return list(rows)


def _remarks(ctx: Context, action: Action) -> list[Remark]:
    rows = ctx.session.scalars(
        select(Remark)
        .where(Remark.action_id == action.id)
        .options(joinedload(Remark.author))
        .order_by(Remark.id)
    )
    return list(rows)


def _supports(ctx: Context, action: Action) -> list[Document]:
    """The files with which the OCI supports its results, those this actor may read."""
    rows = ctx.session.scalars(
        select(Document)
        .where(Document.action_id == action.id, Document.purpose == DocumentPurpose.VERIFICATION)
        .options(joinedload(Document.uploaded_by))
        .order_by(Document.id)
    )
    return [document for document in rows if can(ctx.actor, Permission.DOCUMENT_READ, document)]


def _successors(ctx: Context, action: Action) -> list[Action]:
    rows = ctx.session.scalars(
        select(Action)
        .where(Action.replaces_id == action.id)
        .options(selectinload(Action.executors))
        .order_by(Action.id)
    )
    return [row for row in rows if can(ctx.actor, Permission.ACTION_READ, row)]


def _action_people(
    action: Action, requests: list[ChangeRequest], remarks: list[Remark]
) -> list[int | None]:
    ids = [
        action.formulated_by_id,
        action.accepted_by_id,
        action.declined_by_id,
        action.consolidated_by_id,
        action.approved_by_id,
        action.reported_by_id,
        action.verifier_id,
        action.verified_by_id,
        action.evaluator_id,
    ]
    ids += [request.requested_by_id for request in requests]
    return ids + [remark.answered_by_id for remark in remarks]
