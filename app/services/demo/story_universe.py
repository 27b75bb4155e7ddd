"""The audit universe of the entity, and the priorities of each year before its annual plan."""

from __future__ import annotations

from app.services import prioritizations, universe
from app.services.demo import prose
from app.services.demo.prose import AuditablePart
from app.services.demo.stage import Stage
from app.services.prioritizations import Assessment
from app.services.priority_rows import JUDGED
from app.services.universe import UnitData
from workflows.enums import AuditableUnitKind, PriorityDecision, RiskLevel


def form_universe(stage: Stage) -> None:
    """Everything that can be audited, written down by the head of the office."""
    for part in prose.universe():
        ctx = stage.act("jefe_oci")
        last = part.last if part.last and part.last <= ctx.today() else None
        data = UnitData(
            code=part.code,
            name=part.name,
            kind=AuditableUnitKind(part.kind),
            process_id=stage.processes[part.process],
            last_audited_on=last,
        )
        unit = universe.create(ctx, data)
        stage.auditable[part.code] = unit.id
        if unit.kind is AuditableUnitKind.PROCESS:
            stage.auditable[part.process] = unit.id


def prioritize(stage: Stage, year: int) -> None:
    """Judge every unit for a year, and approve it."""
    prioritizations.start(stage.act("jefe_oci"), year)
    for part in prose.universe():
        ctx, unit_id = stage.act("auditor_lider"), stage.auditable[part.code]
        prioritizations.assess(ctx, year, unit_id, _judged(part), version=None)
    prioritizations.approve(stage.act("jefe_oci"), year, version=None)


def _judged(part: AuditablePart) -> Assessment:
    return Assessment(
        risk_level=RiskLevel(part.risk),
        scores=dict(zip(JUDGED, part.scores, strict=True)),
        committee_request=part.committee,
        regulator_request=part.regulator,
        decision=PriorityDecision.EXCLUDE if part.justification else None,
        justification=part.justification,
    )
