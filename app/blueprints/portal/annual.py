"""The annual plan: what is reviewed in a year, month by month, and how far it is."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue

from app import labels
from app.blueprints.portal.blueprint import bp, reading
from app.labels_portal import MONTHS, phase_words
from app.services import portal_annual
from app.services.portal_annual import PlanView
from workflows.audit import AuditPhase
from workflows.enums import AuditLineType, OciRole


@bp.get("/transparencia/plan-anual")
def annual_plans() -> ResponseReturnValue:
    with reading() as session:
        view = portal_annual.newest(session)
    return _page(view, is_index=True)


@bp.get("/transparencia/plan-anual/<int(fixed_digits=4):year>")
def annual_plan(year: int) -> ResponseReturnValue:
    with reading() as session:
        view = portal_annual.view(session, year)
    return _page(view)


def _page(view: PlanView | None, *, is_index: bool = False) -> str:
    return render_template(
        "portal/annual_plan.html",
        view=view,
        is_index=is_index,
        groups=_by_month(view) if view else [],
        words={phase.value: phase_words(phase) for phase in AuditPhase},
        types={each.value: labels.label(each) for each in AuditLineType},
        roles={each.value: labels.label(each) for each in OciRole},
    )


def _by_month(view: PlanView) -> list[dict[str, Any]]:
    """By the month in which each one should begin: when is what people ask first."""
    return [
        {"name": MONTHS[month - 1], "lines": list(rows)}
        for month, rows in groupby(view.lines, key=lambda line: line.planned_start.month)
    ]
