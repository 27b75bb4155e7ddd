"""What the pages of findings show, read in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from app.context import Context
from app.errors import NotFound
from app.models.documents import Document
from app.models.findings import Finding, FindingEvidence, FindingText, Reply, ReplyProposal
from app.models.org import Process
from app.models.plans import Action, Plan, PlanFinding
from app.permissions import Permission, can, scope
from app.services import finding_history, replies
from app.services.finding_evidence import LINKABLE
from app.services.finding_facts import (
    NOTHING,
    REOPENABLE,
    ReopeningGround,
    finding_facts,
    is_one_person_office,
    reopening_grounds,
)
from app.services.progress import progress_pct
from app.services.segregation import Deed, acts_apart
from workflows.finding import FindingFacts, FindingState

CHOICES = 300


@dataclass(frozen=True, slots=True)
class ActionLine:
    """An action of the finding with its progress, in hundredths; None without a target."""

    action: Action
    pct: Decimal | None


@dataclass(frozen=True, slots=True)
class View:
    """One finding as its page shows it to this actor.

    `is_team`: of the audit's team, who sees what was not communicated (papers, earlier history,
    an analysis in progress). `is_auditee`: who answers it or prepares the answer. `may_review`:
    None when there is nothing for the actor to review, False when another person must.
    """

    finding: Finding
    facts: FindingFacts
    is_team: bool
    is_auditee: bool
    evidence: tuple[FindingEvidence, ...]
    readable: frozenset[int]
    reply: Reply | None
    reply_files: tuple[Document, ...]
    preliminary: FindingText | None
    final: FindingText | None
    plans: tuple[Plan, ...]
    actions: tuple[ActionLine, ...]
    history: tuple[finding_history.Step, ...]
    reached: Mapping[str, datetime]
    repeated_by: tuple[Finding, ...]
    grounds: tuple[ReopeningGround, ...]
    linkable: tuple[Document, ...]
    proposals: tuple[ReplyProposal, ...]
    may_review: bool | None

    @property
    def shows_analysis(self) -> bool:
        """The analysis is the team's own until the decision."""
        return self.is_team or self.finding.state is not FindingState.CONTRADICTION


# ------------------------------------------------------------------ one finding


def find(ctx: Context, finding_id: int, permission: str = Permission.FINDING_READ) -> Finding:
    """A finding with everything its pages name.

    Raises: NotFound, also when the actor may not read it or not do this with it.
    """
    people = (Finding.author, Finding.reviewed_by, Finding.analysed_by, Finding.decided_by)
    statement = (
        select(Finding)
        .where(Finding.id == finding_id, scope(ctx.actor, Permission.FINDING_READ, Finding))
        .options(
            joinedload(Finding.audit),
            joinedload(Finding.process).joinedload(Process.leader),
            joinedload(Finding.unit),
            joinedload(Finding.norm),
            joinedload(Finding.mipg_policy),
            joinedload(Finding.committee_decision),
            joinedload(Finding.risk_acceptance),
            joinedload(Finding.repeats),
            *(joinedload(each) for each in people),
        )
    )
    finding = ctx.session.scalars(statement).one_or_none()
    if finding is None or not can(ctx.actor, permission, finding):
        raise NotFound
    return finding


def grounds(ctx: Context, finding: Finding) -> tuple[ReopeningGround, ...]:
    """Why the finding could be reopened, for the form of that event."""
    return tuple(reopening_grounds(ctx.session, finding))


def view(ctx: Context, finding_id: int) -> View:
    """All that the page of a finding shows. Raises: NotFound."""
    finding = find(ctx, finding_id)
    session, actor = ctx.session, ctx.actor
    is_team = can(actor, Permission.WORKING_PAPER_READ, finding)
    is_auditee = finding.process_id in actor.led_processes | actor.liaison_processes
    evidence = _evidence(ctx, finding)
    files = _reply_files(ctx, finding, is_auditee=is_auditee)
    documents = [each.document for each in evidence] + files
    reopens = finding.state in REOPENABLE and can(actor, "finding.reopen", finding)
    texts = {
        each.stage: each
        for each in session.scalars(
            select(FindingText).where(FindingText.finding_id == finding.id).order_by(FindingText.id)
        )
    }
    return View(
        finding=finding,
        facts=finding_facts(ctx, finding, inputs=NOTHING),
        is_team=is_team,
        is_auditee=is_auditee,
        evidence=tuple(evidence),
        readable=frozenset(
            each.id for each in documents if can(actor, Permission.DOCUMENT_READ, each)
        ),
        reply=_reply(ctx, finding),
        reply_files=tuple(files),
        preliminary=texts.get("preliminar"),
        final=texts.get("final"),
        plans=tuple(_plans(ctx, finding)),
        actions=tuple(_actions(ctx, finding)),
        history=tuple(finding_history.read(ctx, finding, is_team=is_team)),
        reached=finding_history.reached(ctx, finding),
        repeated_by=tuple(_repeated_by(ctx, finding)),
        grounds=tuple(reopening_grounds(session, finding)) if reopens else (),
        linkable=tuple(_linkable(ctx, finding, evidence)),
        proposals=tuple(replies.proposals_of(session, finding.id)) if is_auditee else (),
        may_review=_may_review(ctx, finding),
    )


def _may_review(ctx: Context, finding: Finding) -> bool | None:
    if not can(ctx.actor, Permission.FINDING_RECORD_REVIEW, finding):
        return None
    return acts_apart(ctx, [Deed(finding.author_id, finding.created_at)]) or (
        is_one_person_office(ctx.session)
    )


def _evidence(ctx: Context, finding: Finding) -> list[FindingEvidence]:
    statement = (
        select(FindingEvidence)
        .where(FindingEvidence.finding_id == finding.id, FindingEvidence.removed_at.is_(None))
        .options(joinedload(FindingEvidence.document).joinedload(Document.uploaded_by))
        .order_by(FindingEvidence.id)
    )
    found = ctx.session.scalars(statement.execution_options(populate_existing=True))
    return [each for each in found if each.document.withdrawn_at is None]


def _reply(ctx: Context, finding: Finding) -> Reply | None:
    statement = (
        select(Reply)
        .where(Reply.finding_id == finding.id)
        .options(joinedload(Reply.author))
        .order_by(Reply.id.desc())
        .limit(1)
    )
    return ctx.session.scalars(statement).first()


def _reply_files(ctx: Context, finding: Finding, *, is_auditee: bool) -> list[Document]:
    """Until the reply is filed, its files are the auditee's own."""
    files = replies.documents_of(ctx.session, finding.id)
    return [each for each in files if is_auditee or each.filing_number]


def _plans(ctx: Context, finding: Finding) -> Sequence[Plan]:
    statement = (
        select(Plan)
        .join(PlanFinding, PlanFinding.plan_id == Plan.id)
        .where(PlanFinding.finding_id == finding.id, scope(ctx.actor, Permission.PLAN_READ, Plan))
        .order_by(Plan.id.desc())
    )
    return ctx.session.scalars(statement).all()


def _actions(ctx: Context, finding: Finding) -> list[ActionLine]:
    rows = ctx.session.execute(
        select(Action, progress_pct())
        .where(Action.finding_id == finding.id, scope(ctx.actor, Permission.ACTION_READ, Action))
        .options(joinedload(Action.responsible_unit), selectinload(Action.executors))
        .order_by(Action.code)
    )
    return [ActionLine(action, None if pct is None else Decimal(str(pct))) for action, pct in rows]


def _repeated_by(ctx: Context, finding: Finding) -> Sequence[Finding]:
    statement = (
        select(Finding)
        .where(Finding.repeats_id == finding.id, scope(ctx.actor, Permission.FINDING_READ, Finding))
        .order_by(Finding.id)
    )
    return ctx.session.scalars(statement).all()


def _linkable(
    ctx: Context, finding: Finding, evidence: Sequence[FindingEvidence]
) -> Sequence[Document]:
    """Documents of the same audit that may become evidence, while the actor may add any."""
    if finding.audit_id is None:
        return ()
    if not can(ctx.actor, Permission.FINDING_ADD_EVIDENCE, finding):
        return ()
    used = [each.document_id for each in evidence]
    statement = (
        select(Document)
        .where(
            Document.audit_id == finding.audit_id,
            Document.purpose.in_(sorted(LINKABLE)),
            Document.withdrawn_at.is_(None),
            Document.id.not_in(used),
            scope(ctx.actor, Permission.DOCUMENT_READ, Document),
        )
        .order_by(Document.id.desc())
        .limit(CHOICES)
    )
    return ctx.session.scalars(statement).all()
