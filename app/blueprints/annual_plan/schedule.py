"""The schedule of an annual plan: a line for each audit, a column for each week of the year."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from flask import Response
from flask_babel import gettext

from app import labels
from app.blueprints.annual_plan.blueprint import bp
from app.blueprints.csv_files import csv_file
from app.blueprints.web import current_context
from app.labels_portal import phase_words
from app.models.audits import Audit
from app.permissions import Permission, can
from app.services import annual_plans, audit_weeks
from app.services.audit_weeks import Run, WeekPhase
from workflows.audit import AuditState, phase


def phase_names() -> dict[WeekPhase, str]:
    """What each mark of a week means."""
    return {
        WeekPhase.PLANNING: gettext("Planeación"),
        WeekPhase.FIELDWORK: gettext("Ejecución"),
        WeekPhase.COMMUNICATION: gettext("Comunicación"),
        WeekPhase.UNDIVIDED: gettext("Sin fases previstas"),
    }


def groups(audits: Sequence[Audit], year: int) -> list[dict[str, Any]]:
    """What the table shows: by role of the office, a line for each audit that was not cancelled,
    with its runs of weeks and what each says."""
    names = phase_names()
    shown = [each for each in audits if each.state is not AuditState.CANCELLED]
    return [
        {
            "name": labels.label(role),
            "lines": [
                {
                    "audit": audit,
                    "runs": [
                        (run, _said(run, names) if run.marks else "")
                        for run in audit_weeks.runs(audit, year)
                    ],
                }
                for audit in rows
            ],
        }
        for role, rows in groupby(shown, key=lambda audit: audit.oci_role)
    ]


def _said(run: Run, names: dict[WeekPhase, str]) -> str:
    what = gettext(" y ").join(names[mark] for mark in run.marks)
    if run.length == 1:
        return str(gettext("%(what)s, semana %(week)s", what=what, week=run.first))
    return str(gettext("%(what)s, semanas %(a)s a %(b)s", what=what, a=run.first, b=run.last))


@bp.get("/plan-anual/<int:plan_id>/cronograma.csv", endpoint="schedule_file")
def as_file(plan_id: int) -> Response:
    """What is audited is told to who may read the universe, or that audit: the audited learn of
    it when it is announced."""
    ctx = current_context()
    view = annual_plans.view(ctx, plan_id)
    knows = can(ctx.actor, Permission.AUDITABLE_UNIT_READ)
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
            audit.auditable_unit.name
            if audit.auditable_unit and (knows or can(ctx.actor, Permission.AUDIT_READ, audit))
            else "",
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
