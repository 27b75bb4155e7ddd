"""What happens to an audit because of something else: its plans were accepted."""

from __future__ import annotations

from app.context import Context
from app.models.audits import Audit
from app.services import audit_facts
from app.services.transitions import cascade, machine
from workflows.audit import AuditState


def plans_changed(ctx: Context, audit: Audit | None) -> bool:
    """A plan of the audit was accepted or subscribed, or a finding needs none any more.

    Inside the caller's open transaction, with the audit locked. Answers whether the audit
    passed to its follow-up.
    """
    if audit is None or audit.state is not AuditState.PLAN_FORMULATION:
        return False
    facts = audit_facts.facts(ctx, audit)
    if machine(audit).unmet("start_follow_up", facts):
        return False
    cascade(ctx, audit, "start_follow_up", facts)
    return True
