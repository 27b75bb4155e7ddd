"""The sample of a working paper: drawn by lot, and what each of its elements showed."""

from __future__ import annotations

from app.context import Context
from app.services import paper_samples, sample_checks
from workflows.enums import SampleResult, SamplingMethod

POPULATION, SIZE = 120, 8
DEVIATES = 3  # place of the element that deviates
DEVIATION = "No hay soporte del control previo en el expediente."


def examine(ctx: Context, paper_id: int, universe: str) -> None:
    """Draw a sample of what the programme calls the universe, and examine all of it."""
    wanted = paper_samples.Wanted(SamplingMethod.SIMPLE, universe, count=POPULATION, size=SIZE)
    drawn = paper_samples.draw(ctx, paper_id, wanted)
    answers = {place: (SampleResult.CONFORMING.value, "") for place in range(1, SIZE + 1)}
    answers[DEVIATES] = (SampleResult.EXCEPTION.value, DEVIATION)
    sample_checks.record(ctx, paper_id, draw_id=drawn.id, answers=answers)
