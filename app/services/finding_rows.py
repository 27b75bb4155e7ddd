"""Rows of findings as their services take them: locked after their audit, and never while the
audit is suspended."""

from __future__ import annotations

from sqlalchemy import select

from app.context import Context
from app.errors import OutOfPlace
from app.models.audits import Audit
from app.models.findings import Finding
from app.services.finding_facts import is_suspended
from app.services.transitions import load, load_for


def load_to_change(ctx: Context, finding_id: int, permission: str) -> Finding:
    """Lock the audit, then the finding, inside the open transaction.

    Raises: NotFound, Forbidden.
    """
    statement = select(Finding.audit_id).where(Finding.id == finding_id)
    audit_id = ctx.session.scalar(statement)
    if audit_id is not None:
        load(ctx.session, Audit, audit_id, lock=True)
    return load_for(ctx, Finding, finding_id, permission)


def demand_running_audit(finding: Finding, event: str) -> None:
    """Raises: OutOfPlace while the finding's audit is suspended."""
    if is_suspended(finding.audit):
        raise OutOfPlace("audit_suspended", event=event)


def forget_review(finding: Finding) -> None:
    """What was reviewed is no longer what stands there."""
    finding.reviewed_by_id = finding.reviewed_at = None
