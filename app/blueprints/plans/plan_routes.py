"""Plans: page, history, edition, events, visto bueno and proof of transmission."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, BinaryIO, cast

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf import FlaskForm

from app.blueprints.forms import pairs, put_error, set_ids, whole
from app.blueprints.plans import timeline, views
from app.blueprints.plans.blueprint import bp
from app.blueprints.plans.forms import (
    ACTION_FIELDS,
    PLAN_FIELDS,
    AnswerForm,
    ConsolidateForm,
    PlanEditForm,
    RemarkForm,
)
from app.blueprints.plans.pages import pager_of, plan_chip, plan_crumbs, review_chip, small_form
from app.blueprints.plans.views import Rejected
from app.blueprints.web import current_context, form_version
from app.context import Context
from app.errors import Blocked, Invalid, StaleVersion
from app.models.plans import Plan
from app.permissions import Permission, can
from app.services import (
    plan_events,
    plan_facts,
    plan_history,
    plan_pages,
    plans,
    successors,
)
from workflows.plan import PlanState

SHOWN_STEPS = 12


# ------------------------------------------------------------------ the page of a plan


@bp.get("/planes/<int:plan_id>")
def show(plan_id: int) -> ResponseReturnValue:
    return render_plan(current_context(), plan_id)


def render_plan(ctx: Context, plan_id: int, *, rejected: Rejected | None = None) -> str:
    """The page of a plan; `rejected`: an event that was sent with mistakes, open again."""
    page = plan_pages.plan_page(ctx, plan_id)
    plan, parts = page.plan, page.parts
    facts = plan_facts.facts_of(ctx, parts)
    sent = {rejected.event: rejected.form} if rejected and rejected.form else None
    panels = views.plan_events(plan).panels(ctx, plan, facts, rejected=sent)
    primary, others = views.marked(panels, rejected)
    history = plan_history.read(ctx, thing_names(page), limit=SHOWN_STEPS)
    may_write = can(ctx.actor, Permission.PLAN_EDIT, plan)
    html = render_template(
        "plans/show.html",
        page=page,
        plan=plan,
        parts=parts,
        steps=views.path(ctx, plan),
        primary=primary,
        others=others,
        waiting=waiting(plan),
        chip=plan_chip(ctx, plan),
        review=review_chip(ctx, plan),
        action_chip=lambda line: views.action_chip(line.action, line.flags, ctx.today()),
        missing=lambda line: views.formulation_checks(line.action, line.lacking, parts.max_months),
        history=timeline.entries(history.steps),
        more_history=history.next_before is not None,
        may_write=may_write,
        may_remark=can(ctx.actor, Permission.PLAN_REMARK, plan),
        may_answer=can(ctx.actor, Permission.PLAN_ANSWER_REMARK, plan),
        may_consolidate=can(ctx.actor, Permission.PLAN_CONSOLIDATE, plan)
        and plan.consolidated_at is None,
        may_transmit=_may_transmit(ctx, plan),
        replaceable=_replaceable(ctx, plan),
        remark_field=views.remark_field,
        remark_form=_remark_form,
        answer_form=lambda remark: set_ids(AnswerForm(formdata=None), remark.id),
        consolidate_form=set_ids(ConsolidateForm(formdata=None), "visto-bueno"),
        open_all="imprimir" in request.args,
    )
    return str(html)


def _remark_form(action_id: int | None = None) -> FlaskForm:
    form = RemarkForm(formdata=None)
    form.field.choices = pairs((ACTION_FIELDS if action_id else PLAN_FIELDS).items())
    return set_ids(form, action_id or "plan")


def _may_transmit(ctx: Context, plan: Plan) -> bool:
    waits = plan.source.is_external and plan.approved_at is None
    return (
        waits
        and plan.state is not PlanState.CANCELLED
        and can(ctx.actor, Permission.DOCUMENT_UPLOAD, plan)
    )


def _replaceable(ctx: Context, plan: Plan) -> list[Any]:
    """Actions that wait for a successor, for who could formulate it."""
    if plan.approved_at is None or not can(ctx.actor, Permission.PLAN_CREATE, plan):
        return []
    return successors.replaceable(ctx, plan)


def thing_names(page: plan_pages.PlanPage) -> dict[tuple[str, str], str]:
    """The plan and the actions shown, by the codes that the history calls them."""
    names = {page.plan.ref: page.plan.code}
    return names | {line.action.ref: line.action.code for line in page.lines}


def waiting(plan: Plan) -> str:
    """What the plan waits for, for who has no step to take."""
    texts = {
        PlanState.DRAFT: gettext("El líder del proceso lo completa y lo envía."),
        PlanState.SUBMITTED: gettext("Planeación o la OCI inicia la revisión."),
        PlanState.IN_REVIEW: gettext("Planeación da su visto bueno y la OCI revisa el método."),
        PlanState.RETURNED: gettext("El líder del proceso atiende las observaciones."),
        PlanState.APPROVED: gettext("Comienza en la fecha de inicio de su primera acción."),
        PlanState.SUBSCRIBED: gettext("Comienza en la fecha de inicio de su primera acción."),
        PlanState.RUNNING: gettext("Los responsables ejecutan las acciones y reportan su avance."),
        PlanState.COMPLETED: gettext("La OCI evalúa la efectividad de las acciones."),
        PlanState.EVALUATED: gettext("El jefe de la OCI lo cierra."),
        PlanState.CLOSED: gettext("El plan está cerrado."),
        PlanState.CANCELLED: gettext("El plan está cancelado."),
    }
    return str(texts[plan.state])


@bp.get("/planes/<int:plan_id>/historia")
def history(plan_id: int) -> ResponseReturnValue:
    ctx = current_context()
    page = plan_pages.plan_page(ctx, plan_id)
    before = whole(request.args.get("before"))
    found = plan_history.read(ctx, thing_names(page), before=before)
    return render_template(
        "plans/history.html",
        title=page.plan.title,
        code=page.plan.code,
        crumbs=[
            (url_for(".index"), gettext("Planes")),
            (url_for(".show", plan_id=plan_id), page.plan.code),
        ],
        entries=timeline.entries(found.steps),
        pager=pager_of(".history", found.next_before, plan_id=plan_id),
    )


# ------------------------------------------------------------------ what is done to a plan


@bp.route("/planes/<int:plan_id>/editar", methods=["GET", "POST"])
def edit(plan_id: int) -> ResponseReturnValue:
    ctx = current_context()
    plan = plan_pages.find_plan(ctx, plan_id, Permission.PLAN_EDIT)
    form = PlanEditForm(title=plan.title)
    free = plans.addable(ctx, plan)
    form.findings.choices = pairs((f.id, f"{f.code} · {f.title}") for f in free)
    status, version, differences = 200, plan.version, None
    if form.is_submitted():
        status, version = 422, form_version() or 0
        if form.validate():
            try:
                plans.edit(
                    ctx,
                    plan_id,
                    title=form.title.data,
                    add=form.findings.ids(),
                    version=form_version(),
                )
            except Invalid as error:
                put_error(form, error)
            except StaleVersion as stale:
                status, version = 409, stale.params["actual"]
                differences = stale.differences
            else:
                flash(gettext("Plan guardado."), "success")
                return redirect(url_for(".show", plan_id=plan_id), code=303)
    html = render_template(
        "plans/edit.html", form=form, plan=plan, version=version, differences=differences
    )
    return html, status


@bp.post("/planes/<int:plan_id>/eventos/<event>")
def plan_event(plan_id: int, event: str) -> ResponseReturnValue:
    ctx = current_context()
    plan = plan_pages.readable_plan(ctx, plan_id)
    form_type = views.plan_events(plan).forms.get(event) if plan else None
    form = form_type() if form_type else None
    reason = views.typed_reason()
    if form is not None and can(ctx.actor, f"plan.{event}", plan) and not form.validate():
        return render_plan(ctx, plan_id, rejected=Rejected(event, form, reason)), 422
    inputs = {} if form is None else {k: v for k, v in form.data.items() if k != "csrf_token"}
    try:
        plan_events.fire(ctx, plan_id, event, version=form_version(), reason=reason, inputs=inputs)
    except Blocked as error:
        rejected = views.without_reason(error, event)
        if rejected is None:
            raise
        return render_plan(ctx, plan_id, rejected=replace(rejected, form=form)), 422
    return redirect(back_to_plan(ctx, plan_id), code=303)


def back_to_plan(ctx: Context, plan_id: int) -> str:
    """The plan's page, or the list for who may no longer read it (a draft that was cancelled)."""
    if plan_pages.readable_plan(ctx, plan_id) is not None:
        return str(url_for(".show", plan_id=plan_id))
    return str(url_for(".index"))


@bp.post("/planes/<int:plan_id>/visto-bueno")
def consolidate(plan_id: int) -> ResponseReturnValue:
    ctx = current_context()
    form = ConsolidateForm()
    if form.validate():
        try:
            plans.consolidate(ctx, plan_id, note=form.note.data or "", version=form_version())
        except Invalid as error:
            put_error(form, error)
        else:
            flash(gettext("Visto bueno registrado."), "success")
            return redirect(url_for(".show", plan_id=plan_id, _anchor="visto-bueno"), code=303)
    plan = plan_pages.find_plan(ctx, plan_id, Permission.PLAN_READ)
    return small_form(
        form,
        title=gettext("Visto bueno de planeación"),
        submit=gettext("Dar el visto bueno"),
        back=url_for(".show", plan_id=plan_id),
        version=form_version(),
        crumbs=plan_crumbs(plan),
    )


@bp.post("/planes/<int:plan_id>/constancia")
def transmission(plan_id: int) -> ResponseReturnValue:
    ctx = current_context()
    plan_pages.find_plan(ctx, plan_id, Permission.DOCUMENT_UPLOAD)
    file = request.files.get("files")
    if file is None or not file.filename:
        raise Invalid("files", "document.empty")
    plans.add_transmission(ctx, plan_id, cast(BinaryIO, file.stream), file.filename)
    flash(gettext("Constancia guardada."), "success")
    return redirect(url_for(".show", plan_id=plan_id, _anchor="envio"), code=303)
