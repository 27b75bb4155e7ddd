"""What the examination of each element of a sample showed: an exception (desviación) or none.

Source: docs/domain.md, 3.6: what is stored of a sample includes its exceptions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from app.context import Context
from app.errors import Invalid, NotFound, Refused
from app.models.base import TITLE_LENGTH
from app.models.fieldwork import SampleCheck, SampleDraw
from app.services import paper_samples, working_papers
from workflows.enums import SampleResult

Checks = Mapping[int, SampleCheck]
"""Of one sample, by the place of each element."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many elements a sample has, how many were examined and how many are exceptions."""

    size: int
    examined: int
    exceptions: int

    @property
    def rate_pct(self) -> Decimal | None:
        """Exceptions in each hundred of the elements examined; None before the first."""
        return Decimal(100 * self.exceptions) / self.examined if self.examined else None


def record(
    ctx: Context, paper_id: int, draw_id: int, answers: Mapping[int, tuple[str, str]]
) -> int:
    """Write what each element showed, {place: (result, note)}; how many changed.

    Raises: NotFound, Forbidden, OutOfPlace, Invalid (a result that is none, an exception without
    its note); nothing is written then.
    """
    with ctx.transaction():
        draw = paper_samples.find(ctx, working_papers.to_change(ctx, paper_id), draw_id)
        items = draw.selection["items"]
        if not all(1 <= place <= len(items) for place in answers):
            raise NotFound
        wrong = [
            error
            for place, (result, note) in answers.items()
            if (error := _wrong(place, items[place - 1][0], result, note)) is not None
        ]
        if wrong:
            raise Refused(wrong)
        known = of_draws(ctx, [draw])[draw.id]
        return sum(
            _write(ctx, draw, place, known.get(place), *answer) for place, answer in answers.items()
        )


def _wrong(place: int, name: str, result: str, note: str) -> Invalid | None:
    if result not in {"", *SampleResult}:
        return Invalid(f"result-{place}", "sampling.bad_result", name=name)
    if len(note) > TITLE_LENGTH:
        return Invalid(f"note-{place}", "sampling.long_note", name=name, most=TITLE_LENGTH)
    if result == SampleResult.EXCEPTION and not note.strip():
        return Invalid(f"note-{place}", "sampling.needs_note", name=name)
    return None


def _write(
    ctx: Context,
    draw: SampleDraw,
    place: int,
    sample_check: SampleCheck | None,
    value: str,
    note: str,
) -> bool:
    result, note = SampleResult(value) if value else None, note.strip()
    before = (sample_check.result, sample_check.note) if sample_check else (None, "")
    if before == (result, note):
        return False
    if sample_check is None:
        sample_check = SampleCheck(draw_id=draw.id, place=place)
        ctx.session.add(sample_check)
    sample_check.result, sample_check.note = result, note
    sample_check.recorded_by_id, sample_check.recorded_at = ctx.actor.user_id, ctx.now()
    ctx.session.flush()
    body = {
        "draw": draw.id,
        "element": draw.selection["items"][place - 1][0],
        "result": [before[0] or "", value],
        "note": [before[1], note],
    }
    ctx.record("change", "record", sample_check, body)
    return True


def of_draws(ctx: Context, draws: Sequence[SampleDraw]) -> dict[int, Checks]:
    """What was recorded of each of these samples, which the actor was already allowed to read."""
    found: dict[int, dict[int, SampleCheck]] = {draw.id: {} for draw in draws}
    if found:
        statement = select(SampleCheck).where(SampleCheck.draw_id.in_(sorted(found)))
        for each in ctx.session.scalars(statement):
            found[each.draw_id][each.place] = each
    return dict(found)


def tally(draw: SampleDraw, checks: Checks) -> Tally:
    """The count and the rate of exceptions of a sample; of the sample alone, never of more."""
    results = [each.result for each in checks.values() if each.result is not None]
    return Tally(
        size=len(draw.selection["items"]),
        examined=len(results),
        exceptions=results.count(SampleResult.EXCEPTION),
    )
