"""The schedule of an annual plan: a line for each audit, a column for each week of the year."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response
from flask_babel import gettext

from app import labels
from app.blueprints.annual_plan.blueprint import bp
from app.blueprints.csv_files import csv_file
from app.blueprints.web import current_context
from app.labels_portal import phase_words
from app.models.audits import Audit
from app.services import annual_plans, audit_weeks
from app.services.audit_weeks import Run, WeekPhase
from workflows.audit import phase


def phase_names() -> dict[WeekPhase, str]:
    """What each mark of a week means."""
    return {
        WeekPhase.PLANNING: gettext("Planeación"),
        WeekPhase.FIELDWORK: gettext("Ejecución"),
        WeekPhase.COMMUNICATION: gettext("Comunicación"),
        WeekPhase.UNDIVIDED: gettext("Sin fases previstas"),
    }


def lines(audits: Sequence[Audit], year: int) -> list[dict[str, Any]]:
    """What the table shows of each audit: runs of weeks, and the same in a sentence."""
    names = phase_names()
    found = []
    for audit in sorted(audits, key=lambda each: (each.planned_start, each.id)):
        runs = audit_weeks.runs(audit, year)
        marked = [_said(run, names) for run in runs if run.marks]
        found.append({"audit": audit, "runs": runs, "said": "; ".join(marked)})
    return found


def _said(run: Run, names: dict[WeekPhase, str]) -> str:
    what = gettext(" y ").join(names[mark] for mark in run.marks)
    if run.length == 1:
        return str(gettext("%(what)s, semana %(week)s", what=what, week=run.first))
    return str(gettext("%(what)s, semanas %(a)s a %(b)s", what=what, a=run.first, b=run.last))


@bp.get("/plan-anual/<int:plan_id>/cronograma.csv", endpoint="schedule_file")
def as_file(plan_id: int) -> Response:
    view = annual_plans.view(current_context(), plan_id)
    year = view.plan.year
    header = [
        "codigo",
        "auditoria",
        "rol",
        "tipo",
        "unidad_auditable",
        "proceso",
        "responsable",
        "inicio",
        "fin",
        "avance",
        *(f"semana_{week}" for week in audit_weeks.WEEKS),
    ]
    rows = [
        [
            audit.code,
            audit.title,
            labels.label(audit.oci_role),
            labels.label(audit.type),
            audit.auditable_unit.name if audit.auditable_unit else "",
            audit.process.name,
            audit.process.leader.name if audit.process.leader else "",
            audit.planned_start.isoformat(),
            audit.planned_end.isoformat(),
            phase_words(phase(audit.state)).short,
            *("/".join(marks) for marks in audit_weeks.marks(audit, year)),
        ]
        for audit in view.audits
    ]
    return csv_file(f"plan-anual-{year}-cronograma.csv", header, rows)
