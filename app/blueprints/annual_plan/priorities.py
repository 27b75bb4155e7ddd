"""The priorities of a year: the matrix, what each unit is judged, and the approval."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf import FlaskForm

from app import labels
from app.blueprints import histories
from app.blueprints.annual_plan.blueprint import bp
from app.blueprints.annual_plan.forms import ReasonForm
from app.blueprints.annual_plan.universe_forms import AssessmentForm, BasisForm, YearForm
from app.blueprints.csv_files import csv_file
from app.blueprints.forms import put_error
from app.blueprints.web import current_context, form_version
from app.context import Context
from app.errors import Difference, Invalid, StaleVersion
from app.permissions import Permission, authorize, can
from app.services import prioritizations, priority_matrix, submissions, trail
from app.services.portal_data import Value
from app.services.priority_rows import JUDGED, Row
from workflows.enums import PriorityCriterion, RiskLevel

HEADER = (
    "puesto",
    "codigo",
    "unidad_auditable",
    "clase",
    "proceso",
    "nivel_de_riesgo",
    "riesgos_identificados",
    *(each.value for each in JUDGED),
    "puntaje",
    "pedido_del_comite",
    "exigencia_externa",
    "ultima_auditoria",
    "dias_transcurridos",
    "ciclo_anos",
    "por_rotacion",
    "hallazgos_abiertos_del_proceso",
    "acciones_vencidas_del_proceso",
    "se_audita",
    "decision",
    "justificacion",
)


@bp.post("/plan-anual/priorizacion", endpoint="start_priorities")
def start() -> ResponseReturnValue:
    ctx = current_context()
    authorize(ctx.actor, Permission.PRIORITIZATION_CREATE)
    form = YearForm()
    if not form.validate_on_submit():
        return _year_page(form), 422
    try:
        key = request.form.get("idempotency_key", "")
        begun = prioritizations.start(ctx, form.year.data or 0, key=key)
    except Invalid as error:
        put_error(form, error)
        return _year_page(form), 422
    flash(gettext("Comenzó la priorización. Valore cada unidad auditable."), "success")
    return redirect(url_for(".priorities", year=begun.year), code=303)


@bp.get("/plan-anual/priorizacion", endpoint="new_priorities")
def new() -> ResponseReturnValue:
    ctx = current_context()
    authorize(ctx.actor, Permission.PRIORITIZATION_CREATE)
    known = {each.year for each in priority_matrix.years(ctx)}
    proposed = next(year for year in range(ctx.today().year, 9999) if year not in known)
    return _year_page(YearForm(formdata=None, data={"year": proposed}))


def _year_page(form: FlaskForm) -> str:
    key = request.form.get("idempotency_key") or submissions.new_key()
    return render_template("annual_plan/new_priorities.html", form=form, key=key)


# ------------------------------------------------------------------ the matrix


@bp.get("/plan-anual/priorizacion/<int:year>", endpoint="priorities")
def show(year: int) -> ResponseReturnValue:
    return _page(current_context(), year)


def _page(
    ctx: Context, year: int, *, refused: Invalid | None = None, rejected: FlaskForm | None = None
) -> str:
    matrix = priority_matrix.matrix(ctx, year)
    found = matrix.prioritization
    return render_template(
        "annual_plan/priorities.html",
        matrix=matrix,
        found=found,
        refused=labels.message(refused.code, refused.params) if refused else None,
        form=rejected or ReasonForm(formdata=None),
        is_rejected=rejected is not None,
        criteria=[(each, found.weights[each]) for each in PriorityCriterion],
        cycles=[(each, found.cycles[each]) for each in RiskLevel],
        may_edit=can(ctx.actor, Permission.PRIORITIZATION_EDIT, found),
        may_approve=can(ctx.actor, Permission.PRIORITIZATION_APPROVE, found),
        earlier=priority_matrix.earlier(ctx, year),
        history=histories.entries(trail.history(ctx, [found.ref])),
    )


@bp.get("/plan-anual/priorizacion/<int:year>.csv", endpoint="priorities_file")
def as_file(year: int) -> Response:
    return _file(f"priorizacion-{year}.csv", priority_matrix.matrix(current_context(), year).rows)


@bp.get(
    "/plan-anual/priorizacion/<int:year>/anteriores/<int:entry_id>.csv",
    endpoint="earlier_priorities_file",
)
def earlier_as_file(year: int, entry_id: int) -> Response:
    """What was approved until it was opened again."""
    rows = priority_matrix.earlier_rows(current_context(), year, entry_id)
    return _file(f"priorizacion-{year}-anterior-{entry_id}.csv", rows)


def _file(name: str, rows: Sequence[Row]) -> Response:
    lines = [_cells(place, row) for place, row in enumerate(rows, start=1)]
    return csv_file(name, HEADER, lines)


def _cells(place: int, row: Row) -> list[Value]:
    return [
        place,
        row.code,
        row.name,
        labels.label(row.kind),
        row.process,
        labels.label(row.risk_level) if row.risk_level else "",
        row.risks,
        *(row.scores.get(each.value, "") for each in JUDGED),
        "" if row.score is None else str(row.score).replace(".", ","),
        row.committee_request,
        row.regulator_request,
        row.last_audited_on.isoformat() if row.last_audited_on else "",
        "" if row.days is None else row.days,
        row.cycle_years,
        _yes_no(row.is_due),
        row.open_findings,
        row.overdue_actions,
        _yes_no(row.is_included),
        labels.label(row.decision) if row.decision else "",
        row.justification,
    ]


def _yes_no(value: bool) -> str:
    return str(gettext("Sí") if value else gettext("No"))


@bp.post("/plan-anual/priorizacion/<int:year>/aprobacion", endpoint="approve_priorities")
def approve(year: int) -> ResponseReturnValue:
    ctx = current_context()
    try:
        seen = request.form.get("fingerprint")
        prioritizations.approve(ctx, year, version=form_version(), fingerprint=seen)
    except Invalid as error:
        return _page(ctx, year, refused=error), 422
    flash(gettext("La priorización quedó aprobada."), "success")
    return redirect(url_for(".priorities", year=year), code=303)


@bp.post("/plan-anual/priorizacion/<int:year>/reapertura", endpoint="reopen_priorities")
def reopen(year: int) -> ResponseReturnValue:
    ctx = current_context()
    form = ReasonForm()
    if not form.validate_on_submit():
        return _page(ctx, year, rejected=form), 422
    try:
        reason = form.reason.data or ""
        prioritizations.reopen(ctx, year, reason=reason, version=form_version())
    except Invalid as error:
        put_error(form, error)
        return _page(ctx, year, rejected=form), 422
    flash(gettext("La priorización está abierta otra vez."), "success")
    return redirect(url_for(".priorities", year=year), code=303)


# ------------------------------------------------------------------ weights and cycles


@bp.get("/plan-anual/priorizacion/<int:year>/criterios", endpoint="priority_basis")
def basis(year: int) -> ResponseReturnValue:
    found = priority_matrix.open_year(current_context(), year)
    cycles = {name: str(years) for name, years in found.cycles.items()}
    form = BasisForm(formdata=None, data={**found.weights, **cycles})
    return _basis_page(form, year, found.version)


@bp.post("/plan-anual/priorizacion/<int:year>/criterios", endpoint="save_priority_basis")
def save_basis(year: int) -> ResponseReturnValue:
    ctx = current_context()
    priority_matrix.open_year(ctx, year)
    form = BasisForm()
    if not form.validate_on_submit():
        return _basis_page(form, year, form_version()), 422
    try:
        prioritizations.edit_basis(ctx, year, form.weights(), form.cycles(), version=form_version())
    except StaleVersion as stale:
        return _basis_page(form, year, stale.params["actual"], stale.differences), 409
    except Invalid as error:
        put_error(form, error)
        return _basis_page(form, year, form_version()), 422
    flash(gettext("Se guardaron los pesos y los ciclos."), "success")
    return redirect(url_for(".priorities", year=year), code=303)


def _basis_page(
    form: BasisForm,
    year: int,
    version: int | None,
    differences: Sequence[Difference] | None = None,
) -> str:
    return render_template(
        "annual_plan/priority_basis.html",
        form=form,
        year=year,
        version=version,
        differences=differences,
        weights=[form[each.value] for each in PriorityCriterion],
        cycles=[form[each.value] for each in RiskLevel],
    )


# ------------------------------------------------------------------ one unit


@bp.get("/plan-anual/priorizacion/<int:year>/unidades/<int:unit_id>", endpoint="assess")
def assess(year: int, unit_id: int) -> ResponseReturnValue:
    view = priority_matrix.unit(current_context(), year, unit_id)
    judged = view.judged
    form = AssessmentForm(formdata=None, obj=judged)
    for each in JUDGED:
        score = judged.scores.get(each.value) if judged else None
        form[each.value].data = "" if score is None else str(score)
    return _unit_page(view, form, judged.version if judged else 0)


@bp.post("/plan-anual/priorizacion/<int:year>/unidades/<int:unit_id>", endpoint="save_assessment")
def save_assessment(year: int, unit_id: int) -> ResponseReturnValue:
    ctx = current_context()
    view = priority_matrix.unit(ctx, year, unit_id)
    form = AssessmentForm()
    if not form.validate_on_submit():
        return _unit_page(view, form, form_version()), 422
    try:
        prioritizations.assess(ctx, year, unit_id, form.assessment(), version=form_version())
    except StaleVersion as stale:
        view = priority_matrix.unit(ctx, year, unit_id)
        return _unit_page(view, form, stale.params["actual"], stale.differences), 409
    except Invalid as error:
        put_error(form, error)
        view = priority_matrix.unit(ctx, year, unit_id)
        return _unit_page(view, form, form_version()), 422
    flash(gettext("Se guardó la valoración de %(code)s.", code=view.unit.code), "success")
    if "next" in request.form and view.following is not None:
        return redirect(url_for(".assess", year=year, unit_id=view.following), code=303)
    return redirect(url_for(".priorities", year=year), code=303)


def _unit_page(
    view: priority_matrix.UnitView,
    form: AssessmentForm,
    version: int | None,
    differences: Sequence[Difference] | None = None,
) -> str:
    weights = view.prioritization.weights
    return render_template(
        "annual_plan/assessment.html",
        view=view,
        row=view.row,
        form=form,
        version=version,
        differences=differences,
        scores=[(form[each.value], weights[each]) for each in JUDGED],
        risk_weight=weights[PriorityCriterion.RISK],
    )
