"""One row of the priorities of a year: what was judged of a unit, and what follows from it.

Score, rotation and proposal are computed here and nowhere typed; a decision against the proposal
carries its justification. Source: docs/domain.md, "Universe and prioritisation".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from app.models.universe import AuditableUnit, UnitPriority
from workflows.enums import AuditableUnitKind, PriorityCriterion, PriorityDecision, RiskLevel

MOST_SCORE = 4
RISK_SCORES: Mapping[RiskLevel, int] = {
    RiskLevel.EXTREME: 4,
    RiskLevel.HIGH: 3,
    RiskLevel.MODERATE: 2,
    RiskLevel.LOW: 1,
}
JUDGED = tuple(each for each in PriorityCriterion if each is not PriorityCriterion.RISK)
"""Criteria with a score of their own; that of the risk is its level."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What the records say of a unit, beside what is judged of it.

    `last_audited_on`: the day of its last final report; `audited_year`: the last year before this
    one in which it is or was audited, whatever its report waits for.
    """

    last_audited_on: date | None = None
    audited_year: int | None = None
    overdue_actions: int = 0
    open_findings: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """A unit in the matrix. `score` from 0 to 100, None while something is not judged;
    `cycle_years` 0: not by rotation; `days` since the last report, None: there is none;
    `is_confirmed`: looked at for this year, not only repeated from the one before."""

    unit_id: int
    code: str
    name: str
    kind: AuditableUnitKind
    process_id: int
    process: str
    risk_level: RiskLevel | None
    risks: str
    scores: Mapping[str, int]
    missing: tuple[str, ...]
    is_confirmed: bool
    score: float | None
    last_audited_on: date | None
    days: int | None
    audited_year: int | None
    cycle_years: int
    is_due: bool
    overdue_actions: int
    open_findings: int
    committee_request: str
    regulator_request: str
    decision: PriorityDecision | None
    justification: str

    @property
    def is_finished(self) -> bool:
        return self.is_confirmed and not self.missing

    @property
    def is_requested(self) -> bool:
        return bool(self.committee_request or self.regulator_request)

    @property
    def is_proposed(self) -> bool:
        """What was asked for, and what its rotation brings this year."""
        return self.is_requested or self.is_due

    @property
    def is_included(self) -> bool:
        if self.decision is not None:
            return self.decision is PriorityDecision.INCLUDE
        return self.is_proposed


def row(
    unit: AuditableUnit,
    judged: UnitPriority | None,
    figures: Figures,
    *,
    year: int,
    today: date,
    weights: Mapping[str, int],
    cycles: Mapping[str, int],
) -> Row:
    """The row of a unit. Its process is loaded."""
    level = judged.risk_level if judged else None
    scores = dict(judged.scores) if judged else {}
    missing = missing_of(level, scores)
    cycle = cycles[level] if level else 0
    last, audited = figures.last_audited_on, figures.audited_year
    return Row(
        unit_id=unit.id,
        code=unit.code,
        name=unit.name,
        kind=unit.kind,
        process_id=unit.process_id,
        process=unit.process.name,
        risk_level=level,
        risks=judged.risks if judged else "",
        scores=scores,
        missing=missing,
        is_confirmed=judged is not None and judged.judged_at is not None,
        score=None if missing or level is None else weighted(level, scores, weights),
        last_audited_on=last,
        days=None if last is None else (today - last).days,
        audited_year=audited,
        cycle_years=cycle,
        is_due=cycle > 0 and (audited is None or year - audited >= cycle),
        overdue_actions=figures.overdue_actions,
        open_findings=figures.open_findings,
        committee_request=judged.committee_request if judged else "",
        regulator_request=judged.regulator_request if judged else "",
        decision=judged.decision if judged else None,
        justification=judged.justification if judged else "",
    )


def missing_of(level: RiskLevel | None, scores: Mapping[str, int]) -> tuple[str, ...]:
    """The criteria that nobody has judged yet."""
    risk = () if level else (PriorityCriterion.RISK.value,)
    return (*risk, *(each.value for each in JUDGED if each not in scores))


def weighted(level: RiskLevel, scores: Mapping[str, int], weights: Mapping[str, int]) -> float:
    """From 0 to 100, with one decimal: each score of the most it can be, by its weight."""
    points = {**scores, PriorityCriterion.RISK: RISK_SCORES[level]}
    total = sum(weights[each] * points[each] for each in PriorityCriterion)
    return round(100 * total / (MOST_SCORE * sum(weights.values())), 1)


def ranked(rows: Iterable[Row]) -> list[Row]:
    """First what was asked for, then by score, then what has waited longest, then by code."""

    def place(each: Row) -> tuple[Any, ...]:
        waited = float("inf") if each.days is None else each.days
        return (not each.is_requested, -(each.score or -1), -waited, each.code)

    return sorted(rows, key=place)


def to_json(each: Row) -> dict[str, Any]:
    """A row as an approved matrix and the ledger keep it: days and decimals as text."""
    day, score = each.last_audited_on, each.score
    return {
        **asdict(each),
        "last_audited_on": day.isoformat() if day else None,
        "score": None if score is None else str(score),
    }


def from_json(kept: Mapping[str, Any]) -> Row:
    """A row of an approved matrix."""
    day, level, decision = kept["last_audited_on"], kept["risk_level"], kept["decision"]
    score = kept["score"]
    return Row(
        **{
            **kept,
            "kind": AuditableUnitKind(kept["kind"]),
            "risk_level": RiskLevel(level) if level else None,
            "decision": PriorityDecision(decision) if decision else None,
            "last_audited_on": date.fromisoformat(day) if day else None,
            "missing": tuple(kept["missing"]),
            "score": None if score is None else float(score),
        }
    )
