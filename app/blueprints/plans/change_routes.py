"""Change requests: list, new, page with before and after, events and what they rest on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app import labels
from app.blueprints.due import DueChip
from app.blueprints.events import Check
from app.blueprints.forms import put_error, set_ids, whole
from app.blueprints.plans import change_forms, term_chips, timeline, views
from app.blueprints.plans.action_forms import (
    DiscardDraftForm,
    RequestFilters,
    RequestForm,
    RuleForm,
)
from app.blueprints.plans.blueprint import bp
from app.blueprints.plans.forms import AnswerForm, CommentForm
from app.blueprints.plans.pages import chips, pager, small_form
from app.blueprints.plans.views import Rejected
from app.blueprints.web import current_context, form_version
from app.context import Context
from app.errors import Blocked, Invalid
from app.filters import date_es, number_es
from app.labels_guards_met import GUARD_MET
from app.models.plans import Action, ChangeRequest
from app.permissions import Permission, authorize, can
from app.services import (
    change_drafts,
    change_request_facts,
    change_request_pages,
    change_requests,
    plan_history,
    plan_pages,
    submissions,
)
from app.services.change_drafts import Prepared
from workflows.change_request import ChangeRequestState, ChangeRequestWorkflow
from workflows.enums import ChangeRequestType as Type


@bp.get("/cambios")
def change_requests_index() -> ResponseReturnValue:
    ctx = current_context()
    form = RequestFilters()
    if not form.validate():
        return redirect(url_for(".change_requests_index"), code=303)
    state = ChangeRequestState(form.estado.data) if form.estado.data else None
    page = change_request_pages.page(ctx, state, whole(request.args.get("before")))
    return render_template(
        "change_requests/index.html",
        form=form,
        page=page,
        chips=chips(form, ".change_requests_index"),
        pager=pager(form, ".change_requests_index", before=page.next_id),
        decision_chip=lambda asked: term_chips.decision(ctx, asked),
    )


# ------------------------------------------------------------------ asking


@bp.route("/acciones/<int:action_id>/cambios/nuevo", methods=["GET", "POST"])
def change_request_new(action_id: int) -> ResponseReturnValue:
    """Sent by the leader, or left ready for him (`action=draft`; all that a liaison may do)."""
    ctx = current_context()
    action = change_drafts.preparable(ctx, action_id)
    kind, prepared = _kind(), change_drafts.open_of(ctx, action)
    may_send = can(ctx.actor, Permission.CHANGE_REQUEST_CREATE, action)
    form = change_forms.build(ctx, action, kind, prepared)
    key = request.form.get("idempotency_key") or submissions.new_key()
    status = 200
    if kind is not None and form.is_submitted():
        status = 422
        if form.validate():
            try:
                return _sent(ctx, action_id, kind, form, key, may_send=may_send)
            except Invalid as error:
                put_error(form, error)
            except Blocked:
                status = 409  # the page lists every condition, and keeps what was typed
    action = plan_pages.find_action(ctx, action_id)
    html = render_template(
        "change_requests/new.html",
        form=form,
        action=action,
        kind=kind,
        kinds=_kinds(ctx, action),
        checks=_checks(ctx, action, kind) if kind else [],
        key=key,
        prepared=prepared,
        may_send=may_send,
    )
    return html, status


def _sent(
    ctx: Context, action_id: int, kind: Type, form: RequestForm, key: str, *, may_send: bool
) -> ResponseReturnValue:
    draft_id = whole(request.form.get("draft_id"))
    shown = None if draft_id is None else Prepared(draft_id, form_version())
    reason, proposal = form.reason.data, change_forms.proposal(form)
    if may_send and request.form.get("action") != "draft":
        asked = change_requests.create(
            ctx, action_id, kind, reason=reason, proposal=proposal, prepared=shown, key=key
        )
        flash(gettext("Solicitud enviada."), "success")
        return redirect(url_for(".change_request_show", request_id=asked.id), code=303)
    change_drafts.prepare(
        ctx, action_id, kind, reason=reason, proposal=proposal, over=shown, key=key
    )
    flash(gettext("La solicitud quedó preparada: el líder del proceso la envía."), "success")
    return redirect(url_for(".action_show", action_id=action_id, _anchor="cambios"), code=303)


@bp.post("/cambios-preparados/<int:draft_id>/descarte")
def change_draft_discard(draft_id: int) -> ResponseReturnValue:
    ctx, form = current_context(), DiscardDraftForm()
    draft, action = change_drafts.discardable(ctx, draft_id)
    back = url_for(".action_show", action_id=action.id, _anchor="cambios")
    if form.validate():
        change_drafts.discard(ctx, draft.id, reason=form.reason.data, version=form_version())
        flash(gettext("La solicitud preparada se descartó."), "success")
        return redirect(back, code=303)
    title = gettext("Descartar la solicitud preparada")
    return small_form(
        form,
        title=title,
        submit=gettext("Descartarla"),
        back=back,
        version=form_version(),
        crumbs=[(back, action.code), (None, title)],
    )


def _kind() -> Type | None:
    asked = request.args.get("tipo", "")
    return Type(asked) if asked in {each.value for each in Type} else None


def _kinds(ctx: Context, action: Action) -> list[tuple[Type, str, bool]]:
    """Every type with its address, and whether the state of the action admits it."""
    return [
        (
            kind,
            url_for(".change_request_new", action_id=action.id, tipo=kind.value),
            change_request_facts.is_live(action, kind),
        )
        for kind in Type
    ]


def _checks(ctx: Context, action: Action, kind: Type) -> list[Check]:
    """Every condition on asking this change today, met or not; the reason is in the form."""
    facts = change_request_facts.creation_facts(ctx, action, kind, reason="-")
    unmet = set(ChangeRequestWorkflow.creation_unmet(facts))
    codes = [
        code
        for code in ChangeRequestWorkflow.creation_requirements()
        if not code.endswith(".needs_reason")
    ]
    return [
        Check(
            met=code not in unmet,
            message=labels.guard_message(code, facts) if code in unmet else str(GUARD_MET[code]),
            link_url=url_for(".action_show", action_id=action.id, _anchor=_PLACES[code]),
            link_text=gettext("Ver la acción"),
        )
        for code in codes
    ]


_PLACES = {
    "change_request.needs_live_action": "estado",
    "change_request.needs_no_pending_request": "cambios",
    "change_request.needs_advance_notice": "fechas",
    "change_request.needs_remaining_extension": "cambios",
}


# ------------------------------------------------------------------ the page of a request


@bp.get("/cambios/<int:request_id>")
def change_request_show(request_id: int) -> ResponseReturnValue:
    return render_request(current_context(), request_id)


def render_request(ctx: Context, request_id: int, *, rejected: Rejected | None = None) -> str:
    """The page of a request; `rejected`: an event that was sent with mistakes, open again."""
    page = change_request_pages.request_page(ctx, request_id)
    asked = page.request
    facts = change_request_facts.facts(ctx, asked)
    primary, others = views.marked(views.REQUEST_EVENTS.panels(ctx, asked, facts), rejected)
    history = plan_history.read(ctx, {asked.ref: page.action.code})
    html = render_template(
        "change_requests/show.html",
        page=page,
        asked=asked,
        action=page.action,
        steps=views.path(ctx, asked),
        primary=primary,
        others=others,
        waiting=_waiting(page),
        rows=compared(asked),
        action_chip=_chip(ctx, page.action),
        decision_chip=term_chips.decision(ctx, asked),
        may_approve_direction=change_request_pages.awaits_direction(ctx, asked),
        may_record_rule=can(ctx.actor, Permission.CHANGE_REQUEST_RECORD_RULE, asked)
        and page.plan.source.is_external,
        may_read_action=can(ctx.actor, Permission.ACTION_READ, page.action),
        rule_form=set_ids(RuleForm(formdata=None, rule=asked.authority_rule), "regla"),
        history=timeline.entries(history.steps),
        remark_field=views.remark_field,
        may_comment=can(ctx.actor, Permission.CHANGE_REQUEST_COMMENT, asked),
        may_answer=can(ctx.actor, Permission.PLAN_ANSWER_REMARK, page.plan),
        comment_form=set_ids(CommentForm(formdata=None), "comentario"),
        comment_key=submissions.new_key(),
        answer_form=lambda remark: set_ids(AnswerForm(formdata=None), remark.id),
    )
    return str(html)


def _chip(ctx: Context, action: Action) -> DueChip | None:
    return views.action_chip(action, plan_pages.flags_of(ctx, action), ctx.today())


def _waiting(page: change_request_pages.RequestPage) -> str:
    texts = {
        ChangeRequestState.REQUESTED: gettext("Planeación o la OCI inicia la revisión."),
        ChangeRequestState.IN_REVIEW: gettext("El jefe de la OCI decide."),
        ChangeRequestState.APPROVED: gettext("La solicitud se aprobó y el cambio está aplicado."),
        ChangeRequestState.DENIED: gettext("La solicitud se negó."),
        ChangeRequestState.WITHDRAWN: gettext("La solicitud se archivó."),
    }
    return str(texts[page.request.state])


def compared(asked: ChangeRequest) -> list[tuple[str, str, str]]:
    """(what, before, asked) in words; empty for a request without values."""
    names = {
        "end_date": gettext("Fecha de terminación"),
        "target_quantity": gettext("Meta"),
        "responsible_unit": gettext("Dependencia responsable"),
        "responsible_position": gettext("Cargo responsable"),
        "executors": gettext("Quiénes la ejecutan"),
    }
    return [
        (text, _shown(asked.before, name), _shown(asked.proposed, name))
        for name, text in names.items()
        if name in asked.proposed
    ]


def _shown(values: dict[str, Any], name: str) -> str:
    value = values.get(name)
    if name == "end_date" and value:
        return date_es(date.fromisoformat(value))
    if name == "target_quantity" and value not in (None, "None"):
        return f"{number_es(Decimal(value))} {values.get('unit_of_measure', '')}".strip()
    if isinstance(value, list):
        return ", ".join(value) or gettext("Nadie")
    return str(value or "")


@bp.post("/cambios/<int:request_id>/eventos/<event>")
def change_request_event(request_id: int, event: str) -> ResponseReturnValue:
    ctx = current_context()
    reason = views.typed_reason()
    try:
        change_requests.fire(ctx, request_id, event, version=form_version(), reason=reason)
    except Blocked as error:
        rejected = views.without_reason(error, event)
        if rejected is None:
            raise
        return render_request(ctx, request_id, rejected=rejected), 422
    return redirect(url_for(".change_request_show", request_id=request_id), code=303)


@bp.post("/cambios/<int:request_id>/direccion")
def change_request_direction(request_id: int) -> ResponseReturnValue:
    change_requests.approve_direction(current_context(), request_id, version=form_version())
    flash(gettext("Aprobación de la dirección registrada."), "success")
    return redirect(
        url_for(".change_request_show", request_id=request_id, _anchor="direccion"), code=303
    )


@bp.post("/cambios/<int:request_id>/regla")
def change_request_rule(request_id: int) -> ResponseReturnValue:
    ctx = current_context()
    page = change_request_pages.request_page(ctx, request_id)
    authorize(ctx.actor, Permission.CHANGE_REQUEST_RECORD_RULE, page.request)
    back = url_for(".change_request_show", request_id=request_id)
    code = page.action.code
    form = RuleForm()
    if form.validate():
        try:
            change_requests.record_rule(
                ctx, request_id, rule=form.rule.data, version=form_version()
            )
        except Invalid as error:
            put_error(form, error)
        else:
            flash(gettext("Regla registrada."), "success")
            return redirect(f"{back}#ente-control", code=303)
    return small_form(
        form,
        title=gettext("Regla del ente de control"),
        submit=gettext("Guardar la regla"),
        back=back,
        version=form_version(),
        crumbs=[(back, code), (None, gettext("Regla"))],
    )
