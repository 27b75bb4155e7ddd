"""What follows from the judgement of an auditable unit: score, rotation, proposal, place."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from app.models.org import Process
from app.models.universe import AuditableUnit, UnitPriority
from app.services.priority_rows import (
    JUDGED,
    Figures,
    Row,
    from_json,
    missing_of,
    ranked,
    row,
    to_json,
    weighted,
)
from workflows.enums import AuditableUnitKind, PriorityCriterion, PriorityDecision, RiskLevel

TODAY = date(2026, 12, 1)
NOW = datetime(2026, 12, 1, 15, tzinfo=UTC)
WEIGHTS = dict(zip(PriorityCriterion, (40, 15, 15, 10, 5, 5, 10), strict=True))
CYCLES = {"extremo": 1, "alto": 2, "moderado": 3, "bajo": 0}


def scores(value: int) -> dict[str, int]:
    return {each.value: value for each in JUDGED}


def made(audited: int | None = None, last: date | None = None, **judged: Any) -> Row:
    unit = AuditableUnit(id=3, code="UA-03", name="Nómina", kind=AuditableUnitKind.TOPIC)
    unit.process_id, unit.process = 8, Process(id=8, name="Talento humano")
    values = {"risk_level": RiskLevel.HIGH, "scores": scores(2), **judged}
    names = ("risks", "committee_request", "regulator_request", "justification")
    texts: dict[str, Any] = {**dict.fromkeys(names, ""), "judged_at": NOW}
    priority = UnitPriority(**{**texts, **values})
    return row(
        unit,
        priority,
        Figures(last, audited, overdue_actions=4, open_findings=7),
        year=2027,
        today=TODAY,
        weights={each.value: weight for each, weight in WEIGHTS.items()},
        cycles=CYCLES,
    )


def test_the_score_weighs_each_criterion_of_the_most_it_can_be() -> None:
    weights = {each.value: weight for each, weight in WEIGHTS.items()}
    assert weighted(RiskLevel.EXTREME, scores(4), weights) == 100.0
    assert weighted(RiskLevel.LOW, scores(0), weights) == 10.0
    only = {**scores(0), "quejas": 4}
    assert weighted(RiskLevel.LOW, only, weights) == 15.0
    assert weighted(RiskLevel.MODERATE, {**scores(0), "presupuesto": 1}, weights) == 22.5


def test_what_is_not_judged_has_no_score() -> None:
    assert missing_of(None, {}) == tuple(each.value for each in PriorityCriterion)
    unfinished = made(risk_level=None)
    assert (unfinished.missing, unfinished.score, unfinished.is_due) == (("riesgo",), None, False)
    lacking = {name: 0 for name in scores(0) if name != "quejas"}
    assert made(scores=lacking).missing == ("quejas",)
    assert made(scores=lacking).score is None
    assert made(scores=scores(0)).score == 30.0


@pytest.mark.parametrize(
    ("level", "audited", "due"),
    [
        (RiskLevel.EXTREME, 2026, True),
        (RiskLevel.EXTREME, 2027, False),
        (RiskLevel.HIGH, 2026, False),
        (RiskLevel.HIGH, 2025, True),
        (RiskLevel.MODERATE, 2025, False),
        (RiskLevel.MODERATE, 2024, True),
        (RiskLevel.MODERATE, None, True),
        (RiskLevel.LOW, 2010, False),
        (RiskLevel.LOW, None, False),
    ],
)
def test_rotation_by_risk(level: RiskLevel, audited: int | None, due: bool) -> None:
    found = made(audited, risk_level=level)
    assert (found.is_due, found.is_proposed, found.is_included) == (due, due, due)


def test_days_are_counted_from_the_last_report() -> None:
    assert made(last=date(2026, 11, 1)).days == 30
    assert made().days is None


def test_what_was_only_repeated_is_not_finished() -> None:
    assert made().is_finished
    assert not made(judged_at=None).is_finished
    assert not made(risk_level=None).is_finished


def test_what_is_asked_for_is_audited_whatever_the_rotation_says() -> None:
    quiet: dict[str, Any] = {"risk_level": RiskLevel.LOW}
    assert not made(**quiet).is_included
    assert made(**quiet, committee_request="El comité.").is_included
    assert made(**quiet, regulator_request="La ley.").is_included


def test_a_decision_by_hand_beats_the_proposal_both_ways() -> None:
    kept_out = made(decision=PriorityDecision.EXCLUDE, justification="Se audita por contrato.")
    assert (kept_out.is_proposed, kept_out.is_included) == (True, False)
    brought = made(
        risk_level=RiskLevel.LOW, decision=PriorityDecision.INCLUDE, justification="Denuncia."
    )
    assert (brought.is_proposed, brought.is_included) == (False, True)


def test_the_order_is_requests_then_score_then_waiting_then_code() -> None:
    base = made(2025, date(2025, 6, 1))
    rows = [
        replace(base, code="E", score=None),
        replace(base, code="D", score=50.0, days=10),
        replace(base, code="C", score=50.0, days=90),
        replace(base, code="B", score=50.0, days=None),
        replace(base, code="A2", score=50.0, days=90),
        replace(base, code="F", score=20.0, committee_request="Sí."),
    ]
    assert [each.code for each in ranked(rows)] == ["F", "B", "A2", "C", "D", "E"]


def test_an_approved_matrix_gives_back_the_same_row() -> None:
    for each in (
        made(
            2024, date(2024, 5, 6), decision=PriorityDecision.EXCLUDE, justification="Ya se mira."
        ),
        made(risk_level=None, scores={}),
    ):
        assert from_json(to_json(each)) == each
