"""The priorities of a year: judged unit by unit, approved by the head, met by the annual plan.

Source: docs/domain.md, "Universe and prioritisation".
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from app.context import Context
from app.errors import Invalid, NotFound, OutOfPlace
from app.models.universe import AuditableUnit, Prioritization, UnitPriority
from app.permissions import Permission, authorize
from app.services import edits, submissions, universe
from app.services.annual_plans import FIRST_YEAR, LAST_YEAR
from app.services.audit_numbers import lock_year
from app.services.catalogues import FOLDER
from app.services.priority_matrix import build, judged_of, of_year
from app.services.priority_rows import (
    JUDGED,
    MOST_SCORE,
    to_json,
)
from app.services.transitions import check_version, stale
from workflows.enums import PriorityCriterion, PriorityDecision, RiskLevel

WHOLE = 100
MOST_CYCLE_YEARS = 10


@dataclass(frozen=True, slots=True)
class Assessment:
    """What is judged of one unit; it may be saved unfinished."""

    risk_level: RiskLevel | None = None
    risks: str = ""
    scores: Mapping[PriorityCriterion, int] = field(default_factory=dict)
    committee_request: str = ""
    regulator_request: str = ""
    decision: PriorityDecision | None = None
    justification: str = ""


# ------------------------------------------------------------------ the year


def start(ctx: Context, year: int, *, key: str = "") -> Prioritization:
    """Begin the priorities of a year from those of the last one: its weights, its cycles, and
    what was judged of each unit. Requests and decisions are of their year and are not repeated.

    Raises: Forbidden, Invalid (year out of range, or begun already).
    """
    authorize(ctx.actor, Permission.PRIORITIZATION_CREATE)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Invalid("year", "annual_plan.bad_year", first=FIRST_YEAR, last=LAST_YEAR)
    with ctx.transaction() as session:
        earlier = submissions.claim(ctx, key)
        if earlier is not None:
            return session.get_one(Prioritization, int(earlier))
        lock_year(session, year)
        if session.scalar(select(Prioritization.id).where(Prioritization.year == year)):
            raise Invalid("year", "prioritization.exists", year=year)
        last = session.scalars(
            select(Prioritization)
            .where(Prioritization.year < year)
            .order_by(Prioritization.year.desc())
            .limit(1)
        ).first()
        basis = _defaults() if last is None else {"weights": last.weights, "cycles": last.cycles}
        begun = Prioritization(
            year=year,
            created_by_id=ctx.actor.user_id,
            created_at=ctx.now(),
            **{name: dict(values) for name, values in basis.items()},
        )
        session.add(begun)
        session.flush()
        details = {"from": last.year if last else 0}
        ctx.record_transition(begun, event="create", source="", target="", details=details)
        if last is not None:
            _repeat(ctx, last, begun)
        submissions.finish(ctx, key, begun.id)
    return begun


def _defaults() -> dict[str, dict[str, int]]:
    content = tomllib.loads((FOLDER / "priorities.toml").read_text())
    return {name: content[name] for name in ("weights", "cycles")}


def _repeat(ctx: Context, last: Prioritization, begun: Prioritization) -> None:
    active = {unit.id for unit in universe.active(ctx)}
    for judged in judged_of(ctx, last).values():
        if judged.auditable_unit_id in active:
            again = UnitPriority(
                prioritization_id=begun.id,
                auditable_unit_id=judged.auditable_unit_id,
                risk_level=judged.risk_level,
                risks=judged.risks,
                scores=dict(judged.scores),
            )
            ctx.session.add(again)
            ctx.session.flush()
            ctx.record("change", "create", again, {"year": begun.year, "from": last.year})


def edit_basis(
    ctx: Context,
    year: int,
    weights: Mapping[PriorityCriterion, int],
    cycles: Mapping[RiskLevel, int],
    *,
    version: int | None,
) -> Prioritization:
    """Change what each criterion weighs and how often each level is audited, in years.

    Raises: NotFound, Forbidden (also once approved), StaleVersion, Invalid.
    """
    values = {
        "weights": {each.value: weights.get(each, 0) for each in PriorityCriterion},
        "cycles": {each.value: cycles.get(each, 0) for each in RiskLevel},
    }
    _check_basis(values["weights"].values(), values["cycles"].values())
    with ctx.transaction():
        found = of_year(ctx, year, Permission.PRIORITIZATION_EDIT)
        theirs = {name: dict(getattr(found, name)) for name in values}
        edits.compare(found, version, _flat(theirs), _flat(values))
        changed = {
            name: [theirs[name], each] for name, each in values.items() if theirs[name] != each
        }
        if changed:
            found.weights, found.cycles = values["weights"], values["cycles"]
            ctx.record("change", "edit", found, changed)
    return found


def _check_basis(weights: Collection[int], cycles: Collection[int]) -> None:
    total = sum(weights)
    if total != WHOLE or min(weights) < 0:
        raise Invalid(PriorityCriterion.RISK.value, "prioritization.weights", total=total)
    if not all(0 <= each <= MOST_CYCLE_YEARS for each in cycles):
        raise Invalid(RiskLevel.EXTREME.value, "prioritization.cycles", most=MOST_CYCLE_YEARS)


def approve(
    ctx: Context, year: int, *, version: int | None, fingerprint: str | None = None
) -> Prioritization:
    """Keep the matrix as it stands today; from here on it does not change.

    `fingerprint`: of the matrix that was shown. Raises: NotFound, Forbidden, StaleVersion (it is
    another by now), OutOfPlace (approved already), Invalid (a unit is not judged whole, or there
    is none).
    """
    with ctx.transaction():
        found = of_year(ctx, year, Permission.PRIORITIZATION_APPROVE)
        check_version(found, version)
        if found.approved_at is not None:
            raise OutOfPlace(event="approve")
        matrix = build(ctx, found)
        if not matrix.rows:
            raise Invalid("matrix", "prioritization.empty")
        if fingerprint is not None and fingerprint != matrix.fingerprint:
            raise stale(found, version)
        if matrix.unfinished:
            codes = ", ".join(each.code for each in matrix.unfinished)
            raise Invalid("matrix", "prioritization.unfinished", codes=codes)
        found.approved_matrix = [to_json(each) for each in matrix.rows]
        found.approved_at, found.approved_by_id = ctx.now(), ctx.actor.user_id
        details = {
            "included": [each.code for each in matrix.included],
            "left_out": [each.code for each in matrix.rows if not each.is_included],
        }
        ctx.record_transition(found, event="approve", source="", target="", details=details)
    return found


def reopen(ctx: Context, year: int, *, reason: str, version: int | None) -> Prioritization:
    """Open approved priorities again: what was approved stays in the history.

    Raises: NotFound, Forbidden, StaleVersion, OutOfPlace (not approved), Invalid (no reason).
    """
    with ctx.transaction():
        found = of_year(ctx, year, Permission.PRIORITIZATION_APPROVE)
        check_version(found, version)
        if found.approved_at is None:
            raise OutOfPlace(event="reopen")
        if not reason.strip():
            raise Invalid("reason", "prioritization.needs_reason")
        details = {"approved_matrix": list(found.approved_matrix)}
        found.approved_at = found.approved_by_id = None
        found.approved_matrix = []
        ctx.record_transition(
            found, event="reopen", source="", target="", reason=reason.strip(), details=details
        )
    return found


# ------------------------------------------------------------------ one unit


def assess(
    ctx: Context, year: int, unit_id: int, data: Assessment, *, version: int | None
) -> UnitPriority:
    """Write what is judged of a unit; `version` 0: nobody had begun when the page was shown.

    Raises: NotFound, Forbidden (also once approved), StaleVersion, Invalid.
    """
    with ctx.transaction() as session:
        found = of_year(ctx, year, Permission.PRIORITIZATION_EDIT)
        unit = session.get(AuditableUnit, unit_id)
        if unit is None or unit.retired_at is not None:
            raise NotFound
        values = _assessment(data)
        judged = judged_of(ctx, found).get(unit_id)
        if judged is None:
            judged = UnitPriority(
                prioritization_id=found.id, auditable_unit_id=unit_id, **values, **_signed(ctx)
            )
            session.add(judged)
            session.flush()
            body = {name: _plain(value) for name, value in values.items()}
            ctx.record("change", "create", judged, {"year": year, "unit": unit.code, **body})
            return judged
        theirs, typed = _flat({name: getattr(judged, name) for name in values}), _flat(values)
        edits.compare(judged, version, theirs, typed)
        edits.apply(judged, {**values, **_signed(ctx)})
        changed = {
            name: [theirs[name], text] for name, text in typed.items() if theirs[name] != text
        }
        ctx.record("change", "edit", judged, {"year": year, "unit": unit.code, **changed})
    return judged


def _signed(ctx: Context) -> dict[str, Any]:
    return {"judged_by_id": ctx.actor.user_id, "judged_at": ctx.now()}


def _assessment(data: Assessment) -> dict[str, Any]:
    """Raises: Invalid."""
    for criterion, score in data.scores.items():
        if criterion not in JUDGED or not 0 <= score <= MOST_SCORE:
            raise Invalid(criterion.value, "prioritization.score", most=MOST_SCORE)
    justification = data.justification.strip()
    if data.decision is not None and not justification:
        raise Invalid("justification", "prioritization.needs_justification")
    if data.decision is None and justification:
        raise Invalid("decision", "prioritization.needs_decision")
    return {
        "risk_level": data.risk_level,
        "risks": data.risks.strip(),
        "scores": {each.value: data.scores[each] for each in JUDGED if each in data.scores},
        "committee_request": data.committee_request.strip(),
        "regulator_request": data.regulator_request.strip(),
        "decision": data.decision,
        "justification": justification,
    }


def _plain(value: Any) -> Any:
    return value if isinstance(value, dict) else edits.as_text(value)


def _flat(values: Mapping[str, Any]) -> dict[str, str]:
    """By field of the form, as text: each score, weight and cycle has its own."""
    found: dict[str, str] = {}
    for name, value in values.items():
        if name == "scores":
            found |= {each.value: edits.as_text(value.get(each.value)) for each in JUDGED}
        elif isinstance(value, dict):
            found |= {key: edits.as_text(each) for key, each in value.items()}
        else:
            found[name] = edits.as_text(value)
    return found
