"""What the OCI finds of an action: eficacia and efectividad."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.blueprints.forms import put_error
from app.blueprints.plans.action_forms import (
    AuthorityResultForm,
    EffectivenessForm,
    EfficacyForm,
    ResultForm,
)
from app.blueprints.plans.blueprint import bp
from app.blueprints.plans.pages import small_form
from app.blueprints.plans.progress_routes import uploads
from app.blueprints.web import current_context, form_version
from app.context import Context
from app.errors import Invalid, NotFound
from app.models.plans import Action
from app.permissions import Permission
from app.services import action_facts, plan_pages, verification
from workflows.enums import Effectiveness, Efficacy

Record = Callable[..., Action]


@bp.route("/acciones/<int:action_id>/eficacia", methods=["GET", "POST"])
def efficacy(action_id: int) -> ResponseReturnValue:
    ctx = current_context()
    action = plan_pages.find_action(ctx, action_id, Permission.ACTION_RECORD_EFFICACY)
    form = EfficacyForm(data=_recorded(action.efficacy, action.efficacy_note))
    allowed = action_facts.facts(ctx, action).verifier_is_independent
    return _record(
        ctx,
        action,
        form,
        Efficacy,
        verification.record_efficacy,
        title=gettext("Registrar la eficacia"),
        lead=gettext("¿Se hizo lo que se prometió, en la fecha y con evidencia?"),
        refusal="" if allowed else gettext("No puede verificar quien ejecutó o reportó la acción."),
    )


@bp.route("/acciones/<int:action_id>/efectividad", methods=["GET", "POST"])
def effectiveness(action_id: int) -> ResponseReturnValue:
    ctx = current_context()
    action = plan_pages.find_action(ctx, action_id, Permission.ACTION_RECORD_EFFECTIVENESS)
    form = EffectivenessForm(data=_recorded(action.effectiveness, action.effectiveness_note))
    allowed = action_facts.facts(ctx, action).evaluator_is_other
    refusal = gettext("Debe evaluar una persona distinta de quien verificó la acción.")
    return _record(
        ctx,
        action,
        form,
        Effectiveness,
        verification.record_effectiveness,
        title=gettext("Registrar la efectividad"),
        lead=gettext("¿Se aplican los controles y la situación no se repitió?"),
        refusal="" if allowed else refusal,
    )


@bp.route("/acciones/<int:action_id>/resultado-del-ente", methods=["GET", "POST"])
def authority_result(action_id: int) -> ResponseReturnValue:
    ctx = current_context()
    action = plan_pages.find_action(ctx, action_id, Permission.ACTION_RECORD_AUTHORITY_RESULT)
    if not action.plan.source.is_external:
        raise NotFound
    form = AuthorityResultForm(data={"authority_result": action.authority_result})
    back, version, status = url_for(".action_show", action_id=action_id), action.version, 200
    if form.is_submitted():
        status, version = 422, form_version() or 0
        if form.validate():
            told = form.authority_result.data
            try:
                verification.record_authority_result(ctx, action_id, told, version=form_version())
            except Invalid as error:
                put_error(form, error)
            else:
                flash(gettext("Resultado registrado."), "success")
                return redirect(back, code=303)
    return small_form(
        form,
        title=gettext("Resultado del ente de control"),
        submit=gettext("Guardar el resultado"),
        back=back,
        version=version,
        status=status,
        crumbs=[(url_for(".actions"), gettext("Acciones")), (back, action.code)],
    )


def _recorded(result: StrEnum, note: str) -> dict[str, Any]:
    return {"result": "" if result.value == "no_evaluada" else result.value, "note": note}


def _record(
    ctx: Context,
    action: Action,
    form: ResultForm,
    enum: type[StrEnum],
    record: Record,
    **texts: str,
) -> ResponseReturnValue:
    action_id, version, status = action.id, action.version, 200
    if form.is_submitted():
        status, version = 422, form_version() or 0
        if form.validate():
            files = uploads(form.file.data)
            try:
                record(
                    ctx,
                    action_id,
                    enum(form["result"].data),
                    note=form.note.data,
                    file=files[0] if files else None,
                    version=form_version(),
                )
            except Invalid as error:
                put_error(form, error)
            else:
                flash(gettext("Resultado registrado."), "success")
                return redirect(url_for(".action_show", action_id=action_id), code=303)
    html = render_template(
        "actions/result.html",
        form=form,
        action=action,
        version=version,
        max_bytes=ctx.config.upload_max_bytes,
        **texts,
    )
    return html, status
