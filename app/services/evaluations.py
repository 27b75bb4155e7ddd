"""Evaluation of an audit by the leader of the audited process: answered once, never changed.

From the final report until the audit is closed. Source: docs/domain.md, "Evaluation of an audit".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.context import Context
from app.errors import Invalid, NotFound, OutOfPlace, Refused
from app.models.audits import Audit, AuditEvaluation
from app.permissions import Permission, can
from app.services import audits, filing, submissions
from app.services.finding_facts import plain
from app.services.transitions import load_for
from workflows.enums import EvaluationStatement

LOWEST, HIGHEST = 1, 5


@dataclass(frozen=True, slots=True)
class View:
    """What an actor may see of the evaluation of an audit: the answers, or that it is his to
    send (`may_send`), or that nobody has sent it."""

    sent: AuditEvaluation | None
    may_send: bool


def of_audit(ctx: Context, audit: Audit) -> View | None:
    """None for who may know nothing of it."""
    if not can(ctx.actor, Permission.AUDIT_EVALUATION_READ, audit):
        return None
    sent = ctx.session.scalars(
        select(AuditEvaluation)
        .where(AuditEvaluation.audit_id == audit.id)
        .options(joinedload(AuditEvaluation.evaluated_by))
    ).one_or_none()
    may_send = sent is None and can(ctx.actor, Permission.AUDIT_EVALUATE, audit)
    return View(sent, may_send)


def find(ctx: Context, audit_id: int) -> tuple[Audit, View]:
    """The audit and its evaluation. Raises: NotFound, also for who may know nothing of it."""
    audit = audits.find(ctx, audit_id)
    view = of_audit(ctx, audit)
    if view is None:
        raise NotFound
    return audit, view


def send(
    ctx: Context,
    audit_id: int,
    answers: Mapping[EvaluationStatement, int | None],
    *,
    comment: str = "",
    key: str = "",
) -> AuditEvaluation:
    """Evaluate an audit, with a score for each statement.

    The ledger keeps that it was done and the hash of what was answered, not the answers: only
    the permission to read them opens them.
    Raises: NotFound, Forbidden, OutOfPlace (somebody did already), Refused.
    """
    with ctx.transaction() as session:
        audit = load_for(ctx, Audit, audit_id, Permission.AUDIT_EVALUATE)
        earlier = submissions.claim(ctx, key)
        if earlier is not None:
            return session.get_one(AuditEvaluation, int(earlier))
        done = select(AuditEvaluation.id).where(AuditEvaluation.audit_id == audit.id)
        if session.scalar(done) is not None:
            raise OutOfPlace("audit_evaluation.sent", event="evaluate")
        scores, comment = _checked(answers), plain(comment)
        evaluation = AuditEvaluation(
            audit_id=audit.id,
            answers=scores,
            comment=comment,
            evaluated_by_id=ctx.actor.user_id,
            evaluated_at=ctx.now(),
        )
        session.add(evaluation)
        session.flush()
        told = "\n".join([*(f"{name}={score}" for name, score in scores.items()), comment])
        body = {"audit": audit.id, "content_sha256": filing.content_hash(told)}
        ctx.record("change", "evaluate", evaluation, body)
        submissions.finish(ctx, key, evaluation.id)
    return evaluation


def _checked(answers: Mapping[EvaluationStatement, int | None]) -> dict[str, int]:
    """Raises: Refused, with every statement that has no score within the scale."""
    scores = {each.value: answers.get(each) for each in EvaluationStatement}
    kept = {
        name: score
        for name, score in scores.items()
        if score is not None and LOWEST <= score <= HIGHEST
    }
    missing = [name for name in scores if name not in kept]
    if missing:
        raise Refused([Invalid(name, "audit_evaluation.needs_score") for name in missing])
    return kept
