"""Plan Anual de Auditoría: the list by year, a plan with its audits, and its events."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from app import labels
from app.blueprints import histories
from app.blueprints.annual_plan import priorities, publication, schedule, universe
from app.blueprints.annual_plan.blueprint import bp
from app.blueprints.annual_plan.forms import (
    ApprovalForm,
    NewPlanForm,
    PlanTextsForm,
    ReasonForm,
)
from app.blueprints.events import EventPage, PathStep, state_path
from app.blueprints.forms import put_error
from app.blueprints.web import current_context, form_version
from app.context import Context
from app.errors import Blocked, Difference, Invalid, NotFound, StaleVersion
from app.labels_portal import phase_words
from app.models.audits import AnnualPlan, Audit
from app.models.base import Versioned
from app.permissions import authorize, can
from app.services import (
    annual_plans,
    annual_publication,
    audit_weeks,
    priority_matrix,
    submissions,
    trail,
)
from app.services.transitions import load_for
from workflows.annual_plan import AnnualPlanState
from workflows.audit import phase

__all__ = ["bp", "priorities", "publication", "schedule", "universe"]

ROAD = (
    AnnualPlanState.DRAFT,
    AnnualPlanState.IN_REVIEW,
    AnnualPlanState.PRESENTED,
    AnnualPlanState.APPROVED,
    AnnualPlanState.RUNNING,
    AnnualPlanState.CLOSED,
)
FIELDS = ("objective", "scope", "criteria", "risks", "resources")


def link(row: Versioned, anchor: str) -> str:
    """Address of the place that mends a condition."""
    return url_for("annual_plan.show", plan_id=row.id, _anchor=anchor)


EVENTS = EventPage(
    endpoint="annual_plan.fire",
    id_name="plan_id",
    link=link,
    forms={"approve": ApprovalForm},
    given={"approve": frozenset({"needs_minutes"})},
    secondary=frozenset({"send_back"}),
    hints={
        "submit": _l("El jefe de la OCI lo revisa antes de presentarlo al comité."),
        "present": _l("Los miembros del comité podrán leerlo y aprobarlo o devolverlo."),
        "approve": _l("Queda aprobado con el acta. Sus auditorías pueden comenzar."),
        "send_back": _l("Vuelve a la OCI para corregirlo."),
        "start_execution": _l("También ocurre solo, cuando comienza su primera auditoría."),
        "close": _l("Termina la vigencia. Las auditorías que falten no podrán comenzar con él."),
    },
)


@bp.get("/plan-anual")
def index() -> ResponseReturnValue:
    ctx = current_context()
    return render_template("annual_plan/index.html", rows=annual_plans.index(ctx))


@bp.get("/plan-anual/nuevo")
def new() -> ResponseReturnValue:
    ctx = current_context()
    authorize(ctx.actor, "annual_plan.create")
    form = NewPlanForm(formdata=None, data={"year": ctx.today().year})
    return _form_page(form)


@bp.post("/plan-anual")
def create() -> ResponseReturnValue:
    ctx = current_context()
    authorize(ctx.actor, "annual_plan.create")
    form = NewPlanForm()
    if not form.validate_on_submit():
        return _form_page(form), 422
    try:
        key = request.form.get("idempotency_key", "")
        plan = annual_plans.create(ctx, form.year.data or 0, _texts(form), key=key)
    except Invalid as error:
        put_error(form, error)
        return _form_page(form), 422
    flash(gettext("Se creó el plan anual. Agregue ahora sus auditorías."), "success")
    return redirect(url_for(".show", plan_id=plan.id), code=303)


@bp.get("/plan-anual/<int:plan_id>/editar")
def edit(plan_id: int) -> ResponseReturnValue:
    ctx = current_context()
    plan = load_for(ctx, AnnualPlan, plan_id, "annual_plan.edit")
    return _form_page(PlanTextsForm(formdata=None, obj=plan), plan, plan.version)


@bp.post("/plan-anual/<int:plan_id>/editar")
def update(plan_id: int) -> ResponseReturnValue:
    ctx = current_context()
    plan = load_for(ctx, AnnualPlan, plan_id, "annual_plan.edit")
    form = PlanTextsForm()
    if not form.validate_on_submit():
        return _form_page(form, plan, form_version()), 422
    try:
        annual_plans.edit(ctx, plan_id, _texts(form), version=form_version())
    except StaleVersion as stale:
        plan = load_for(ctx, AnnualPlan, plan_id, "annual_plan.edit")
        return _form_page(form, plan, stale.params["actual"], stale.differences), 409
    flash(gettext("Se guardó el plan anual."), "success")
    return redirect(url_for(".show", plan_id=plan_id), code=303)


def _texts(form: PlanTextsForm) -> annual_plans.PlanTexts:
    return annual_plans.PlanTexts(**{name: form[name].data for name in FIELDS})


def _form_page(
    form: FlaskForm,
    plan: AnnualPlan | None = None,
    version: int | None = None,
    differences: Sequence[Difference] | None = None,
) -> str:
    key = request.form.get("idempotency_key") or submissions.new_key()
    return render_template(
        "annual_plan/form.html",
        form=form,
        plan=plan,
        version=version,
        differences=differences,
        key=key,
    )


# ------------------------------------------------------------------ one plan


@bp.get("/plan-anual/<int:plan_id>")
def show(plan_id: int) -> ResponseReturnValue:
    return _render(current_context(), plan_id)


def _render(
    ctx: Context,
    plan_id: int,
    *,
    rejected: tuple[str, FlaskForm] | None = None,
) -> str:
    view = annual_plans.view(ctx, plan_id)
    plan = view.plan
    forms = {rejected[0]: rejected[1]} if rejected else {}
    facts = annual_plans.facts(ctx, plan)
    primary, others = EVENTS.panels(ctx, plan, facts, rejected=forms)
    texts = PlanTextsForm(formdata=None)
    return render_template(
        "annual_plan/show.html",
        plan=plan,
        view=view,
        groups=_groups(ctx, view.audits),
        schedule=schedule.groups(view.audits, plan.year),
        phase_names=schedule.phase_names(),
        months=audit_weeks.months(plan.year),
        weeks=audit_weeks.WEEKS,
        coverage=priority_matrix.coverage(ctx, plan, view.audits),
        parts=[(name, texts[name].label.text, getattr(plan, name)) for name in FIELDS],
        steps=_path(plan),
        primary=primary,
        others=others,
        history=histories.entries(trail.history(ctx, [plan.ref])),
        may_edit=can(ctx.actor, "annual_plan.edit", plan),
        may_publish=can(ctx.actor, "annual_plan.publish", plan),
        on_portal=annual_publication.standing(ctx, plan),
        key=submissions.new_key(),
    )


def _path(plan: AnnualPlan) -> list[PathStep]:
    return state_path("annual_plan", ROAD, plan.state, {AnnualPlanState.APPROVED: plan.approved_at})


def _groups(ctx: Context, audits: tuple[Audit, ...]) -> list[dict[str, Any]]:
    """The audits by role of the office. Who may not read an audit sees only whether it is
    pending, under way or done: the plan is public inside, its findings are not."""
    groups = []
    for role, rows in groupby(audits, key=lambda audit: audit.oci_role):
        lines = [
            {"audit": a, "url": _address(ctx, a), "phase": phase_words(phase(a.state)).short}
            for a in rows
        ]
        groups.append({"name": labels.label(role), "lines": lines})
    return groups


def _address(ctx: Context, audit: Audit) -> str | None:
    readable = can(ctx.actor, "audit.read", audit)
    return url_for("audits.show", audit_id=audit.id) if readable else None


@bp.post("/plan-anual/<int:plan_id>/eventos/<event>")
def fire(plan_id: int, event: str) -> ResponseReturnValue:
    if f"annual_plan.{event}" not in labels.EVENT_LABELS:
        raise NotFound
    ctx = current_context()
    load_for(ctx, AnnualPlan, plan_id, f"annual_plan.{event}")
    form = ApprovalForm() if event == "approve" else ReasonForm()
    if not form.validate_on_submit():
        return _render(ctx, plan_id, rejected=(event, form)), 422
    inputs = {name: value for name, value in form.data.items() if name != "csrf_token"}
    reason = str(inputs.pop("reason", "") or "")
    try:
        plan = annual_plans.fire(
            ctx, plan_id, event, version=form_version(), reason=reason, inputs=inputs
        )
    except Invalid as error:
        put_error(form, error)
        return _render(ctx, plan_id, rejected=(event, form)), 422
    except Blocked as error:
        if error.unmet != ("annual_plan.needs_reason",):
            raise
        form["reason"].errors = [labels.guard_message(error.unmet[0], error.facts)]
        return _render(ctx, plan_id, rejected=(event, form)), 422
    state = labels.state_label("annual_plan", plan.state)
    flash(gettext("El plan anual está ahora: %(state)s.", state=state), "success")
    return redirect(url_for(".show", plan_id=plan_id), code=303)
