"""What follows from the judgement of an auditable unit: score, rotation, proposal, place."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
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
WEIGHTS = dict(zip(PriorityCriterion, (40, 15, 15, 10, 5, 5, 10), strict=True))
CYCLES = {"extremo": 1, "alto": 2, "moderado": 3, "bajo": 0}


def scores(value: int) -> dict[str, int]:
    return {each.value: value for each in JUDGED}


def made(last: date | None = None, **judged: Any) -> Row:
    unit = AuditableUnit(id=3, code="UA-03", name="Nómina", kind=AuditableUnitKind.TOPIC)
    unit.process_id, unit.process = 8, Process(id=8, name="Talento humano")
    values = {"risk_level": RiskLevel.HIGH, "scores": scores(2), **judged}
    texts = {name: "" for name in ("committee_request", "regulator_request", "justification")}
    priority = UnitPriority(**{**texts, **values})
    return row(
        unit,
        priority,
        Figures(last, overdue_actions=4, open_findings=7),
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
    unfinished = made(scores={**scores(2)} | {}, risk_level=None)
    assert (unfinished.missing, unfinished.score, unfinished.is_due) == (("riesgo",), None, False)
    lacking = {name: 0 for name in scores(0) if name != "quejas"}
    assert made(scores=lacking).missing == ("quejas",)
    assert made(scores=lacking).score is None
    assert made(scores=scores(0)).score == 30.0


@pytest.mark.parametrize(
    ("level", "last", "due"),
    [
        (RiskLevel.EXTREME, date(2026, 12, 1), True),
        (RiskLevel.EXTREME, date(2027, 1, 4), False),
        (RiskLevel.HIGH, date(2026, 1, 4), False),
        (RiskLevel.HIGH, date(2025, 12, 30), True),
        (RiskLevel.MODERATE, date(2025, 1, 4), False),
        (RiskLevel.MODERATE, date(2024, 12, 30), True),
        (RiskLevel.MODERATE, None, True),
        (RiskLevel.LOW, date(2010, 1, 4), False),
        (RiskLevel.LOW, None, False),
    ],
)
def test_rotation_by_risk(level: RiskLevel, last: date | None, due: bool) -> None:
    found = made(last, risk_level=level)
    assert (found.is_due, found.is_proposed, found.is_included) == (due, due, due)
    assert found.days == (None if last is None else (TODAY - last).days)


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
    base = made(date(2025, 6, 1))
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
        made(date(2024, 5, 6), decision=PriorityDecision.EXCLUDE, justification="Ya se mira."),
        made(None, risk_level=None, scores={}),
    ):
        assert from_json(to_json(each)) == each
