"""Several actions or several plans at once: what may be asked of them, and their files."""

from __future__ import annotations

from collections.abc import Sequence

from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from app import labels
from app.blueprints.batches import Batch, Operation, day_cell, reminder
from app.blueprints.forms import pairs, whole
from app.blueprints.plans.action_forms import ExtensionForm, ResponsibleForm
from app.blueprints.plans.blueprint import bp
from app.context import Context
from app.models.plans import Action
from app.permissions import Permission
from app.services import action_batches, actions, batch_reminders, plan_lists
from app.services.batches import Outcome
from app.services.change_proposals import Proposal

EACH_APART = _l("Se presenta una solicitud de cambio por cada acción; cada una se decide aparte.")
SEND = _l("Enviar las solicitudes")


def _extend(ctx: Context, form: ExtensionForm, rows: Sequence[Action], key: str) -> list[Outcome]:
    ids = [row.id for row in rows]
    return action_batches.extend(
        ctx, ids, end_date=form.end_date.data, reason=form.reason.data, key=key
    )


def _reassign(
    ctx: Context, form: ResponsibleForm, rows: Sequence[Action], key: str
) -> list[Outcome]:
    proposal = Proposal(
        responsible_unit_id=whole(form.responsible_unit_id.data),
        responsible_position=form.responsible_position.data,
        executor_ids=form.executor_ids.ids(),
    )
    ids = [row.id for row in rows]
    return action_batches.reassign(ctx, ids, proposal=proposal, reason=form.reason.data, key=key)


def _people(ctx: Context, form: ResponsibleForm, rows: Sequence[Action]) -> None:
    form.responsible_unit_id.choices = pairs(
        ((unit.id, unit.name) for unit in actions.units(ctx)), gettext("Elija…")
    )
    processes = {action.process_id: action.process for action in rows}.values()
    people = {p.id: p.name for each in processes for p in actions.eligible_people(ctx, each)}
    form.executor_ids.choices = pairs(people.items())


ACTIONS = Batch(
    endpoint="plans.actions_batch",
    template="actions/batch.html",
    selected=action_batches.selected,
    operations={
        "prorroga": Operation(
            permission=Permission.CHANGE_REQUEST_CREATE,
            label=_l("Pedir prórroga"),
            button=SEND,
            hint=EACH_APART,
            do=_extend,
            form=ExtensionForm,
        ),
        "responsable": Operation(
            permission=Permission.CHANGE_REQUEST_CREATE,
            label=_l("Cambiar el responsable"),
            button=SEND,
            hint=EACH_APART,
            do=_reassign,
            form=ResponsibleForm,
            prepare=_people,
        ),
        "recordatorio": reminder(
            Permission.ACTION_REMIND,
            batch_reminders.actions,
            _l(
                "Se dirá en el próximo resumen diario al líder del proceso y a quienes ejecutan"
                " cada acción, una vez al día."
            ),
        ),
    },
    columns=(
        ("codigo", lambda action: action.code),
        ("plan", lambda action: action.plan.code),
        ("proceso", lambda action: action.process.name),
        ("accion", lambda action: action.description),
        (
            "dependencia",
            lambda action: action.responsible_unit.name if action.responsible_unit else "",
        ),
        ("cargo", lambda action: action.responsible_position),
        ("inicio", lambda action: day_cell(action.start_date)),
        ("fin", lambda action: day_cell(action.end_date)),
        ("estado", lambda action: labels.state_label("action", action.state)),
    ),
)
PLANS = Batch(
    endpoint="plans.plans_batch",
    template="plans/batch.html",
    selected=plan_lists.selected,
    operations={
        "recordatorio": reminder(
            Permission.PLAN_REMIND,
            batch_reminders.plans,
            _l(
                "Se dirá en el próximo resumen diario a quien debe dar el paso siguiente de cada"
                " plan, una vez al día."
            ),
        ),
    },
    columns=(
        ("codigo", lambda plan: plan.code),
        ("titulo", lambda plan: plan.title),
        ("proceso", lambda plan: plan.process.name),
        ("origen", lambda plan: labels.label(plan.source)),
        ("presentacion", lambda plan: day_cell(plan.due_on)),
        ("dias_habiles_tarde", lambda plan: plan.late_by_days or 0),
        ("estado", lambda plan: labels.state_label("plan", plan.state)),
    ),
)


@bp.route("/acciones/lote", methods=["GET", "POST"])
def actions_batch() -> ResponseReturnValue:
    return ACTIONS.page()


@bp.get("/acciones/lote.csv")
def actions_batch_file() -> ResponseReturnValue:
    return ACTIONS.file("acciones.csv")


@bp.route("/planes/lote", methods=["GET", "POST"])
def plans_batch() -> ResponseReturnValue:
    return PLANS.page()


@bp.get("/planes/lote.csv")
def plans_batch_file() -> ResponseReturnValue:
    return PLANS.file("planes.csv")
