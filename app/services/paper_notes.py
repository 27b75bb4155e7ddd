"""Notas de revisión of a working paper: asked by a reviewer, answered by who prepared it, cleared
by a reviewer. While one is open the paper gets no visto bueno."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.context import Context
from app.errors import Invalid, OutOfPlace
from app.models.audits import WorkingPaper
from app.models.fieldwork import ReviewNote
from app.services import edits, submissions, working_papers
from app.services.finding_facts import is_one_person_office
from app.services.segregation import Deed, acts_apart
from app.services.transitions import load


def write(ctx: Context, paper_id: int, text: str, *, key: str = "") -> ReviewNote:
    """Ask something about a paper that has no visto bueno yet.

    Raises: NotFound, Forbidden, OutOfPlace, Invalid (nothing written).
    """
    with ctx.transaction() as session:
        paper = working_papers.to_review(ctx, paper_id)
        earlier = submissions.claim(ctx, key)
        if earlier is not None:
            return load(session, ReviewNote, int(earlier))
        if not text.strip():
            raise Invalid("text", "review_note.needs_text")
        review_note = ReviewNote(
            paper_id=paper.id,
            audit_id=paper.audit_id,
            text=text.strip(),
            author_id=ctx.actor.user_id,
            created_at=ctx.now(),
        )
        session.add(review_note)
        session.flush()
        ctx.record("change", "create", review_note, {"paper": paper.id, "text": review_note.text})
        submissions.finish(ctx, key, review_note.id)
    return review_note


def answer(ctx: Context, note_id: int, text: str, *, version: int | None) -> ReviewNote:
    """Say what was done about a note; who wrote the answer may mend it until it is cleared.

    Raises: NotFound, Forbidden, OutOfPlace, StaleVersion, Invalid (nothing written).
    """
    with ctx.transaction() as session:
        review_note = load(session, ReviewNote, note_id, lock=True)
        working_papers.to_change(ctx, review_note.paper_id)
        edits.check_version(review_note, version, {"answer": text})
        if review_note.cleared_at is not None:
            raise OutOfPlace
        if not text.strip():
            raise Invalid("answer", "review_note.needs_answer")
        review_note.answer, review_note.answered_at = text.strip(), ctx.now()
        review_note.answered_by_id = ctx.actor.user_id
        ctx.record("change", "answer", review_note, {"answer": review_note.answer})
    return review_note


def clear(ctx: Context, note_id: int, *, version: int | None) -> ReviewNote:
    """Take the answer as good: another person than the one who gave it.

    Raises: NotFound, Forbidden, OutOfPlace (not answered), StaleVersion, Invalid (own answer).
    """
    with ctx.transaction() as session:
        review_note = load(session, ReviewNote, note_id, lock=True)
        working_papers.to_review(ctx, review_note.paper_id)
        edits.check_version(review_note, version, {})
        if (
            review_note.answered_by_id is None
            or review_note.answered_at is None
            or review_note.cleared_at is not None
        ):
            raise OutOfPlace
        apart = acts_apart(ctx, [Deed(review_note.answered_by_id, review_note.answered_at)])
        if not apart and not is_one_person_office(session):
            raise Invalid("note", "working_paper.own")
        review_note.cleared_by_id, review_note.cleared_at = ctx.actor.user_id, ctx.now()
        ctx.record("change", "clear", review_note, {"one_person_office": not apart})
    return review_note


def of_paper(ctx: Context, paper: WorkingPaper) -> Sequence[ReviewNote]:
    """The notes of a paper that the actor was already allowed to read, in order."""
    return ctx.session.scalars(
        select(ReviewNote)
        .where(ReviewNote.paper_id == paper.id)
        .options(
            joinedload(ReviewNote.author),
            joinedload(ReviewNote.answered_by),
            joinedload(ReviewNote.cleared_by),
        )
        .order_by(ReviewNote.id)
    ).all()
