"""Activities of an action: written on small pages of their own, listed on the action's."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.blueprints.forms import Form, put_error
from app.blueprints.plans.action_forms import ActivityAdvanceForm, ActivityForm
from app.blueprints.plans.blueprint import bp
from app.blueprints.plans.pages import small_form
from app.blueprints.web import current_context, form_version
from app.errors import Invalid
from app.models.plans import Action
from app.permissions import Permission
from app.services import actions, activities
from app.services.activities import ActivityData


def _data(form: ActivityForm) -> ActivityData:
    return ActivityData(
        description=form.description.data or "",
        unit_of_measure=form.unit_of_measure.data or "",
        target_quantity=form.target_quantity.data,
        start_date=form.start_date.data,
        end_date=form.end_date.data,
        responsible=form.responsible.data or "",
    )


def _page(
    form: Form,
    action: Action,
    title: str,
    work: Callable[[], object],
    *,
    done: str,
    version: int | None = None,
) -> ResponseReturnValue:
    """Show the small form; when it was sent, do the work and go back to the action."""
    back = url_for(".action_show", action_id=action.id, _anchor="actividades")
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                work()
            except Invalid as error:
                put_error(form, error)
            else:
                flash(done, "success")
                return redirect(back, code=303)
    crumbs: list[tuple[str | None, str]] = [
        (url_for(".actions"), gettext("Acciones")),
        (url_for(".action_show", action_id=action.id), action.code),
    ]
    return small_form(
        form,
        title=title,
        submit=gettext("Guardar"),
        back=back,
        crumbs=crumbs,
        version=version,
        status=status,
    )


@bp.route("/acciones/<int:action_id>/actividades/nueva", methods=["GET", "POST"])
def activity_new(action_id: int) -> ResponseReturnValue:
    ctx = current_context()
    action = actions.editable(ctx, action_id)
    form = ActivityForm()
    return _page(
        form,
        action,
        gettext("Agregar una actividad"),
        lambda: activities.add(ctx, action_id, _data(form)),
        done=gettext("Actividad guardada."),
    )


@bp.route("/actividades/<int:activity_id>/editar", methods=["GET", "POST"])
def activity_edit(activity_id: int) -> ResponseReturnValue:
    ctx = current_context()
    activity, action = activities.editable(ctx, activity_id, Permission.ACTION_EDIT)
    form = ActivityForm(obj=activity)
    return _page(
        form,
        action,
        gettext("Actividad %(number)s", number=activity.number),
        lambda: activities.edit(ctx, activity_id, _data(form), version=form_version()),
        done=gettext("Actividad guardada."),
        version=form_version() or activity.version,
    )


@bp.route("/actividades/<int:activity_id>/avance", methods=["GET", "POST"])
def activity_advance(activity_id: int) -> ResponseReturnValue:
    ctx = current_context()
    activity, action = activities.editable(ctx, activity_id, Permission.ACTION_REPORT_PROGRESS)
    form = ActivityAdvanceForm(obj=activity)

    def work() -> object:
        done = form.done_quantity.data
        return activities.advance(ctx, activity_id, done=done, version=form_version())

    return _page(
        form,
        action,
        gettext("Lo hecho de la actividad %(number)s", number=activity.number),
        work,
        done=gettext("Quedó registrado lo hecho hasta hoy."),
        version=form_version() or activity.version,
    )


@bp.post("/actividades/<int:activity_id>/retiro")
def activity_remove(activity_id: int) -> ResponseReturnValue:
    activity = activities.remove(current_context(), activity_id, version=form_version())
    flash(gettext("La actividad se retiró de la acción."), "success")
    return redirect(
        url_for(".action_show", action_id=activity.action_id, _anchor="actividades"), code=303
    )
