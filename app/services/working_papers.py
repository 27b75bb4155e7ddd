"""Papeles de trabajo: prepared by one person, reviewed by another, frozen with the fieldwork."""

from __future__ import annotations

from collections.abc import Mapping
from typing import BinaryIO

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.context import Context
from app.errors import Invalid, NotFound, OutOfPlace
from app.models.audits import Audit, WorkingPaper
from app.models.documents import Document, DocumentPurpose
from app.models.fieldwork import ReviewNote
from app.permissions import authorize, can, scope
from app.services import documents, drafts, edits, submissions
from app.services.finding_facts import is_one_person_office
from app.services.segregation import Deed, acts_apart
from app.services.transitions import load, load_for
from workflows.audit import AuditState

FIELDS = ("title", "objective", "procedure", "population", "sample", "result", "conclusion")
OPEN_STATES = frozenset({AuditState.FIELDWORK, AuditState.DRAFT_REPORT})
FORM = "working_paper"


def create(
    ctx: Context, audit_id: int, values: Mapping[str, str], *, key: str = ""
) -> WorkingPaper:
    """Begin a working paper. Its code (PT-01) is the next of its audit.

    Raises: NotFound, Forbidden, OutOfPlace (papers are frozen now), Invalid.
    """
    with ctx.transaction() as session:
        audit = load_for(ctx, Audit, audit_id, "working_paper.create")
        earlier = submissions.claim(ctx, key)
        if earlier is not None:
            return load(session, WorkingPaper, int(earlier))
        _demand_open(audit)
        texts = _texts(values)
        taken = session.scalar(
            select(func.count(WorkingPaper.id)).where(WorkingPaper.audit_id == audit.id)
        )
        paper = WorkingPaper(
            audit_id=audit.id,
            code=f"PT-{(taken or 0) + 1:02d}",  # the audit is locked: nobody else counts now
            author_id=ctx.actor.user_id,
            created_at=ctx.now(),
            **texts,
        )
        session.add(paper)
        session.flush()
        ctx.record("change", "create", paper, {"audit": audit.id, "code": paper.code, **texts})
        drafts.drop(ctx, FORM, f"new-{audit.id}")
        submissions.finish(ctx, key, paper.id)
    return paper


def edit(
    ctx: Context, paper_id: int, values: Mapping[str, str], *, version: int | None
) -> WorkingPaper:
    """Change a paper that nobody has reviewed yet.

    Raises: NotFound, Forbidden, OutOfPlace, StaleVersion, Invalid.
    """
    with ctx.transaction():
        paper, _audit = _to_change(ctx, paper_id)
        texts = _texts(values)
        edits.check_version(paper, version, texts)
        changed = edits.apply(paper, texts)
        drafts.drop(ctx, FORM, paper.id)
        if changed:
            ctx.record("change", "edit", paper, changed)
    return paper


def attach(
    ctx: Context, paper_id: int, stream: BinaryIO, name: str, *, version: int | None
) -> Document:
    """Keep the paper's document; a second one takes the place of the first, which stays stored.

    Raises: NotFound, Forbidden, OutOfPlace, StaleVersion, Invalid, StoreUnavailable.
    """

    def home() -> documents.Home:
        paper, audit = _to_change(ctx, paper_id)
        edits.check_version(paper, version, {})
        return documents.Home(audit=audit)

    def keep(document: Document) -> None:
        paper = load(ctx.session, WorkingPaper, paper_id, lock=True)
        document.title = f"{paper.code} {paper.title}"[:300]
        document.replaces_id = paper.document_id
        paper.document_id = document.id
        body = {"document": document.id, "sha256": document.sha256}
        ctx.record("change", "attach", paper, body)

    return documents.upload(
        ctx,
        stream,
        name,
        home=home,
        purpose=DocumentPurpose.WORKING_PAPER,
        permission="document.upload",
        attach=keep,
    )


def review(ctx: Context, paper_id: int, *, version: int | None) -> WorkingPaper:
    """Give the visto bueno; the paper is fixed from then on.

    Raises: NotFound, Forbidden, OutOfPlace, StaleVersion, Invalid (own paper, nothing in it).
    """
    with ctx.transaction():
        paper, _audit = _to_review(ctx, paper_id, version)
        if paper.reviewed_at is not None:
            raise OutOfPlace
        if not paper.result.strip() or not paper.conclusion.strip():
            raise Invalid("review", "working_paper.incomplete")
        count = _open_notes(ctx, paper)
        if count:
            raise Invalid("review", "working_paper.open_notes", count=count)
        by_exception = _is_own(ctx, paper)
        if by_exception and not is_one_person_office(ctx.session):
            raise Invalid("review", "working_paper.own")
        paper.reviewed_by_id, paper.reviewed_at = ctx.actor.user_id, ctx.now()
        paper.review_note = ""
        body = {"code": paper.code, "one_person_office": by_exception}
        ctx.record("change", "review", paper, body)
    return paper


def send_back(ctx: Context, paper_id: int, *, reason: str, version: int | None) -> WorkingPaper:
    """Return a paper to its author with what must be mended; a visto bueno given is withdrawn.

    Raises: NotFound, Forbidden, OutOfPlace, StaleVersion, Invalid (no reason).
    """
    with ctx.transaction():
        paper, _audit = _to_review(ctx, paper_id, version)
        if not reason.strip():
            raise Invalid("reason", "needs_reason")
        paper.reviewed_by_id, paper.reviewed_at = None, None
        paper.review_note = reason.strip()
        ctx.record("change", "send_back", paper, {"reason": paper.review_note})
    return paper


def to_change(ctx: Context, paper_id: int) -> WorkingPaper:
    """A paper whose parts the actor is about to change, locked, inside his transaction.

    Raises: NotFound, Forbidden, OutOfPlace.
    """
    return _to_change(ctx, paper_id)[0]


def to_review(ctx: Context, paper_id: int) -> WorkingPaper:
    """A paper without visto bueno about which a reviewer asks, locked, inside his transaction.

    Raises: NotFound, Forbidden, OutOfPlace.
    """
    paper, _audit = _to_review(ctx, paper_id, None)
    if paper.reviewed_at is not None:
        raise OutOfPlace
    return paper


def _texts(values: Mapping[str, str]) -> dict[str, str]:
    texts = {name: values.get(name, "").strip() for name in FIELDS}
    if not texts["title"]:
        raise Invalid("title", "working_paper.needs_title")
    return texts


def _to_change(ctx: Context, paper_id: int) -> tuple[WorkingPaper, Audit]:
    paper = load_for(ctx, WorkingPaper, paper_id, "working_paper.read")
    audit = load(ctx.session, Audit, paper.audit_id)
    _demand_open(audit)
    if paper.reviewed_at is not None:
        raise OutOfPlace
    authorize(ctx.actor, "working_paper.edit", paper)
    return paper, audit


def _to_review(ctx: Context, paper_id: int, version: int | None) -> tuple[WorkingPaper, Audit]:
    paper = load_for(ctx, WorkingPaper, paper_id, "working_paper.review")
    edits.check_version(paper, version, {})
    audit = load(ctx.session, Audit, paper.audit_id)
    _demand_open(audit)
    return paper, audit


def _demand_open(audit: Audit) -> None:
    if audit.state not in OPEN_STATES:
        raise OutOfPlace(state=str(audit.state))


def _open_notes(ctx: Context, paper: WorkingPaper) -> int:
    is_open = (ReviewNote.paper_id == paper.id) & ReviewNote.cleared_at.is_(None)
    return ctx.session.scalar(select(func.count(ReviewNote.id)).where(is_open)) or 0


def _is_own(ctx: Context, paper: WorkingPaper) -> bool:
    """Whether author and reviewer are one person, through substitutions too."""
    return not acts_apart(ctx, [Deed(paper.author_id, paper.created_at)])


# ------------------------------------------------------------------ reading


def of_audit(ctx: Context, audit: Audit) -> list[WorkingPaper]:
    """Papers of an audit in order of code. Raises: NotFound when the actor may not see any."""
    if not can(ctx.actor, "working_paper.read", audit):
        raise NotFound
    return list(
        ctx.session.scalars(
            select(WorkingPaper)
            .where(
                WorkingPaper.audit_id == audit.id,
                scope(ctx.actor, "working_paper.read", WorkingPaper),
            )
            .options(joinedload(WorkingPaper.author), joinedload(WorkingPaper.reviewed_by))
            .order_by(WorkingPaper.id)
        )
    )


def find(ctx: Context, audit_id: int, paper_id: int) -> WorkingPaper:
    """A paper of that audit which the actor may read, with its document. Raises: NotFound."""
    paper = ctx.session.scalars(
        select(WorkingPaper)
        .where(WorkingPaper.id == paper_id, WorkingPaper.audit_id == audit_id)
        .options(
            joinedload(WorkingPaper.author),
            joinedload(WorkingPaper.reviewed_by),
            joinedload(WorkingPaper.document).joinedload(Document.uploaded_by),
        )
    ).one_or_none()
    if paper is None or not can(ctx.actor, "working_paper.read", paper):
        raise NotFound
    return paper


def is_open(audit: Audit) -> bool:
    """Whether papers may be written and reviewed now."""
    return audit.state in OPEN_STATES


def may_review(ctx: Context, audit: Audit, paper: WorkingPaper) -> bool:
    """Whether the page offers the review: permission, moment, and another person's paper."""
    if not is_open(audit) or not can(ctx.actor, "working_paper.review", paper):
        return False
    return not _is_own(ctx, paper) or is_one_person_office(ctx.session)
