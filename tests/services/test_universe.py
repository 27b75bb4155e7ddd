"""The audit universe and the priorities of a year, from the first unit to the annual plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from app.context import Context
from app.errors import Forbidden, Invalid, NotFound, OutOfPlace, StaleVersion
from app.models.audits import Audit
from app.models.traceability import LedgerEvent
from app.models.universe import AuditableUnit, Prioritization, UnitPriority
from app.services import annual_plans, audits, prioritizations, priority_matrix, universe
from app.services.annual_plans import PlanTexts
from app.services.priority_rows import JUDGED
from app.services.universe import Filters, UnitData
from tests import factories as make
from workflows.audit import AuditState
from workflows.enums import (
    AuditableUnitKind,
    AuditLineType,
    PriorityCriterion,
    PriorityDecision,
    RiskLevel,
)

pytestmark = pytest.mark.postgres_long

WEIGHTS = dict(zip(PriorityCriterion, (40, 15, 15, 10, 5, 5, 10), strict=True))
CYCLES = dict(zip(RiskLevel, (1, 2, 3, 0), strict=True))


def data(office: make.Office, **changes: object) -> UnitData:
    unit = UnitData("SI-01", "Nómina", AuditableUnitKind.INFORMATION_SYSTEM, office.process.id)
    return replace(unit, **changes)  # type: ignore[arg-type]  # names of its own fields


# ------------------------------------------------------------------ the universe


def test_a_unit_is_added_once_and_corrected_with_its_version(
    ctx: Context, office: make.Office
) -> None:
    head, lead = make.acting(ctx, office.head), make.acting(ctx, office.lead)
    unit = universe.create(lead, data(office), key="k")
    assert universe.create(lead, data(office), key="k").id == unit.id
    version = unit.version
    universe.edit(head, unit.id, data(office, name="Sistema de nómina"), version=version)
    with pytest.raises(StaleVersion) as stale:
        universe.edit(lead, unit.id, data(office, name="Otro"), version=version)
    assert [(d.field, d.theirs) for d in stale.value.differences] == [("name", "Sistema de nómina")]
    assert ctx.session.get_one(AuditableUnit, unit.id).code == "SI-01"
    deeds = ctx.session.scalars(
        select(LedgerEvent.action).where(LedgerEvent.thing_kind == "auditable_unit")
    )
    assert list(deeds) == ["create", "edit"]


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"code": "  "}, "code", "catalogue.needs_code"),
        ({"code": "UA-00"}, "code", "catalogue.code_taken"),
        ({"name": " "}, "name", "auditable_unit.needs_name"),
        ({"process_id": 999_999}, "process_id", "audit.no_process"),
        ({"unit_id": 999_999}, "unit_id", "auditable_unit.no_unit"),
        ({"last_audited_on": date(2099, 1, 1)}, "last_audited_on", "auditable_unit.future_audit"),
    ],
)
def test_a_wrong_unit_is_refused_at_its_field(
    ctx: Context, office: make.Office, changes: dict[str, object], field: str, code: str
) -> None:
    make.make_auditable_unit(ctx, office, code="UA-00")
    with pytest.raises(Invalid) as refused:
        universe.create(make.acting(ctx, office.head), data(office, **changes))
    assert (refused.value.field, refused.value.code) == (field, code)


def test_who_may_and_may_not_touch_the_universe(ctx: Context, office: make.Office) -> None:
    unit = make.make_auditable_unit(ctx, office)
    for person in (office.auditor, office.planner, office.manager):
        acting = make.acting(ctx, person)
        assert universe.view(acting, unit.id).unit.id == unit.id
        with pytest.raises(Forbidden):
            universe.create(acting, data(office))
        with pytest.raises(Forbidden):
            universe.edit(acting, unit.id, data(office), version=None)
        with pytest.raises(Forbidden):
            prioritizations.start(acting, 2027)
    for person in (office.leader, office.liaison):
        acting = make.acting(ctx, person)
        with pytest.raises(NotFound):
            universe.view(acting, unit.id)
        with pytest.raises(NotFound):
            universe.edit(acting, unit.id, data(office), version=None)
        assert universe.index(acting, Filters()).total == 0
        assert universe.choices(acting) == []
        assert universe.find(acting, unit.id) is None
    with pytest.raises(Forbidden):
        universe.retire(make.acting(ctx, office.lead), unit.id, reason="No.", version=None)


def test_what_leaves_the_universe_says_why_and_may_come_back(
    ctx: Context, office: make.Office
) -> None:
    head = make.acting(ctx, office.head)
    unit = make.make_auditable_unit(ctx, office)
    with pytest.raises(Invalid):
        universe.retire(head, unit.id, reason=" ", version=None)
    with pytest.raises(OutOfPlace):
        universe.restore(head, unit.id, version=None)
    universe.retire(head, unit.id, reason="El sistema se apagó.", version=unit.version)
    with pytest.raises(OutOfPlace):
        universe.retire(head, unit.id, reason="Otra vez.", version=None)
    with pytest.raises(Forbidden):
        universe.edit(head, unit.id, data(office), version=None)
    assert universe.index(head, Filters()).total == 0
    assert universe.index(head, Filters(with_retired=True)).total == 1
    universe.restore(head, unit.id, version=None)
    assert (unit.retired_at, unit.retired_reason) == (None, "")
    assert universe.index(head, Filters()).total == 1


def test_the_list_is_filtered_and_in_pages(ctx: Context, office: make.Office) -> None:
    head = make.acting(ctx, office.head)
    for number in range(universe.PAGE + 3):
        make.make_auditable_unit(ctx, office, code=f"T-{number:03d}", name=f"Tema {number}")
    other = make.make_process(ctx, name="Otro proceso")
    make.make_auditable_unit(
        ctx, office, code="Z_1", name="Sede 100 %", kind=AuditableUnitKind.SITE, process_id=other.id
    )
    first = universe.index(head, Filters())
    rest = universe.index(head, Filters(), after=first.next_after)
    assert (len(first.rows), len(rest.rows), rest.next_after) == (universe.PAGE, 4, None)
    for asked in (
        Filters(kind=AuditableUnitKind.SITE),
        Filters(process_id=other.id),
        Filters(text="sede"),
        Filters(text="100 %"),
        Filters(text="z_"),
    ):
        assert [each.code for each in universe.index(head, asked).rows] == ["Z_1"], asked


def test_the_last_audit_is_the_last_final_report(ctx: Context, office: make.Office) -> None:
    head = make.acting(ctx, office.head)
    whole = make.make_auditable_unit(ctx, office, kind=AuditableUnitKind.PROCESS)
    part = make.make_auditable_unit(ctx, office, last_audited_on=date(2020, 5, 4))
    other = make.make_auditable_unit(ctx, office)
    units = [whole, part, other]
    of_part = make.make_audit(ctx, office, auditable_unit_id=part.id)
    advice = make.make_audit(ctx, office, auditable_unit_id=other.id, type=AuditLineType.ADVICE)
    assert universe.last_audits(head, units) == {part.id: date(2020, 5, 4)}
    assert universe.last_years(head, units, 2028) == {part.id: 2027}
    assert universe.last_years(head, units, 2027) == {part.id: 2020}
    assert universe.view(head, whole.id).audits == []
    finish(ctx, of_part)
    finish(ctx, advice)
    assert universe.last_audits(head, units) == {part.id: ctx.today()}
    of_process = make.make_audit(ctx, office)
    assert [each.id for each in universe.view(head, whole.id).audits] == [of_process.id]
    finish(ctx, of_process)
    told = {whole.id: ctx.today(), part.id: ctx.today()}
    assert universe.last_audits(head, units) == told
    assert universe.last_years(head, units, 2028) == {whole.id: 2027, part.id: 2027}
    with ctx.transaction():
        of_part.state = AuditState.CANCELLED
        ctx.record("change", "edit", of_part, {})
    assert universe.last_years(head, units, 2028) == {whole.id: 2027, part.id: 2020}
    assert universe.view(make.acting(ctx, office.planner), whole.id).last_audited_on == ctx.today()


def finish(ctx: Context, audit: Audit) -> None:
    with ctx.transaction():
        audit.state, audit.final_issued_at = AuditState.FOLLOW_UP, ctx.now()
        ctx.record("change", "edit", audit, {})


# ------------------------------------------------------------------ an audit of a unit


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"fieldwork_start": date(2027, 4, 1)}, "communication_start", "audit.phases_together"),
        ({"communication_start": date(2027, 4, 1)}, "fieldwork_start", "audit.phases_together"),
        (
            {"fieldwork_start": date(2027, 5, 1), "communication_start": date(2027, 4, 1)},
            "fieldwork_start",
            "audit.phases_out_of_order",
        ),
        (
            {"fieldwork_start": date(2027, 4, 1), "communication_start": date(2027, 5, 29)},
            "fieldwork_start",
            "audit.phases_out_of_order",
        ),
        ({"auditable_unit_id": 999_999}, "auditable_unit_id", "audit.no_such_unit"),
    ],
)
def test_phases_in_order_and_a_unit_that_exists(
    ctx: Context, office: make.Office, changes: dict[str, object], field: str, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        audits.create(make.acting(ctx, office.head), make.audit_data(office, **changes))
    assert (refused.value.field, refused.value.code) == (field, code)


def test_an_audit_is_of_a_unit_of_its_process_that_was_not_retired(
    ctx: Context, office: make.Office
) -> None:
    head = make.acting(ctx, office.head)
    unit = make.make_auditable_unit(ctx, office)
    foreign = make.make_auditable_unit(ctx, office, process_id=make.make_process(ctx).id)
    with pytest.raises(Invalid, match="other_process"):
        audits.create(head, make.audit_data(office, auditable_unit_id=foreign.id))
    wanted = make.audit_data(
        office,
        auditable_unit_id=unit.id,
        fieldwork_start=date(2027, 3, 8),
        communication_start=date(2027, 5, 28),
    )
    audit = audits.create(head, wanted)
    universe.retire(head, unit.id, reason="Ya no existe.", version=None)
    audits.edit(head, audit.id, replace(wanted, title="Otro título"), version=None)
    assert unit in universe.choices(head, kept=unit)
    with pytest.raises(Invalid, match="no_such_unit"):
        audits.create(head, wanted)


def test_what_was_agreed_of_an_audit_stays_when_its_unit_moves(
    ctx: Context, office: make.Office
) -> None:
    head = make.acting(ctx, office.head)
    unit = make.make_auditable_unit(ctx, office)
    wanted = make.audit_data(office, auditable_unit_id=unit.id)
    audit = audits.create(head, wanted)
    moved = data(office, process_id=make.make_process(ctx).id)
    universe.edit(head, unit.id, moved, version=None)
    audits.edit(head, audit.id, replace(wanted, title="Otro título"), version=None)
    with pytest.raises(Invalid, match="other_process"):
        audits.create(head, wanted)


# ------------------------------------------------------------------ the priorities


def approved(ctx: Context, office: make.Office, year: int = 2027) -> Prioritization:
    prioritizations.start(make.acting(ctx, office.lead), year)
    for unit in universe.active(ctx):
        prioritizations.assess(
            make.acting(ctx, office.lead), year, unit.id, make.judged(), version=0
        )
    return prioritizations.approve(make.acting(ctx, office.head), year, version=None)


def test_a_year_is_begun_once_and_goes_on_from_the_last(ctx: Context, office: make.Office) -> None:
    head = make.acting(ctx, office.head)
    unit, gone = make.make_auditable_unit(ctx, office), make.make_auditable_unit(ctx, office)
    first = prioritizations.start(head, 2026, key="k")
    assert prioritizations.start(head, 2026, key="k").id == first.id
    assert sum(first.weights.values()) == 100
    assert first.cycles == {"extremo": 1, "alto": 2, "moderado": 3, "bajo": 0}
    with pytest.raises(Invalid, match="exists"):
        prioritizations.start(head, 2026)
    with pytest.raises(Invalid, match="bad_year"):
        prioritizations.start(head, 1999)
    weights = {**WEIGHTS, PriorityCriterion.RISK: 55, PriorityCriterion.EARLIER_RESULTS: 0}
    prioritizations.edit_basis(head, 2026, weights, CYCLES, version=first.version)
    asked = make.judged(
        RiskLevel.LOW,
        committee_request="El comité.",
        decision=PriorityDecision.EXCLUDE,
        justification="No hace falta.",
    )
    for each in (unit, gone):
        prioritizations.assess(head, 2026, each.id, asked, version=0)
    universe.retire(head, gone.id, reason="Ya no existe.", version=None)
    following = prioritizations.start(head, 2027)
    assert following.weights["riesgo"] == 55
    repeated = ctx.session.scalars(
        select(UnitPriority).where(UnitPriority.prioritization_id == following.id)
    ).one()
    assert (repeated.auditable_unit_id, repeated.risk_level) == (unit.id, RiskLevel.LOW)
    assert repeated.scores == {each.value: 2 for each in JUDGED}
    assert not priority_matrix.matrix(head, 2027).rows[0].is_finished
    with pytest.raises(Invalid, match="unfinished"):
        prioritizations.approve(head, 2027, version=None)
    prioritizations.assess(head, 2027, unit.id, make.judged(RiskLevel.LOW), version=1)
    prioritizations.approve(head, 2027, version=None)
    assert (repeated.committee_request, repeated.decision) == ("", None)


@pytest.mark.parametrize(
    ("weights", "cycles", "code"),
    [
        ({PriorityCriterion.RISK: 41}, {}, "prioritization.weights"),
        (
            {PriorityCriterion.RISK: 60, PriorityCriterion.BUDGET: -10},
            {},
            "prioritization.weights",
        ),
        ({}, {RiskLevel.LOW: -1}, "prioritization.cycles"),
        ({}, {RiskLevel.LOW: 11}, "prioritization.cycles"),
    ],
)
def test_weights_make_a_hundred_and_cycles_are_years(
    ctx: Context,
    office: make.Office,
    weights: dict[PriorityCriterion, int],
    cycles: dict[RiskLevel, int],
    code: str,
) -> None:
    head = make.acting(ctx, office.head)
    prioritizations.start(head, 2027)
    with pytest.raises(Invalid) as refused:
        prioritizations.edit_basis(
            head, 2027, {**WEIGHTS, **weights}, {**CYCLES, **cycles}, version=None
        )
    assert refused.value.code == code


def test_the_basis_is_not_saved_over_somebody_elses(ctx: Context, office: make.Office) -> None:
    head = make.acting(ctx, office.head)
    version = prioritizations.start(head, 2027).version
    mine = {**CYCLES, RiskLevel.LOW: 4}
    prioritizations.edit_basis(head, 2027, WEIGHTS, mine, version=version)
    with pytest.raises(StaleVersion) as stale:
        prioritizations.edit_basis(head, 2027, WEIGHTS, CYCLES, version=version)
    assert [(d.field, d.theirs, d.yours) for d in stale.value.differences] == [("bajo", "4", "0")]


def test_a_unit_is_judged_with_the_version_that_was_shown(
    ctx: Context, office: make.Office
) -> None:
    head, lead = make.acting(ctx, office.head), make.acting(ctx, office.lead)
    unit = make.make_auditable_unit(ctx, office)
    prioritizations.start(head, 2027)
    prioritizations.assess(lead, 2027, unit.id, make.judged(), version=0)
    with pytest.raises(StaleVersion) as stale:
        prioritizations.assess(head, 2027, unit.id, make.judged(score=3), version=0)
    assert {d.field for d in stale.value.differences} == {each.value for each in JUDGED}
    other = make.judged(RiskLevel.EXTREME)
    prioritizations.assess(head, 2027, unit.id, other, version=1)
    row = priority_matrix.matrix(head, 2027).rows[0]
    assert (row.risk_level, row.cycle_years, row.score) == (RiskLevel.EXTREME, 1, 70.0)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"scores": {PriorityCriterion.BUDGET: 5}}, "presupuesto"),
        ({"scores": {PriorityCriterion.BUDGET: -1}}, "presupuesto"),
        ({"scores": {PriorityCriterion.RISK: 2}}, "riesgo"),
        ({"decision": PriorityDecision.INCLUDE, "justification": " "}, "justification"),
        ({"justification": "Hubo denuncias."}, "decision"),
    ],
)
def test_a_wrong_judgement_is_refused(
    ctx: Context, office: make.Office, changes: dict[str, object], field: str
) -> None:
    head = make.acting(ctx, office.head)
    unit = make.make_auditable_unit(ctx, office)
    prioritizations.start(head, 2027)
    wrong = replace(make.judged(), **changes)  # type: ignore[arg-type]  # names of its own fields
    with pytest.raises(Invalid) as refused:
        prioritizations.assess(head, 2027, unit.id, wrong, version=0)
    assert refused.value.field == field


def test_it_is_approved_whole_and_then_stands_still(ctx: Context, office: make.Office) -> None:
    head, lead = make.acting(ctx, office.head), make.acting(ctx, office.lead)
    prioritizations.start(lead, 2027)
    with pytest.raises(Invalid, match="empty"):
        prioritizations.approve(head, 2027, version=None)
    unit, other = make.make_auditable_unit(ctx, office), make.make_auditable_unit(ctx, office)
    prioritizations.assess(lead, 2027, unit.id, make.judged(), version=0)
    with pytest.raises(Invalid) as refused:
        prioritizations.approve(head, 2027, version=None)
    assert refused.value.params["codes"] == other.code
    assert priority_matrix.unit(lead, 2027, unit.id).following == other.id
    prioritizations.assess(lead, 2027, other.id, make.judged(RiskLevel.LOW), version=0)
    with pytest.raises(Forbidden):
        prioritizations.approve(lead, 2027, version=None)
    shown = priority_matrix.open_year(head, 2027).version
    seen = priority_matrix.matrix(head, 2027).fingerprint
    changed = make.judged(RiskLevel.EXTREME)
    prioritizations.assess(lead, 2027, other.id, changed, version=1)
    with pytest.raises(StaleVersion):
        prioritizations.approve(head, 2027, version=shown, fingerprint=seen)
    seen = priority_matrix.matrix(head, 2027).fingerprint
    prioritizations.approve(head, 2027, version=shown, fingerprint=seen)
    with pytest.raises(OutOfPlace):
        prioritizations.approve(head, 2027, version=None)
    with pytest.raises(StaleVersion):
        prioritizations.approve(head, 2027, version=shown)
    before = priority_matrix.matrix(lead, 2027).rows
    universe.edit(head, unit.id, data(office, name="Otro nombre"), version=None)
    make.make_auditable_unit(ctx, office)
    assert priority_matrix.matrix(lead, 2027).rows == before
    for refuse in (
        lambda: prioritizations.assess(lead, 2027, unit.id, make.judged(), version=None),
        lambda: prioritizations.edit_basis(head, 2027, WEIGHTS, CYCLES, version=None),
    ):
        with pytest.raises(Forbidden):
            refuse()


def test_an_approved_year_is_opened_again_with_a_reason(ctx: Context, office: make.Office) -> None:
    head = make.acting(ctx, office.head)
    unit = make.make_auditable_unit(ctx, office)
    unit_name = unit.name
    approved(ctx, office)
    with pytest.raises(Invalid):
        prioritizations.reopen(head, 2027, reason=" ", version=None)
    prioritizations.reopen(head, 2027, reason="Cambió la planta.", version=None)
    with pytest.raises(OutOfPlace):
        prioritizations.reopen(head, 2027, reason="Otra vez.", version=None)
    universe.edit(head, unit.id, data(office, name="Otro nombre"), version=None)
    assert [each.name for each in priority_matrix.matrix(head, 2027).rows] == ["Otro nombre"]
    entry = priority_matrix.earlier(head, 2027)[0]
    kept = priority_matrix.earlier_rows(head, 2027, entry.id)
    assert [each.name for each in kept] == [unit_name]
    with pytest.raises(NotFound):
        priority_matrix.earlier_rows(head, 2027, entry.id + 1)
    for person in (office.leader, office.liaison):
        with pytest.raises(NotFound):
            priority_matrix.matrix(make.acting(ctx, person), 2027)
    with pytest.raises(NotFound):
        priority_matrix.matrix(head, 2031)


def test_a_plan_says_what_of_the_priorities_it_leaves_out(
    ctx: Context, office: make.Office
) -> None:
    head = make.acting(ctx, office.head)
    wanted = [make.make_auditable_unit(ctx, office) for _ in range(2)]
    quiet = make.make_auditable_unit(ctx, office)
    prioritizations.start(head, 2027)
    for unit in wanted:
        prioritizations.assess(head, 2027, unit.id, make.judged(), version=0)
    prioritizations.assess(head, 2027, quiet.id, make.judged(RiskLevel.LOW), version=0)
    plan = annual_plans.create(head, 2027, PlanTexts())
    values = {"annual_plan_id": plan.id, "special_authorization": ""}
    made: list[Audit] = [
        audits.create(head, make.audit_data(office, auditable_unit_id=unit_id, **values, **more))
        for unit_id, more in (
            (wanted[0].id, {}),
            (quiet.id, {}),
            (None, {}),
            (None, {"type": AuditLineType.LEGAL_REPORT}),
        )
    ]
    found = priority_matrix.coverage(head, plan, made)
    assert found is not None
    assert (found.included, [row.unit_id for row in found.missing]) == (2, [wanted[1].id])
    assert list(found.beyond) == made[1:3]
    assert wanted[1].id in found.addable
    universe.retire(head, wanted[1].id, reason="Ya no existe.", version=None)
    with ctx.transaction():
        made[0].state = AuditState.CANCELLED
        ctx.record("change", "edit", made[0], {})
    found = priority_matrix.coverage(head, plan, made)
    assert found is not None
    assert [row.unit_id for row in found.missing] == [wanted[0].id]
    assert wanted[1].id not in found.addable
    assert priority_matrix.coverage(make.acting(ctx, office.leader), plan, made) is None


def test_an_audit_of_a_whole_process_meets_the_priority_of_the_process(
    ctx: Context, office: make.Office
) -> None:
    head = make.acting(ctx, office.head)
    whole = make.make_auditable_unit(ctx, office, kind=AuditableUnitKind.PROCESS)
    approved(ctx, office)
    plan = annual_plans.create(head, 2027, PlanTexts())
    values = {"annual_plan_id": plan.id, "special_authorization": ""}
    audit = audits.create(head, make.audit_data(office, **values))
    found = priority_matrix.coverage(head, plan, [audit])
    assert found is not None
    assert ([*found.missing], [*found.beyond]) == ([], [])
    assert universe.is_of(audit, whole.id, whole.kind, whole.process_id)
