"""Observaciones on a plan and its actions, and their answers."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.blueprints.forms import pairs, put_error, whole
from app.blueprints.plans.blueprint import bp
from app.blueprints.plans.forms import ACTION_FIELDS, PLAN_FIELDS, AnswerForm, RemarkForm
from app.blueprints.plans.pages import small_form
from app.blueprints.web import current_context
from app.errors import Invalid
from app.models.plans import Remark
from app.services import remarks


@bp.post("/planes/<int:plan_id>/observaciones")
def remark_new(plan_id: int) -> ResponseReturnValue:
    ctx = current_context()
    action_id = whole(request.args.get("action_id"))
    form = RemarkForm()
    form.field.choices = pairs((ACTION_FIELDS if action_id else PLAN_FIELDS).items())
    # Permission first: who may not write it is not told how to write it well.
    remarks.remarkable(ctx, plan_id, action_id)
    if form.validate():
        try:
            remark = remarks.add(
                ctx, plan_id, text=form.text.data, field=form.field.data, action_id=action_id
            )
        except Invalid as error:
            put_error(form, error)
        else:
            flash(gettext("Observación guardada."), "success")
            return redirect(_where(remark), code=303)
    back = url_for(".show", plan_id=plan_id)
    return small_form(
        form,
        title=gettext("Observación"),
        submit=gettext("Guardar la observación"),
        back=back,
        crumbs=[(back, gettext("Plan")), (None, gettext("Observación"))],
    )


def _where(remark: Remark) -> str:
    """The page where the remark was being written: that of its plan, or of its action."""
    if remark.action_id is not None and request.args.get("desde") == "accion":
        return str(url_for(".action_show", action_id=remark.action_id, _anchor="observaciones"))
    return str(url_for(".show", plan_id=remark.plan_id, _anchor=f"o{remark.id}"))


@bp.post("/observaciones/<int:remark_id>/respuesta")
def remark_answer(remark_id: int) -> ResponseReturnValue:
    ctx = current_context()
    form = AnswerForm()
    remark = remarks.answerable(ctx, remark_id)
    back = url_for(".show", plan_id=remark.plan_id)
    if form.validate():
        try:
            remark = remarks.answer(ctx, remark_id, text=form.answer.data)
        except Invalid as error:
            put_error(form, error)
        else:
            flash(gettext("Respuesta guardada."), "success")
            return redirect(_where(remark), code=303)
    return small_form(
        form,
        title=gettext("Responder la observación"),
        submit=gettext("Guardar la respuesta"),
        back=back,
        crumbs=[(back, gettext("Plan")), (None, gettext("Observación"))],
    )


@bp.post("/observaciones/<int:remark_id>/retiro")
def remark_withdraw(remark_id: int) -> ResponseReturnValue:
    remark = remarks.withdraw(current_context(), remark_id)
    flash(gettext("Observación retirada."), "success")
    return redirect(_where(remark), code=303)
