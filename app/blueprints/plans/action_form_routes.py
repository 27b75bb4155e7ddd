"""Actions: the list, and the form with which they are written."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.blueprints.draft_forms import restore, version_of
from app.blueprints.forms import pairs, put_error, whole
from app.blueprints.plans import views
from app.blueprints.plans.action_forms import ActionFilters, ActionForm
from app.blueprints.plans.blueprint import bp
from app.blueprints.plans.pages import chips, pager, plan_crumbs
from app.blueprints.web import current_context, form_version
from app.context import Context
from app.errors import Invalid, StaleVersion
from app.models.plans import Action, Plan, PlanFinding
from app.services import action_lists, actions, plan_pages, submissions
from app.services.actions import ActionData
from workflows.action import ActionState
from workflows.enums import ActionFlag, ActionType

CAUSE_LENGTH = 120


@bp.get("/acciones", endpoint="actions")
def index() -> ResponseReturnValue:
    ctx = current_context()
    form = ActionFilters()
    everything = gettext("Todos")
    form.proceso.choices = pairs(((p.id, p.name) for p in action_lists.processes(ctx)), everything)
    form.dependencia.choices = pairs(
        ((u.id, u.name) for u in action_lists.units(ctx)), gettext("Todas")
    )
    if not form.validate():
        return redirect(url_for(".actions"), code=303)
    filters = action_lists.Filters(
        state=ActionState(form.estado.data) if form.estado.data else None,
        flag=ActionFlag(form.plazo.data) if form.plazo.data else None,
        process_id=whole(form.proceso.data),
        unit_id=whole(form.dependencia.data),
        mine=form.mias.data,
    )
    page = action_lists.page(ctx, filters, action_lists.Cursor.parse(request.args.get("after", "")))
    return render_template(
        "actions/index.html",
        form=form,
        page=page,
        chips=chips(form, ".actions"),
        pager=pager(form, ".actions", after=page.next_cursor),
        chip=lambda row: views.action_chip(row.action, row.flags, ctx.today()),
    )


# ------------------------------------------------------------------ writing an action


@bp.route("/planes/<int:plan_id>/acciones/nueva", methods=["GET", "POST"])
def action_new(plan_id: int) -> ResponseReturnValue:
    ctx = current_context()
    made = submissions.earlier(ctx, request.form.get("idempotency_key", ""))
    if made is not None:
        return redirect(url_for(".show", plan_id=plan_id, _anchor=f"a{made}"), code=303)
    replaces_id = whole(request.args.get("reemplaza"))
    finding_id = whole(request.args.get("hallazgo")) or 0
    plan, item = actions.writable(ctx, plan_id, finding_id, replaces_id)
    replaced = plan_pages.readable_action(ctx, replaces_id)
    form = ActionForm(data=_inherited(replaced))
    _fill_choices(ctx, form, plan, item, None)
    key = request.form.get("idempotency_key") or submissions.new_key()
    thing = actions.draft_of(plan_id, finding_id, replaces_id)
    draft = None if form.is_submitted() else restore(ctx, form, actions.DRAFT_FORM, thing)
    status = 200
    if form.is_submitted():
        status = 422
        if form.validate():
            try:
                action = actions.create(
                    ctx, plan_id, finding_id, _data(form), replaces_id=replaces_id, key=key
                )
            except Invalid as error:
                put_error(form, error)
            else:
                flash(gettext("Acción guardada."), "success")
                return redirect(_row_of(plan_id, action.id), code=303)
    page = _page(form, plan, item, thing, replaced=replaced, key=key, draft=draft)
    return page, status


def _row_of(plan_id: int, action_id: int) -> str:
    """The action's row in its plan."""
    return str(url_for(".show", plan_id=plan_id, _anchor=f"a{action_id}"))


def _page(form: ActionForm, plan: Plan, item: PlanFinding, thing: object, **values: Any) -> str:
    blank = {"action": None, "replaced": None, "key": "", "version": None}
    blank |= {"draft": None, "differences": None}
    html = render_template(
        "actions/form.html",
        **{**blank, **values},
        form=form,
        plan=plan,
        item=item,
        draft_form=actions.DRAFT_FORM,
        thing=thing,
        crumbs=plan_crumbs(plan),
    )
    return str(html)


def _inherited(replaced: Action | None) -> dict[str, Any] | None:
    """A successor begins with who answered for what it replaces; the rest is to be thought anew."""
    if replaced is None:
        return None
    return {
        "type": replaced.type.value,
        "responsible_unit_id": str(replaced.responsible_unit_id or ""),
        "responsible_position": replaced.responsible_position,
        "unit_of_measure": replaced.unit_of_measure,
        "executor_ids": [str(user.id) for user in replaced.executors],
    }


def _fill_choices(
    ctx: Context, form: ActionForm, plan: Plan, item: PlanFinding, action: Action | None
) -> None:
    """Causes of the finding, units of the entity, and people of the process."""
    causes = [cause for cause in item.causes if cause.removed_at is None]
    blank = gettext("Todavía no")
    form.root_cause_id.choices = pairs(((c.id, c.text[:CAUSE_LENGTH]) for c in causes), blank)
    units = [(unit.id, unit.name) for unit in actions.units(ctx)]
    if action is not None and action.responsible_unit is not None:
        unit = action.responsible_unit  # shown even when it was closed meanwhile
        if unit.id not in dict(units):
            units.append((unit.id, unit.name))
    form.responsible_unit_id.choices = pairs(units, blank)
    people = actions.eligible_people(ctx, plan.process)
    form.executor_ids.choices = pairs((p.id, _named(p.name, p.position)) for p in people)


def _named(name: str, position: str) -> str:
    return f"{name}, {position}" if position else name


def _data(form: ActionForm) -> ActionData:
    return ActionData(
        type=ActionType(form.type.data),
        description=form.description.data,
        objective=form.objective.data,
        root_cause_id=whole(form.root_cause_id.data),
        indicator_name=form.indicator_name.data,
        indicator_formula=form.indicator_formula.data,
        unit_of_measure=form.unit_of_measure.data,
        target_quantity=form.target_quantity.data,
        start_date=form.start_date.data,
        end_date=form.end_date.data,
        responsible_unit_id=whole(form.responsible_unit_id.data),
        responsible_position=form.responsible_position.data,
        executor_ids=form.executor_ids.ids(),
        expected_evidence=form.expected_evidence.data,
        resources=form.resources.data,
    )


@bp.route("/acciones/<int:action_id>/editar", methods=["GET", "POST"])
def action_edit(action_id: int) -> ResponseReturnValue:
    ctx = current_context()
    action = actions.editable(ctx, action_id)
    plan, item = actions.place(ctx, action)
    form = ActionForm(data=_written(action))
    _fill_choices(ctx, form, plan, item, action)
    values: dict[str, Any] = {"action": action}
    status = 200
    if not form.is_submitted():
        draft = restore(ctx, form, actions.DRAFT_FORM, action_id)
        values |= {"draft": draft, "version": version_of(draft, action.version)}
    elif not form.validate():
        status, values["version"] = 422, form_version()
    else:
        try:
            actions.edit(ctx, action_id, _data(form), version=form_version())
        except Invalid as error:
            put_error(form, error)
            status, values["version"] = 422, form_version()
        except StaleVersion as stale:
            status, values["version"] = 409, stale.params["actual"]
            values["differences"] = stale.differences
        else:
            flash(gettext("Acción guardada."), "success")
            return redirect(_row_of(action.plan_id, action_id), code=303)
    return _page(form, plan, item, action_id, **values), status


def _written(action: Action) -> dict[str, Any]:
    """The fields of an action as its form shows them."""
    values = {name: getattr(action, name) for name in actions.ROW_FIELDS}
    for name in ("root_cause_id", "responsible_unit_id"):
        values[name] = str(values[name] or "")
    values["type"] = action.type.value
    return values | {"executor_ids": [str(user.id) for user in action.executors]}
