"""Samples of a working paper: drawn once with a seed that nobody chooses, kept as they came."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.context import Context
from app.errors import Invalid
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


def draw(ctx: Context, paper_id: int, wanted: Wanted, *, key: str = "") -> SampleDraw:
    """Draw a sample for a paper that is still being written; the seed is made here.

    Raises: NotFound, Forbidden, OutOfPlace, Invalid.
    """
    with ctx.transaction() as session:
        paper = working_papers.to_change(ctx, paper_id)
        earlier = submissions.claim(ctx, key)
        if earlier is not None:
            return session.get_one(SampleDraw, int(earlier))
        population = _population(wanted)
        stored = _stored(population)
        parameters = _parameters(wanted, population)
        seed = secrets.token_hex(16)
        sample_draw = SampleDraw(
            paper_id=paper.id,
            method=wanted.method,
            description=wanted.description.strip(),
            seed=seed,
            parameters=parameters,
            population=stored,
            population_sha256=_digest(stored),
            selection=_selection(wanted.method, population, parameters["size"], seed),
            drawn_by_id=ctx.actor.user_id,
            drawn_at=ctx.now(),
        )
        session.add(sample_draw)
        session.flush()
        body = {"paper": paper.id, "seed": seed, "population_sha256": sample_draw.population_sha256}
        ctx.record("change", "draw", sample_draw, body | parameters)
        submissions.finish(ctx, key, sample_draw.id)
    return sample_draw


def of_paper(ctx: Context, paper: WorkingPaper) -> Sequence[SampleDraw]:
    """The samples of a paper that the actor was already allowed to read, newest first."""
    return ctx.session.scalars(
        select(SampleDraw)
        .where(SampleDraw.paper_id == paper.id)
        .options(joinedload(SampleDraw.drawn_by))
        .order_by(SampleDraw.id.desc())
    ).all()


def is_repeatable(row: SampleDraw) -> bool:
    """Whether drawing again with its population, parameters and seed gives the same elements."""
    population = _from_stored(row.population)
    again = _selection(row.method, population, row.parameters["size"], row.seed)
    return again == row.selection and _digest(row.population) == row.population_sha256


def _population(wanted: Wanted) -> list[Element] | int:
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
    count = population if isinstance(population, int) else len(population)
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


def _selection(
    method: SamplingMethod, population: list[Element] | int, size: int, seed: str
) -> dict[str, Any]:
    picked = sampling.draw(method, population, size, seed)
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
