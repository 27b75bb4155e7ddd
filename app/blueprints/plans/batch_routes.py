"""Several actions at once: extend, reassign, remind, export; a result for each."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app import labels
from app.blueprints.forms import Form, pairs, whole
from app.blueprints.plans.action_forms import BatchReminderForm, ExtensionForm, ResponsibleForm
from app.blueprints.plans.blueprint import bp
from app.blueprints.web import current_context
from app.context import Context
from app.errors import Blocked, Forbidden, NotFound, VigiaError
from app.models.plans import Action
from app.permissions import Permission, can
from app.services import action_batches, actions, portal_data, submissions
from app.services.action_batches import Outcome
from app.services.change_proposals import Proposal

FORMS: dict[str, type[Form]] = {
    "prorroga": ExtensionForm,
    "responsable": ResponsibleForm,
    "recordatorio": BatchReminderForm,
}
RIGHTS = {
    "prorroga": Permission.CHANGE_REQUEST_CREATE,
    "responsable": Permission.CHANGE_REQUEST_CREATE,
    "recordatorio": Permission.ACTION_REMIND,
}


@bp.route("/acciones/lote", methods=["GET", "POST"], endpoint="actions_batch")
def batch() -> ResponseReturnValue:
    ctx = current_context()
    chosen = action_batches.selected(ctx, _ids())
    offered = [name for name, right in RIGHTS.items() if _any(ctx, chosen, right)]
    asked = request.values.get("operacion", "")
    if request.method == "POST":
        if not chosen or asked not in RIGHTS:
            raise NotFound
        if asked not in offered:
            raise Forbidden(RIGHTS[asked])
    operation = asked if asked in offered else next(iter(offered), "")
    form = _form(ctx, operation, chosen) if operation else None
    outcomes: list[Outcome] = []
    status = 200
    key = request.form.get("idempotency_key") or submissions.new_key()
    if form is not None and form.is_submitted():
        status = 422
        if form.validate():
            outcomes = _do(ctx, operation, form, [action.id for action in chosen], key)
            status = 200
            chosen = action_batches.selected(ctx, _ids())
    html = render_template(
        "actions/batch.html",
        actions=chosen,
        form=form,
        operation=operation,
        tabs=_tabs(offered, operation, chosen),
        outcomes={outcome.action_id: outcome for outcome in outcomes},
        done=sum(outcome.error is None for outcome in outcomes),
        error_text=_error_text,
        key=key,
        export_url=url_for(".actions_batch_file", a=[action.id for action in chosen]),
    )
    return html, status


@bp.get("/acciones/lote.csv", endpoint="actions_batch_file")
def batch_file() -> ResponseReturnValue:
    ctx = current_context()
    chosen = action_batches.selected(ctx, _ids())
    if not chosen:
        raise NotFound
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(
        ["codigo", "plan", "proceso", "accion", "dependencia", "cargo", "inicio", "fin", "estado"]
    )
    for action in chosen:
        cells = [
            action.code,
            action.plan.code,
            action.process.name,
            action.description,
            action.responsible_unit.name if action.responsible_unit else "",
            action.responsible_position,
            action.start_date.isoformat() if action.start_date else "",
            action.end_date.isoformat() if action.end_date else "",
            labels.state_label("action", action.state),
        ]
        writer.writerow([portal_data.harmless(cell) for cell in cells])
    return Response(
        portal_data.BYTE_ORDER_MARK + out.getvalue(),
        mimetype="text/csv",
        headers={"Content-Disposition": 'attachment; filename="acciones.csv"'},
    )


def _ids() -> list[int]:
    """The chosen actions, of the form or of the address; what is no number chooses nothing."""
    found = [whole(value) for value in request.values.getlist("a")[: action_batches.MOST]]
    return [number for number in found if number is not None]


def _any(ctx: Context, chosen: Sequence[Action], right: Permission) -> bool:
    return any(can(ctx.actor, right, action) for action in chosen)


def _form(ctx: Context, operation: str, chosen: Sequence[Action]) -> Form:
    form = FORMS[operation]()
    if isinstance(form, ResponsibleForm):
        form.responsible_unit_id.choices = pairs(
            ((unit.id, unit.name) for unit in actions.units(ctx)), gettext("Elija…")
        )
        processes = {action.process_id: action.process for action in chosen}.values()
        people = {p.id: p.name for each in processes for p in actions.eligible_people(ctx, each)}
        form.executor_ids.choices = pairs(people.items())
    return form


def _do(ctx: Context, operation: str, form: Form, ids: list[int], key: str) -> list[Outcome]:
    if isinstance(form, ExtensionForm):
        return action_batches.extend(
            ctx, ids, end_date=form.end_date.data, reason=form.reason.data, key=key
        )
    if isinstance(form, ResponsibleForm):
        proposal = Proposal(
            responsible_unit_id=whole(form.responsible_unit_id.data),
            responsible_position=form.responsible_position.data,
            executor_ids=form.executor_ids.ids(),
        )
        return action_batches.reassign(
            ctx, ids, proposal=proposal, reason=form.reason.data, key=key
        )
    return action_batches.remind(ctx, ids, note=form["note"].data or "")


def _tabs(
    offered: list[str], operation: str, chosen: Sequence[Action]
) -> list[tuple[str, str, bool, None]]:
    names = {
        "prorroga": gettext("Pedir prórroga"),
        "responsable": gettext("Cambiar el responsable"),
        "recordatorio": gettext("Recordar"),
    }
    ids = [action.id for action in chosen]
    return [
        (url_for(".actions_batch", a=ids, operacion=name), names[name], name == operation, None)
        for name in offered
    ]


def _error_text(error: VigiaError) -> str:
    """Why a row was not done: each condition that is missing, or the error in a sentence."""
    if isinstance(error, Blocked):
        return " ".join(labels.guard_message(code, error.facts) for code in error.unmet)
    return labels.message(error.code, error.params)
