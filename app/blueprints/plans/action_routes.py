"""Actions: list, page, the form with which they are written, acceptance and events."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.blueprints.forms import pairs, put_error, set_ids, whole
from app.blueprints.plans import term_chips, timeline, views
from app.blueprints.plans.blueprint import bp
from app.blueprints.plans.forms import (
    ACTION_FIELDS,
    AnswerForm,
    CommentForm,
    ReasonForm,
    RemarkForm,
)
from app.blueprints.plans.pages import pager_of, small_form
from app.blueprints.plans.views import Rejected
from app.blueprints.web import current_context, form_version
from app.context import Context
from app.errors import Blocked, Invalid
from app.models.plans import Action, Progress
from app.permissions import Permission, can
from app.services import (
    action_events,
    action_facts,
    actions,
    activities,
    change_drafts,
    change_request_facts,
    plan_facts,
    plan_history,
    plan_pages,
    plans,
    submissions,
    successors,
)
from app.services.plan_rows import AGREED_STATES
from workflows.action import ActionState

SHOWN_STEPS = 6
CAUSE_LENGTH = 120


# ------------------------------------------------------------------ the page of an action


@bp.get("/acciones/<int:action_id>")
def action_show(action_id: int) -> ResponseReturnValue:
    return render_action(current_context(), action_id)


def render_action(ctx: Context, action_id: int, *, rejected: Rejected | None = None) -> str:
    """The page of an action; `rejected`: an event that was sent with mistakes, open again."""
    page = plan_pages.action_page(ctx, action_id)
    action = page.action
    facts = action_facts.facts_of(ctx, page.parts)
    panels = views.action_page_events(action).panels(ctx, action, facts)
    primary, others = views.marked(panels, rejected)
    history = plan_history.read(ctx, thing_names(page), limit=SHOWN_STEPS)

    prepared = change_drafts.open_of(ctx, action)

    def may(permission: str) -> bool:
        return can(ctx.actor, permission, action)

    html = render_template(
        "actions/show.html",
        weeks_of=activities.weeks,
        page=page,
        action=action,
        plan=action.plan,
        steps=views.path(ctx, action),
        primary=primary,
        others=others,
        waiting=waiting(page),
        chip=views.action_chip(action, page.flags, ctx.today()),
        **term_chips.follow_up(ctx, action),
        missing=views.checks(action, _lacking(page), facts),
        history=timeline.entries(history.steps),
        more_history=history.next_before is not None,
        may=may,
        may_read_plan=can(ctx.actor, Permission.PLAN_READ, action.plan),
        may_read_finding=can(ctx.actor, Permission.FINDING_READ, page.finding),
        may_consolidate=may(Permission.PLAN_CONSOLIDATE)
        and action.plan.state in AGREED_STATES
        and action.consolidated_at is None,
        may_decide=lambda entry: (
            may(Permission.ACTION_APPROVE_PROGRESS)
            and _is_undecided(entry)
            and entry.author_id not in ctx.actor.persons
        ),
        is_own=lambda entry: entry.author_id in ctx.actor.persons,
        may_answer=can(ctx.actor, Permission.PLAN_ANSWER_REMARK, action.plan),
        prepared=prepared,
        may_discard_prepared=prepared is not None
        and change_drafts.may_discard(ctx, prepared, action),
        may_ask_change=may(Permission.CHANGE_REQUEST_DRAFT)
        and any(action.state in states for states in change_request_facts.LIVE_STATES.values()),
        may_replace=_may_replace(ctx, page),
        uses_exception=action_facts.uses_exception(ctx, action),
        remark_field=views.remark_field,
        remark_form=_remark_form(action),
        comment_form=set_ids(CommentForm(formdata=None), "comentario"),
        comment_key=submissions.new_key(),
        answer_form=lambda remark: set_ids(AnswerForm(formdata=None), remark.id),
        reason_form=lambda name: set_ids(ReasonForm(formdata=None), name),
    )
    return str(html)


def _is_undecided(entry: Progress) -> bool:
    return entry.approved_at is None and entry.rejected_at is None


def _lacking(page: plan_pages.ActionPage) -> list[str]:
    """What keeps an action still being written from being sent."""
    return plan_facts.lacking(page.action, max_months=page.parts.max_months)


def _may_replace(ctx: Context, page: plan_pages.ActionPage) -> bool:
    """Whether this actor could formulate its successor now."""
    plan = page.action.plan
    if plan.state not in AGREED_STATES or not can(ctx.actor, Permission.PLAN_CREATE, plan):
        return False
    waiting_ids = {each.id for each in successors.replaceable(ctx, plan, page.action.finding_id)}
    return page.action.id in waiting_ids


def _remark_form(action: Action) -> Any:
    form = RemarkForm(formdata=None)
    form.field.choices = pairs(ACTION_FIELDS.items())
    return set_ids(form, action.id)


def thing_names(page: plan_pages.ActionPage) -> dict[tuple[str, str], str]:
    """The action, its progress and its requests, by what the history calls them."""
    names = {page.action.ref: page.action.code}
    names |= {entry.ref: gettext("Avance") for entry in page.entries}
    return names | {request.ref: gettext("Solicitud de cambio") for request in page.requests}


def waiting(page: plan_pages.ActionPage) -> str:
    """What the action waits for, for who has no step to take."""
    texts = {
        ActionState.FORMULATED: gettext("Se envía con su plan, cuando esté completa y aceptada."),
        ActionState.IN_REVIEW: gettext("Planeación y la OCI la revisan con su plan."),
        ActionState.RETURNED: gettext("Sus autores atienden las observaciones."),
        ActionState.APPROVED: gettext("Comienza en su fecha de inicio."),
        ActionState.RUNNING: gettext("Sus responsables la ejecutan y reportan el avance."),
        ActionState.REPORTED: gettext("La OCI inicia la verificación."),
        ActionState.IN_VERIFICATION: gettext("La OCI verifica si se cumplió."),
        ActionState.FULFILLED: gettext("La OCI evaluará si la causa desapareció."),
        ActionState.IN_EVALUATION: gettext("La OCI evalúa la efectividad."),
        ActionState.CLOSED_EFFECTIVE: gettext("La acción terminó."),
        ActionState.INEFFECTIVE: gettext("El líder del proceso formula la que la reemplaza."),
        ActionState.UNMET: gettext("El líder del proceso formula la que la reemplaza."),
        ActionState.REFORMULATED: gettext("Otra acción la reemplazó."),
        ActionState.VOIDED: gettext("La acción se anuló."),
    }
    return str(texts[page.action.state])


@bp.get("/acciones/<int:action_id>/historia")
def action_history(action_id: int) -> ResponseReturnValue:
    ctx = current_context()
    page = plan_pages.action_page(ctx, action_id)
    found = plan_history.read(ctx, thing_names(page), before=whole(request.args.get("before")))
    return render_template(
        "plans/history.html",
        title=page.action.description,
        code=page.action.code,
        crumbs=[
            (url_for(".actions"), gettext("Acciones")),
            (url_for(".action_show", action_id=action_id), page.action.code),
        ],
        entries=timeline.entries(found.steps),
        pager=pager_of(".action_history", found.next_before, action_id=action_id),
    )


# ------------------------------------------------------------------ what is done to an action


@bp.post("/acciones/<int:action_id>/eventos/<event>")
def action_event(action_id: int, event: str) -> ResponseReturnValue:
    ctx = current_context()
    reason = views.typed_reason()
    try:
        action_events.fire(ctx, action_id, event, version=form_version(), reason=reason)
    except Blocked as error:
        rejected = views.without_reason(error, event)
        if rejected is None:
            raise
        return render_action(ctx, action_id, rejected=rejected), 422
    return redirect(_shown(ctx, action_id), code=303)


def _shown(ctx: Context, action_id: int) -> str:
    """The action's page, or the list for who may no longer read it."""
    if plan_pages.readable_action(ctx, action_id) is not None:
        return str(url_for(".action_show", action_id=action_id))
    return str(url_for(".actions"))


@bp.post("/acciones/<int:action_id>/aceptacion")
def action_accept(action_id: int) -> ResponseReturnValue:
    action = actions.accept(current_context(), action_id, version=form_version())
    flash(gettext("Aceptó la acción %(code)s.", code=action.code), "success")
    return redirect(_from_plan(action), code=303)


@bp.post("/acciones/<int:action_id>/rechazo")
def action_decline(action_id: int) -> ResponseReturnValue:
    ctx = current_context()
    action = plan_pages.find_action(ctx, action_id, Permission.ACTION_ACCEPT)
    form = ReasonForm()
    if form.validate():
        try:
            action = actions.decline(
                ctx, action_id, reason=form.reason.data, version=form_version()
            )
        except Invalid as error:
            put_error(form, error)
        else:
            flash(gettext("La acción vuelve a quien la formuló, con su motivo."), "success")
            return redirect(_from_plan(action), code=303)
    back = url_for(".action_show", action_id=action_id)
    return small_form(
        form,
        title=gettext("No aceptar la acción"),
        submit=gettext("No aceptarla"),
        back=back,
        version=form_version(),
        crumbs=[(url_for(".actions"), gettext("Acciones")), (back, action.code)],
        danger=True,
    )


def _from_plan(action: Action) -> str:
    """Back to the row of the plan, when the button was there."""
    if request.args.get("desde") == "plan":
        return str(url_for(".show", plan_id=action.plan_id, _anchor=f"a{action.id}"))
    return str(url_for(".action_show", action_id=action.id, _anchor="aceptacion"))


@bp.post("/acciones/<int:action_id>/visto-bueno")
def action_consolidate(action_id: int) -> ResponseReturnValue:
    plans.consolidate_action(current_context(), action_id, version=form_version())
    flash(gettext("Visto bueno registrado."), "success")
    return redirect(url_for(".action_show", action_id=action_id, _anchor="visto-bueno"), code=303)
