"""The history of an audit, and how much of it each one may know."""

from __future__ import annotations

import pytest

from app.context import Context
from app.models.accounts import User
from app.models.audits import Audit
from app.services import audit_history, audits
from tests import factories as make
from tests.conftest import Clock
from workflows.audit import AuditState
from workflows.finding import FindingState

pytestmark = pytest.mark.postgres_long


def actions(ctx: Context, user: User, audit: Audit, kind: str = "") -> list[str]:
    page = audit_history.read(make.acting(ctx, user), audit, kind=kind)
    return [f"{step.kind}.{step.action}" for step in page.steps]


def test_the_office_sees_every_step_newest_first(ctx: Context, office: make.Office) -> None:
    audit = make.make_audit(ctx, office, AuditState.FIELDWORK, finding_count=1)
    seen = actions(ctx, office.lead, audit)
    assert seen[0] == "working_paper.review"
    assert seen[-1] == "audit.create"
    for action in (
        "audit.sign.audit.program",
        "audit.announce",
        "audit.declare",
        "finding.submit",
        "document.upload",
    ):
        assert action in seen
    assert set(actions(ctx, office.lead, audit, kind="finding")) <= {
        "finding.create",
        "finding.submit",
        "finding.record_review",
        "finding.add_evidence",
    }


def test_the_auditee_sees_only_what_was_told(
    ctx: Context, office: make.Office, clock: Clock
) -> None:
    audit = make.make_audit(ctx, office, AuditState.PLANNING)
    clock.advance(hours=1)
    make.to_fieldwork(ctx, office, audit.id)
    clock.advance(hours=1)
    make.make_finding(ctx, office, audit.id)
    audit = audits.find(make.acting(ctx, office.leader), audit.id)
    seen = actions(ctx, office.leader, audit)
    assert seen == ["audit.start_execution", "audit.announce"]
    clock.advance(hours=1)
    for event in ("finish_fieldwork", "return_to_fieldwork", "finish_fieldwork"):
        make.fire(ctx, office.head, audit.id, event, reason="Falta probar el hallazgo H01.")
    clock.advance(hours=1)
    make.fire(ctx, office.head, audit.id, "issue_draft_report")
    audit = audits.find(make.acting(ctx, office.leader), audit.id)
    seen = actions(ctx, office.leader, audit)
    assert seen[:2] == ["finding.communicate", "audit.issue_draft_report"]
    assert "audit.return_to_fieldwork" not in seen
    assert not {"finding.create", "finding.submit", "working_paper.create"} & set(seen)


def test_pages_go_on_from_a_sequence(ctx: Context, office: make.Office) -> None:
    audit = make.make_audit(ctx, office, AuditState.PLANNING)
    lead = make.acting(ctx, office.lead)
    whole = audit_history.read(lead, audit)
    rest = audit_history.read(lead, audit, before=whole.steps[2].seq)
    assert [s.seq for s in rest.steps] == [s.seq for s in whole.steps[3:]]
    assert whole.next_before is None


def test_counts_are_those_that_each_one_may_see(ctx: Context, office: make.Office) -> None:
    audit = make.make_audit(ctx, office, AuditState.FIELDWORK, finding_count=2)
    inside = audits.counts(make.acting(ctx, office.lead), audit)
    assert (inside.papers, inside.documents, inside.finding_total) == (1, 2, 2)
    assert inside.findings == {FindingState.IN_REVIEW: 2}
    outside = audits.counts(make.acting(ctx, office.leader), audit)
    assert (outside.papers, outside.documents, outside.finding_total) == (None, 0, 0)
