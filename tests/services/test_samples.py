"""Samples of a working paper: chosen by judgement, and what each element showed."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from app.context import Context
from app.errors import Forbidden, Invalid, NotFound, OutOfPlace, Refused
from app.models.audits import Audit, WorkingPaper
from app.models.fieldwork import SampleCheck, SampleDraw
from app.models.traceability import LedgerBody, LedgerEvent
from app.services import paper_samples, sample_checks, working_papers
from app.services.paper_samples import ByJudgement, Wanted
from tests import factories as make
from workflows.audit import AuditState
from workflows.enums import SampleResult, SamplingMethod

pytestmark = pytest.mark.postgres_long

CHOSEN = ByJudgement("Contratos", "2, 4-5", "Los de mayor cuantía.", count=9)
GOOD, BAD = ("sin_desviacion", ""), ("con_desviacion", "Sin acta.")


@pytest.fixture
def audit(ctx: Context, office: make.Office) -> Audit:
    return make.make_audit(ctx, office, AuditState.FIELDWORK)


@pytest.fixture
def auditor(ctx: Context, office: make.Office, audit: Audit) -> Context:
    """Of the team of the audit."""
    return make.acting(ctx, office.auditor)


@pytest.fixture
def paper(audit: Audit, auditor: Context) -> WorkingPaper:
    return working_papers.create(auditor, audit.id, make.PAPER)


def told(ctx: Context, kind: str) -> list[tuple[str, dict[str, object]]]:
    """(action, body) of what the ledger keeps of these things."""
    statement = (
        select(LedgerEvent.action, LedgerBody.body)
        .join(LedgerBody, LedgerBody.seq == LedgerEvent.seq)
        .where(LedgerEvent.thing_kind == kind)
        .order_by(LedgerEvent.seq)
    )
    return [(action, json.loads(body)) for action, body in ctx.session.execute(statement)]


def test_what_is_chosen_is_kept_with_its_criterion_and_told(
    auditor: Context, paper: WorkingPaper
) -> None:
    draw = paper_samples.choose(auditor, paper.id, CHOSEN, key="k")
    assert paper_samples.choose(auditor, paper.id, CHOSEN, key="k").id == draw.id
    assert (draw.method, draw.seed) == (SamplingMethod.JUDGEMENT, "")
    assert [item[0] for item in draw.selection["items"]] == ["2", "4", "5"]
    ((action, body),) = told(auditor, "sample_draw")
    assert action == "choose"
    assert (body["numbers"], body["criterion"]) == ([2, 4, 5], "Los de mayor cuantía.")


def test_a_judgement_needs_its_criterion_and_is_not_drawn(
    auditor: Context, paper: WorkingPaper
) -> None:
    with pytest.raises(Invalid, match="needs_criterion"):
        paper_samples.choose(auditor, paper.id, ByJudgement("Contratos", "2", " ", count=9))
    wanted = Wanted(SamplingMethod.JUDGEMENT, "Contratos", count=9, size=2)
    with pytest.raises(Invalid, match="not_by_lot"):
        paper_samples.draw(auditor, paper.id, wanted)
    assert auditor.session.scalars(select(SampleDraw)).all() == []


def test_of_a_list_what_is_chosen_has_its_name_and_value(
    auditor: Context, paper: WorkingPaper
) -> None:
    wanted = ByJudgement("Pagos", "2", "El mayor.", elements="CT-1; 5\nCT-2; 9; Obras")
    draw = paper_samples.choose(auditor, paper.id, wanted)
    assert draw.selection["items"] == [["CT-2", 900, "Obras", 1]]


def test_results_are_counted_over_what_was_examined_and_each_change_is_told(
    auditor: Context, paper: WorkingPaper
) -> None:
    draw = paper_samples.choose(auditor, paper.id, CHOSEN)

    def tally() -> tuple[int, int, int, object]:
        found = sample_checks.tally(draw, sample_checks.of_draws(auditor, [draw])[draw.id])
        return found.size, found.examined, found.exceptions, found.rate_pct

    assert tally() == (3, 0, 0, None)
    assert sample_checks.record(auditor, paper.id, draw.id, {1: BAD, 2: GOOD}) == 2
    assert tally() == (3, 2, 1, 50)
    assert sample_checks.record(auditor, paper.id, draw.id, {1: BAD, 2: GOOD}) == 0
    assert sample_checks.record(auditor, paper.id, draw.id, {1: ("", "Sí la hay."), 3: GOOD}) == 2
    assert tally() == (3, 2, 0, 0)
    found = told(auditor, "sample_check")
    assert [action for action, _body in found] == ["record"] * 4
    body = found[2][1]
    assert (body["draw"], body["element"]) == (draw.id, "2")
    assert body["result"] == ["con_desviacion", ""]
    assert body["note"] == ["Sin acta.", "Sí la hay."]
    results = auditor.session.scalars(select(SampleCheck.result).order_by(SampleCheck.place))
    assert results.all() == [None, SampleResult.CONFORMING, SampleResult.CONFORMING]


def test_nothing_is_written_when_one_is_wrong(auditor: Context, paper: WorkingPaper) -> None:
    draw = paper_samples.choose(auditor, paper.id, CHOSEN)
    with pytest.raises(Refused) as refused:
        sample_checks.record(
            auditor, paper.id, draw.id, {1: GOOD, 2: ("con_desviacion", " "), 3: ("no sé", "")}
        )
    assert [each.code for each in refused.value.refusals] == [
        "sampling.needs_note",
        "sampling.bad_result",
    ]
    with pytest.raises(NotFound):
        sample_checks.record(auditor, paper.id, draw.id, {1: GOOD, 4: GOOD})
    assert auditor.session.scalars(select(SampleCheck)).all() == []


def test_results_are_of_their_own_paper_and_freeze_with_it(
    ctx: Context, office: make.Office, auditor: Context, paper: WorkingPaper
) -> None:
    draw = paper_samples.choose(auditor, paper.id, CHOSEN)
    other = working_papers.create(auditor, paper.audit_id, make.PAPER)
    with pytest.raises(NotFound):
        sample_checks.record(auditor, other.id, draw.id, {1: GOOD})
    with pytest.raises(Forbidden):
        sample_checks.record(make.acting(ctx, office.head), paper.id, draw.id, {1: GOOD})
    with pytest.raises(NotFound):
        sample_checks.record(make.acting(ctx, office.leader), paper.id, draw.id, {1: GOOD})
    assert sample_checks.record(make.acting(ctx, office.lead), paper.id, draw.id, {1: GOOD}) == 1
    working_papers.review(make.acting(ctx, office.lead), paper.id, version=None)
    with pytest.raises(OutOfPlace):
        sample_checks.record(auditor, paper.id, draw.id, {1: BAD})
    make.fire(ctx, office.head, paper.audit_id, "suspend", reason="Paro.")
    with pytest.raises(OutOfPlace):
        paper_samples.choose(auditor, other.id, CHOSEN)
