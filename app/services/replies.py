"""Réplica: the auditee's answer to each finding of the preliminary report.

The leader of the process files it, once, within the term; a liaison may write a proposal for
him. Files may be kept before: they are filed with the reply and cannot be withdrawn then.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.context import Context
from app.errors import Invalid, NotFound
from app.models.accounts import Draft
from app.models.audits import Audit
from app.models.documents import Document, DocumentPurpose
from app.models.findings import Finding, Reply, ReplyProposal
from app.permissions import Permission, authorize, can, scope
from app.services import documents, drafts, filing, finding_mails, submissions
from app.services.documents import Received
from app.services.finding_facts import finding_facts, plain
from app.services.finding_rows import demand_running_audit, load_to_change
from app.services.transitions import advance, check_version, load
from workflows.enums import ReplyStance
from workflows.finding import FindingState

DRAFT_FORM = "reply"
MAX_FILES = 10


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as the visitor sent it."""

    stream: BinaryIO
    filename: str


@dataclass(frozen=True, slots=True)
class Overview:
    """The findings of an audit that this actor answers, and until when."""

    audit: Audit
    findings: tuple[Finding, ...]
    drafted: frozenset[str]  # ids of those with a draft of this actor
    today: date

    @property
    def pending(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.state is FindingState.PRELIMINARY)


def submit(
    ctx: Context,
    finding_id: int,
    *,
    version: int | None,
    stance: str,
    arguments: str,
    files: Sequence[Upload] = (),
    key: str = "",
) -> Reply:
    """File the reply: number, time and files are fixed in one transaction; nobody changes it.

    A second press of the same form answers with the first reply.
    Raises: NotFound, Forbidden, StaleVersion, OutOfPlace, Blocked (term over, no arguments),
    Invalid (a file), StoreUnavailable.
    """
    inputs = {"stance": stance, "arguments": arguments}
    _demand_complete(_permitted(ctx, finding_id, "finding.reply"), stance, arguments)
    with ExitStack() as stack:
        kept = store(ctx, stack, files)
        with ctx.transaction() as session:
            finding = load_to_change(ctx, finding_id, "finding.reply")
            earlier = submissions.claim(ctx, key)
            if earlier is not None:
                return session.get_one(Reply, int(earlier))
            check_version(finding, version)
            demand_running_audit(finding, "reply")
            advance(ctx, finding, "reply", finding_facts(ctx, finding, inputs=inputs))
            reply = _write(ctx, finding, stance, arguments)
            _file_documents(ctx, finding, reply, kept)
            finding_mails.replied(ctx, finding, reply)
            drafts.drop(ctx, DRAFT_FORM, finding.id)
            submissions.finish(ctx, key, reply.id)
    return reply


def _permitted(ctx: Context, finding_id: int, permission: str) -> Finding:
    """Asked before any file is stored; asked again in the transaction, for time passes.

    Raises: NotFound, Forbidden, OutOfPlace.
    """
    finding = load(ctx.session, Finding, finding_id)
    if not can(ctx.actor, Permission.FINDING_READ, finding):
        raise NotFound
    authorize(ctx.actor, permission, finding)
    demand_running_audit(finding, permission.rpartition(".")[2])
    return finding


def _demand_complete(finding: Finding, stance: str, arguments: str) -> None:
    """Raises: Invalid, at the field that is missing."""
    if finding.state is not FindingState.PRELIMINARY:
        return  # the transaction says so, unless it is a second press
    if stance not in {member.value for member in ReplyStance}:
        raise Invalid("stance", "reply.needs_stance")
    if not plain(arguments):
        raise Invalid("arguments", "reply.needs_arguments")


def _write(ctx: Context, finding: Finding, stance: str, arguments: str) -> Reply:
    """The row is written once, with its number: nothing changes it afterwards."""
    filed = filing.next_number(ctx, subject=f"Réplica al hallazgo {finding.code}", thing=finding)
    reply = Reply(
        finding_id=finding.id,
        stance=ReplyStance(stance),
        arguments=plain(arguments),
        author_id=ctx.actor.user_id,
        submitted_at=ctx.now(),
        filing_number=filed.number,
    )
    ctx.session.add(reply)
    ctx.session.flush()
    return reply


def _file_documents(
    ctx: Context, finding: Finding, reply: Reply, kept: Sequence[tuple[str, Received]]
) -> None:
    """The files of this form and those kept before become part of the filed reply."""
    for key, received in kept:
        documents.finish_intent(
            ctx, key, received, documents.Home(finding=finding), DocumentPurpose.REPLY
        )
    ctx.session.flush()
    files = documents_of(ctx.session, finding.id)
    for document in files:
        document.filing_number = reply.filing_number
    body = {
        "finding": finding.id,
        "filing_number": reply.filing_number,
        "stance": reply.stance.value,
        "arguments_sha256": filing.content_hash(reply.arguments),
        "sha256": [document.sha256 for document in files],
    }
    ctx.record("change", "file_reply", reply, body)


def documents_of(session: Session, finding_id: int) -> list[Document]:
    """Files of the reply to a finding, filed or still being prepared; not the withdrawn ones."""
    statement = (
        select(Document)
        .where(
            Document.finding_id == finding_id,
            Document.purpose == DocumentPurpose.REPLY,
            Document.withdrawn_at.is_(None),
        )
        .options(joinedload(Document.uploaded_by))
        .order_by(Document.id)
    )
    return list(session.scalars(statement).unique())


# ------------------------------------------------------------------ before filing


def prepare(
    ctx: Context,
    finding_id: int,
    *,
    stance: str,
    arguments: str,
    files: Sequence[Upload] = (),
) -> None:
    """Keep what was typed as the actor's own draft, and the files with the finding.

    Raises: NotFound, Forbidden, OutOfPlace, Invalid (a file), StoreUnavailable.
    """
    _permitted(ctx, finding_id, Permission.FINDING_DRAFT_REPLY)
    with ExitStack() as stack:
        kept = store(ctx, stack, files)
        with ctx.transaction():
            finding = load_to_change(ctx, finding_id, Permission.FINDING_DRAFT_REPLY)
            demand_running_audit(finding, "draft_reply")
            home = documents.Home(finding=finding)
            for key, received in kept:
                documents.finish_intent(ctx, key, received, home, DocumentPurpose.REPLY)
    drafts.save(ctx, DRAFT_FORM, str(finding_id), {"stance": stance, "arguments": plain(arguments)})


def propose(
    ctx: Context,
    finding_id: int,
    *,
    stance: str,
    arguments: str,
    files: Sequence[Upload] = (),
    key: str = "",
) -> ReplyProposal:
    """Hand the leader of the process a reply to file.

    Raises: NotFound, Forbidden, OutOfPlace, Invalid, StoreUnavailable.
    """
    _demand_complete(_permitted(ctx, finding_id, Permission.FINDING_DRAFT_REPLY), stance, arguments)
    with ExitStack() as stack:
        kept = store(ctx, stack, files)
        with ctx.transaction() as session:
            finding = load_to_change(ctx, finding_id, Permission.FINDING_DRAFT_REPLY)
            earlier = submissions.claim(ctx, key)
            if earlier is not None:
                return session.get_one(ReplyProposal, int(earlier))
            demand_running_audit(finding, "draft_reply")
            home = documents.Home(finding=finding)
            for store_key, received in kept:
                documents.finish_intent(ctx, store_key, received, home, DocumentPurpose.REPLY)
            proposal = ReplyProposal(
                finding_id=finding.id,
                stance=ReplyStance(stance),
                arguments=plain(arguments),
                author_id=ctx.actor.user_id,
                created_at=ctx.now(),
            )
            session.add(proposal)
            session.flush()
            body = {"finding": finding.id, "stance": stance}
            ctx.record("change", "propose_reply", proposal, body)
            finding_mails.proposed(ctx, finding, proposal.id)
            drafts.drop(ctx, DRAFT_FORM, finding.id)
            submissions.finish(ctx, key, proposal.id)
    return proposal


def proposals_of(session: Session, finding_id: int) -> list[ReplyProposal]:
    """Proposals for a finding, the last one first."""
    statement = (
        select(ReplyProposal)
        .where(ReplyProposal.finding_id == finding_id)
        .options(joinedload(ReplyProposal.author))
        .order_by(ReplyProposal.id.desc())
    )
    return list(session.scalars(statement))


def store(ctx: Context, stack: ExitStack, files: Sequence[Upload]) -> list[tuple[str, Received]]:
    """Intent, then bytes, for each file: nothing is told as saved yet.

    Raises: Invalid, ChecksumMismatch, StoreUnavailable.
    """
    if len(files) > MAX_FILES:
        raise Invalid("files", "reply.too_many_files", most=MAX_FILES)
    kept = []
    for file in files:
        received = stack.enter_context(
            documents.receive(file.stream, file.filename, max_bytes=ctx.config.upload_max_bytes)
        )
        key = documents.begin_intent(ctx, received)
        ctx.store.put(
            key,
            received.file,  # type: ignore[arg-type]  # SpooledTemporaryFile is a binary file
            size_bytes=received.size_bytes,
            sha256=received.sha256,
            media_type=received.media_type,
        )
        kept.append((key, received))
    return kept


# ------------------------------------------------------------------ what there is to answer


def overview(ctx: Context, audit_id: int) -> Overview:
    """The communicated findings of an audit that this actor may answer or prepare.

    Raises: NotFound when there is none (or the audit may not be known).
    """
    session = ctx.session
    audit = load(session, Audit, audit_id)
    statement = (
        select(Finding)
        .where(
            Finding.audit_id == audit_id,
            Finding.communicated_at.is_not(None),
            scope(ctx.actor, Permission.FINDING_READ, Finding),
            Finding.process_id.in_(
                sorted(ctx.actor.led_processes | ctx.actor.liaison_processes) or [0]
            ),
        )
        .options(joinedload(Finding.process))
        .order_by(Finding.code)
    )
    found = tuple(session.scalars(statement))
    if not found:
        raise NotFound
    drafted = session.scalars(
        select(Draft.thing).where(Draft.user_id == ctx.actor.user_id, Draft.form == DRAFT_FORM)
    )
    return Overview(audit, found, frozenset(map(str, drafted)), ctx.today())
