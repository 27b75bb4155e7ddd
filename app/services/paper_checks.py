"""Lista de verificación of a working paper: questions taken from a catalogue or its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.context import Context
from app.errors import Invalid, NotFound
from app.models.audits import WorkingPaper
from app.models.fieldwork import Checklist, ChecklistItem
from app.services import working_papers
from app.services.transitions import load
from workflows.enums import ChecklistAnswer

MOST = 200


def choices(ctx: Context) -> list[Checklist]:
    """The lists that a paper may take."""
    statement = select(Checklist).where(Checklist.active).order_by(Checklist.name)
    return list(ctx.session.scalars(statement))


def add(ctx: Context, paper_id: int, *, checklist_id: int | None, questions: str) -> int:
    """Copy a list and add own questions, one a line; what is already there is left out. How many
    came in.

    Raises: NotFound, Forbidden, OutOfPlace, Invalid (no question, too many).
    """
    with ctx.transaction() as session:
        paper = working_papers.to_change(ctx, paper_id)
        taken = _asked(ctx, checklist_id) + questions.splitlines()
        asked = list(dict.fromkeys(line.strip() for line in taken if line.strip()))
        if not asked:
            raise Invalid("questions", "checklist.needs_questions")
        rows = of_paper(ctx, paper)
        new = [each for each in asked if each not in {row.question for row in rows}]
        if len(rows) + len(new) > MOST:
            raise Invalid("questions", "checklist.too_many", most=MOST)
        last = select(func.max(ChecklistItem.number)).where(ChecklistItem.paper_id == paper.id)
        number = session.scalar(last) or 0
        for question in new:
            number += 1
            checklist_item = ChecklistItem(paper_id=paper.id, number=number, question=question)
            session.add(checklist_item)
            session.flush()
            ctx.record(
                "change", "create", checklist_item, {"paper": paper.id, "question": question}
            )
    return len(new)


def _asked(ctx: Context, checklist_id: int | None) -> list[str]:
    if checklist_id is None:
        return []
    return load(ctx.session, Checklist, checklist_id).questions.splitlines()


def answer(ctx: Context, paper_id: int, answers: Mapping[int, tuple[str, str]]) -> int:
    """Write the answers given, {item: (sí, no o no aplica, observación)}; how many changed.

    Raises: NotFound, Forbidden, OutOfPlace, Invalid (an answer that is none of the three).
    """
    with ctx.transaction():
        paper = working_papers.to_change(ctx, paper_id)
        changed = 0
        for item in of_paper(ctx, paper):
            if item.id in answers:
                changed += _write(ctx, item, *answers[item.id])
    return changed


def _write(ctx: Context, checklist_item: ChecklistItem, value: str, observation: str) -> bool:
    if value not in {"", *ChecklistAnswer}:
        raise Invalid("answer", "checklist.bad_answer")
    given = ChecklistAnswer(value) if value else None
    if (checklist_item.answer, checklist_item.observation) == (given, observation.strip()):
        return False
    checklist_item.answer, checklist_item.observation = given, observation.strip()
    checklist_item.answered_by_id, checklist_item.answered_at = ctx.actor.user_id, ctx.now()
    body = {"answer": value, "observation": checklist_item.observation}
    ctx.record("change", "answer", checklist_item, body)
    return True


def remove(ctx: Context, paper_id: int, item_id: int) -> ChecklistItem:
    """Take a question out of the list; it stays in the record.

    Raises: NotFound, Forbidden, OutOfPlace.
    """
    with ctx.transaction() as session:
        paper = working_papers.to_change(ctx, paper_id)
        checklist_item = session.get(ChecklistItem, item_id)
        if (
            checklist_item is None
            or checklist_item.paper_id != paper.id
            or checklist_item.removed_at is not None
        ):
            raise NotFound
        checklist_item.removed_at = ctx.now()
        ctx.record("change", "remove", checklist_item, {"question": checklist_item.question})
    return checklist_item


def of_paper(ctx: Context, paper: WorkingPaper) -> Sequence[ChecklistItem]:
    """The questions of a paper that the actor was already allowed to read, in order."""
    return ctx.session.scalars(
        select(ChecklistItem)
        .where(ChecklistItem.paper_id == paper.id, ChecklistItem.removed_at.is_(None))
        .options(joinedload(ChecklistItem.answered_by))
        .order_by(ChecklistItem.number)
    ).all()
