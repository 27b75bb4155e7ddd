"""Samples of a working paper, kept as they came: drawn with a seed that nobody chooses, or chosen
by the auditor's judgement, with his criterion."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.context import Context
from app.errors import Invalid, NotFound
from app.models.audits import WorkingPaper
from app.models.fieldwork import SampleDraw
from app.services import sampling, submissions, working_papers
from app.services.sampling import MAX_COUNT, MAX_LISTED, Element
from workflows.enums import SamplingMethod

NAME_LENGTH = 200
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the auditor asks for. `count` or `elements` («elemento; valor; estrato» by line) says
    the population; without `size` it is computed, percentages as written."""

    method: SamplingMethod
    description: str
    count: int | None = None
    elements: str = ""
    size: int | None = None
    confidence: int = 95
    error: Decimal = Decimal(5)
    proportion: Decimal = Decimal(50)


@dataclass(frozen=True, slots=True)
class ByJudgement:
    """What the auditor chooses himself: `numbers` («3, 7, 12-15») of the elements of the same
    population, and why these."""

    description: str
    numbers: str
    criterion: str
    count: int | None = None
    elements: str = ""


def draw(ctx: Context, paper_id: int, wanted: Wanted, *, key: str = "") -> SampleDraw:
    """Draw a sample for a paper that is still being written; the seed is made here.

    Raises: NotFound, Forbidden, OutOfPlace, Invalid.
    """
    with ctx.transaction() as session:
        paper = working_papers.to_change(ctx, paper_id)
        earlier = submissions.claim(ctx, key)
        if earlier is not None:
            return session.get_one(SampleDraw, int(earlier))
        if not wanted.method.is_statistical:
            raise Invalid("method", "sampling.not_by_lot")
        population = _population(wanted)
        parameters = _parameters(wanted, population)
        sample_draw = _keep(ctx, paper, wanted, population, parameters, secrets.token_hex(16))
        body = {"seed": sample_draw.seed, "population_sha256": sample_draw.population_sha256}
        ctx.record("change", "draw", sample_draw, {"paper": paper.id} | body | parameters)
        submissions.finish(ctx, key, sample_draw.id)
    return sample_draw


def choose(ctx: Context, paper_id: int, wanted: ByJudgement, *, key: str = "") -> SampleDraw:
    """Keep a sample that the auditor chose: no seed, no confidence, no error.

    Raises: NotFound, Forbidden, OutOfPlace, Invalid.
    """
    with ctx.transaction() as session:
        paper = working_papers.to_change(ctx, paper_id)
        earlier = submissions.claim(ctx, key)
        if earlier is not None:
            return session.get_one(SampleDraw, int(earlier))
        if not wanted.criterion.strip():
            raise Invalid("criterion", "sampling.needs_criterion")
        population = _population(wanted)
        count = _count(population)
        numbers = list(sampling.places(wanted.numbers, count))
        criterion = wanted.criterion.strip()
        parameters: dict[str, Any] = {"count": count, "size": len(numbers), "numbers": numbers}
        parameters["criterion"] = criterion
        sample_draw = _keep(ctx, paper, wanted, population, parameters, seed="")
        body = {"paper": paper.id, "population_sha256": sample_draw.population_sha256}
        ctx.record("change", "choose", sample_draw, body | parameters)
        submissions.finish(ctx, key, sample_draw.id)
    return sample_draw


def _keep(
    ctx: Context,
    paper: WorkingPaper,
    wanted: Wanted | ByJudgement,
    population: list[Element] | int,
    parameters: dict[str, Any],
    seed: str,
) -> SampleDraw:
    method = wanted.method if isinstance(wanted, Wanted) else SamplingMethod.JUDGEMENT
    stored = _stored(population)
    sample_draw = SampleDraw(
        paper_id=paper.id,
        method=method,
        description=wanted.description.strip(),
        seed=seed,
        parameters=parameters,
        population=stored,
        population_sha256=_digest(stored),
        selection=_selection(method, population, parameters, seed),
        drawn_by_id=ctx.actor.user_id,
        drawn_at=ctx.now(),
    )
    ctx.session.add(sample_draw)
    ctx.session.flush()
    return sample_draw


def of_paper(ctx: Context, paper: WorkingPaper) -> Sequence[SampleDraw]:
    """The samples of a paper that the actor was already allowed to read, newest first."""
    return ctx.session.scalars(
        select(SampleDraw)
        .where(SampleDraw.paper_id == paper.id)
        .options(joinedload(SampleDraw.drawn_by))
        .order_by(SampleDraw.id.desc())
    ).all()


def find(ctx: Context, paper: WorkingPaper, draw_id: int) -> SampleDraw:
    """One sample of a paper that the actor was already allowed to read. Raises: NotFound."""
    row = ctx.session.get(SampleDraw, draw_id)
    if row is None or row.paper_id != paper.id:
        raise NotFound
    return row


def is_repeatable(row: SampleDraw) -> bool:
    """Whether its population, parameters and seed (or numbers) give the same elements again."""
    population = _from_stored(row.population)
    again = _selection(row.method, population, row.parameters, row.seed)
    return again == row.selection and _digest(row.population) == row.population_sha256


def _population(wanted: Wanted | ByJudgement) -> list[Element] | int:
    listed = [line for line in wanted.elements.splitlines() if line.strip()]
    if listed and wanted.count is not None:
        raise Invalid("count", "sampling.two_populations")
    if not listed and wanted.count is None:
        raise Invalid("count", "sampling.needs_population")
    if wanted.count is not None:
        if not 1 <= wanted.count <= MAX_COUNT:
            raise Invalid("count", "sampling.too_large", most=MAX_COUNT)
        return wanted.count
    if len(listed) > MAX_LISTED:
        raise Invalid("elements", "sampling.too_large", most=MAX_LISTED)
    elements = [_element(number, line) for number, line in enumerate(listed, 1)]
    seen: set[str] = set()
    for element in elements:
        if element.name in seen:
            raise Invalid("elements", "sampling.repeated", name=element.name)
        seen.add(element.name)
    return elements


def _element(number: int, line: str) -> Element:
    """Raises: Invalid."""
    parts = [part.strip() for part in line.split(";")]
    name, value, stratum = (*parts, "", "")[:3]
    if len(parts) > 3 or not name or len(name) > NAME_LENGTH:
        raise Invalid("elements", "sampling.bad_line", line=number, text=line[:80])
    if not value:
        return Element(name, None, stratum)
    try:
        cents = Decimal(value.replace("$", "").replace(".", "").replace(",", ".").strip()) * 100
        return Element(name, int(cents), stratum)
    except (InvalidOperation, ValueError, OverflowError):
        raise Invalid("elements", "sampling.bad_line", line=number, text=line[:80]) from None


def _parameters(wanted: Wanted, population: list[Element] | int) -> dict[str, Any]:
    count = _count(population)
    if wanted.size is not None:
        return {"count": count, "size": wanted.size}
    found = sampling.size(
        count,
        confidence=wanted.confidence,
        error=wanted.error / HUNDRED,
        proportion=wanted.proportion / HUNDRED,
    )
    return {
        "count": count,
        "size": found,
        "confidence": wanted.confidence,
        "error": str(wanted.error),
        "proportion": str(wanted.proportion),
    }


def _count(population: list[Element] | int) -> int:
    return population if isinstance(population, int) else len(population)


def _selection(
    method: SamplingMethod,
    population: list[Element] | int,
    parameters: Mapping[str, Any],
    seed: str,
) -> dict[str, Any]:
    if method.is_statistical:
        picked = sampling.draw(method, population, parameters["size"], seed)
    else:
        picked = sampling.choose(population, parameters["numbers"])
    items = [
        [each.element.name, each.element.cents, each.element.stratum, each.hits] for each in picked
    ]
    return {"items": items}


def _stored(population: list[Element] | int) -> dict[str, Any]:
    if isinstance(population, int):
        return {"size": population}
    return {"elements": [[each.name, each.cents, each.stratum] for each in population]}


def _from_stored(stored: dict[str, Any]) -> list[Element] | int:
    if "size" in stored:
        return int(stored["size"])
    return [Element(name, cents, stratum) for name, cents, stratum in stored["elements"]]


def _digest(stored: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(stored, sort_keys=True).encode()).hexdigest()
