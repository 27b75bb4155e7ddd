"""Publications as pages show them: the list, and everything about one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.context import Context
from app.errors import NotFound
from app.models.audits import Audit
from app.models.org import Process
from app.models.publications import Publication, PublicationComment, PubReport
from app.models.traceability import HistoryEntry
from app.permissions import Permission, can, scope
from app.projection import Source
from app.services import publications_comments, publications_events, publications_text, trail
from app.services.publications_source import signed_report
from app.services.publications_text import Differences, FieldMark
from workflows.publication import PublicationFacts, PublicationState

PAGE = 30


@dataclass(frozen=True, slots=True)
class Page:
    rows: Sequence[Publication]
    next_id: int | None


@dataclass(frozen=True, slots=True)
class Edition:
    """Another public version of the same report."""

    id: int
    edition: int
    state: PublicationState


@dataclass(frozen=True, slots=True)
class View:
    """One publication with what its page needs. `marks` are by flat name of the field; `shown`:
    the text that this actor may read; `comments`: for who writes the text or advises on it;
    `file_withdrawn`: published, but without its file since a finding was annulled."""

    publication: Publication
    facts: PublicationFacts
    source: Source | None
    marks: Mapping[str, Sequence[FieldMark]]
    differences: Differences
    editions: Sequence[Edition]
    history: Sequence[HistoryEntry]
    shown: Mapping[str, Any]
    comments: Sequence[PublicationComment]
    may_prepare: bool
    may_comment: bool
    file_withdrawn: bool

    @property
    def open_marks(self) -> int:
        return sum(len(each) for each in self.marks.values())


def page(ctx: Context, *, state: str = "", before: int | None = None) -> Page:
    """Publications that the actor may read, newest first."""
    statement = (
        select(Publication)
        .where(scope(ctx.actor, Permission.PUBLICATION_READ, Publication))
        .options(joinedload(Publication.audit).joinedload(Audit.process))
        .order_by(Publication.id.desc())
        .limit(PAGE + 1)
    )
    if state in set(PublicationState):
        statement = statement.where(Publication.state == PublicationState(state))
    if before is not None:
        statement = statement.where(Publication.id < before)
    rows = ctx.session.scalars(statement).all()
    return Page(rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None)


def view(ctx: Context, publication_id: int) -> View:
    """Raises: NotFound, also when the actor may not know of it."""
    publication = ctx.session.scalars(
        select(Publication)
        .where(Publication.id == publication_id)
        .options(
            joinedload(Publication.audit).joinedload(Audit.process).joinedload(Process.unit),
            joinedload(Publication.pdf),
            joinedload(Publication.prepared_by),
            joinedload(Publication.approved_by),
        )
    ).one_or_none()
    if publication is None or not can(ctx.actor, Permission.PUBLICATION_READ, publication):
        raise NotFound
    names = publications_text.person_names(ctx.session)
    findings = publications_text.sources(ctx.session, publication.audit_id)
    open_marks = publications_text.open_marks(publication, names)
    marks: dict[str, list[FieldMark]] = {}
    for each in open_marks:
        marks.setdefault(each.field, []).append(each)
    may_prepare = can(ctx.actor, Permission.PUBLICATION_PREPARE, publication)
    may_comment = can(ctx.actor, Permission.PUBLICATION_COMMENT, publication)
    is_whole = may_prepare or not may_comment
    of_advice = publications_comments.of_publication(ctx, publication)
    return View(
        publication=publication,
        facts=publications_events.facts(ctx, publication),
        source=signed_report(ctx, publication.audit_id),
        marks=marks,
        differences=publications_text.differences(publication.content, findings),
        editions=_editions(ctx, publication),
        history=trail.history(ctx, [publication.ref]),
        shown=publication.content
        if is_whole
        else publications_text.for_advice(publication.content, open_marks, findings),
        comments=of_advice if may_prepare or may_comment else (),
        may_prepare=may_prepare,
        may_comment=may_comment,
        file_withdrawn=_is_without_file(ctx, publication),
    )


def _editions(ctx: Context, publication: Publication) -> list[Edition]:
    rows = ctx.session.execute(
        select(Publication.id, Publication.edition, Publication.state)
        .where(
            Publication.audit_id == publication.audit_id,
            scope(ctx.actor, Permission.PUBLICATION_READ, Publication),
        )
        .order_by(Publication.edition.desc())
    )
    return [Edition(*row) for row in rows]


def _is_without_file(ctx: Context, publication: Publication) -> bool:
    if publication.state is not PublicationState.PUBLISHED:
        return False
    key: Any = ctx.session.scalar(
        select(PubReport.pdf_key).where(PubReport.code == publication.public_code)
    )
    return not key
