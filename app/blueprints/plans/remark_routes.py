"""Observaciones on a plan and its actions, comments on work under way, and their answers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.blueprints.forms import pairs, put_error, whole
from app.blueprints.plans.blueprint import bp
from app.blueprints.plans.forms import (
    ACTION_FIELDS,
    PLAN_FIELDS,
    AnswerForm,
    CommentForm,
    RemarkForm,
)
from app.blueprints.plans.pages import small_form
from app.blueprints.web import current_context
from app.errors import Invalid
from app.models.plans import Remark
from app.permissions import Permission, authorize
from app.services import change_request_pages, plan_pages, remarks


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


@bp.post("/acciones/<int:action_id>/comentarios")
def progress_comment(action_id: int) -> ResponseReturnValue:
    ctx = current_context()
    action = plan_pages.find_action(ctx, action_id, Permission.ACTION_COMMENT)
    back = url_for(".action_show", action_id=action_id)
    write = partial(remarks.comment_on_progress, ctx, action_id)
    return _comment(write, back, action.code, gettext("Comentario al avance"))


@bp.post("/cambios/<int:request_id>/comentarios")
def change_comment(request_id: int) -> ResponseReturnValue:
    ctx = current_context()
    page = change_request_pages.request_page(ctx, request_id)
    authorize(ctx.actor, Permission.CHANGE_REQUEST_COMMENT, page.request)
    back = url_for(".change_request_show", request_id=request_id)
    write = partial(remarks.comment_on_change, ctx, request_id)
    return _comment(write, back, page.action.code, gettext("Comentario a la solicitud"))


def _comment(write: Callable[..., Remark], back: str, code: str, title: str) -> ResponseReturnValue:
    form = CommentForm()
    if form.validate():
        try:
            remark = write(text=form.text.data, key=request.form.get("idempotency_key", ""))
        except Invalid as error:
            put_error(form, error)
        else:
            flash(gettext("Comentario guardado."), "success")
            return redirect(_where(remark), code=303)
    return small_form(
        form,
        title=title,
        submit=gettext("Guardar el comentario"),
        back=back,
        crumbs=[(back, code), (None, title)],
    )


def _where(remark: Remark) -> str:
    """The page where the remark was being written: that of its plan, its action, its request."""
    if remark.change_request_id is not None:
        here = url_for(".change_request_show", request_id=remark.change_request_id)
        return f"{here}#o{remark.id}"
    from_action = remark.is_comment or request.args.get("desde") == "accion"
    if remark.action_id is not None and from_action:
        return str(url_for(".action_show", action_id=remark.action_id, _anchor="observaciones"))
    return str(url_for(".show", plan_id=remark.plan_id, _anchor=f"o{remark.id}"))


@bp.post("/observaciones/<int:remark_id>/respuesta")
def remark_answer(remark_id: int) -> ResponseReturnValue:
    ctx = current_context()
    form = AnswerForm()
    remark = remarks.answerable(ctx, remark_id)
    plan_url = url_for(".show", plan_id=remark.plan_id)
    back = _where(remark) if remark.is_comment else plan_url
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
        crumbs=[(plan_url, gettext("Plan")), (None, gettext("Observación"))],
    )


@bp.post("/observaciones/<int:remark_id>/retiro")
def remark_withdraw(remark_id: int) -> ResponseReturnValue:
    remark = remarks.withdraw(current_context(), remark_id)
    flash(gettext("Observación retirada."), "success")
    return redirect(_where(remark), code=303)
