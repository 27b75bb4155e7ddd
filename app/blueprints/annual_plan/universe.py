"""The audit universe: its list, one unit with its audits, and what changes in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf import FlaskForm

from app import labels
from app.blueprints import histories
from app.blueprints.annual_plan.blueprint import bp
from app.blueprints.annual_plan.forms import ReasonForm
from app.blueprints.annual_plan.universe_forms import NewUnitForm, UnitForm, UniverseFilters
from app.blueprints.forms import Choice, pairs, put_error, whole
from app.blueprints.web import current_context, form_version
from app.context import Context
from app.errors import Difference, Invalid, StaleVersion
from app.models.universe import AuditableUnit
from app.permissions import Permission, authorize, can
from app.services import actions, audit_lists, priority_matrix, submissions, trail, universe
from app.services.transitions import load_for
from workflows.enums import AuditableUnitKind


@bp.get("/plan-anual/universo", endpoint="universe")
def index() -> ResponseReturnValue:
    ctx = current_context()
    authorize(ctx.actor, Permission.AUDITABLE_UNIT_READ)
    form = _filters(ctx)
    page = universe.index(ctx, _asked(form), after=_after())
    return render_template(
        "annual_plan/universe.html",
        page=page,
        form=form,
        chips=_chips(form),
        pager=_pager(form, page),
        years=priority_matrix.years(ctx),
    )


def _filters(ctx: Context) -> UniverseFilters:
    form = UniverseFilters()
    form.clase.choices = pairs(labels.choices(AuditableUnitKind), gettext("Todas"))
    processes = audit_lists.active_processes(ctx)
    form.proceso.choices = pairs(((p.id, p.name) for p in processes), gettext("Todos"))
    form.validate()  # what cannot be text is no filter
    return form


def _asked(form: UniverseFilters) -> universe.Filters:
    kind = form.clase.data
    return universe.Filters(
        text="" if form.q.errors else (form.q.data or ""),
        kind=AuditableUnitKind(kind) if kind in set(AuditableUnitKind) else None,
        process_id=whole(form.proceso.data),
        with_retired=bool(form.retiradas.data),
    )


def _after() -> str | None:
    """The code after which the page begins; what cannot be a code is none."""
    code = request.args.get("despues", "")
    return code if code and code.isprintable() else None


def _applied(form: UniverseFilters) -> dict[str, str]:
    """What the address asks and can be applied, by filter."""
    asked = _asked(form)
    given = {
        "q": asked.text,
        "clase": asked.kind or "",
        "proceso": str(asked.process_id or ""),
        "retiradas": "1" if asked.with_retired else "",
    }
    return {name: str(value) for name, value in given.items() if value}


def _chips(form: UniverseFilters) -> list[tuple[str, str]]:
    """What is applied, each with the address of the list without it."""
    applied, chips = _applied(form), []
    for name, value in applied.items():
        field = form[name]
        offered = field.choices if isinstance(field, Choice) else None
        said = offered.get(value, value) if isinstance(offered, dict) else value
        text = field.label.text if name == "retiradas" else f"{field.label.text}: {said}"
        rest = {other: each for other, each in applied.items() if other != name}
        chips.append((text, _address(rest)))
    return chips


def _address(asked: dict[str, Any]) -> str:
    return url_for(".universe", **asked)


def _pager(form: UniverseFilters, page: universe.Page) -> dict[str, str | None]:
    asked = _applied(form)
    return {
        "next_url": _address({**asked, "despues": page.next_after}) if page.next_after else None,
        "first_url": _address(asked) if request.args.get("despues") else None,
    }


# ------------------------------------------------------------------ one unit


@bp.get("/plan-anual/universo/<int:unit_id>", endpoint="unit")
def show(unit_id: int) -> ResponseReturnValue:
    return _page(current_context(), unit_id)


def _page(ctx: Context, unit_id: int, rejected: FlaskForm | None = None) -> str:
    view = universe.view(ctx, unit_id)
    return render_template(
        "annual_plan/unit.html",
        view=view,
        unit=view.unit,
        form=rejected or ReasonForm(formdata=None),
        is_rejected=rejected is not None,
        may_edit=can(ctx.actor, Permission.AUDITABLE_UNIT_EDIT, view.unit),
        may_retire=can(ctx.actor, Permission.AUDITABLE_UNIT_RETIRE, view.unit),
        history=histories.entries(trail.history(ctx, [view.unit.ref])),
    )


@bp.get("/plan-anual/universo/nueva", endpoint="new_unit")
def new() -> ResponseReturnValue:
    ctx = current_context()
    authorize(ctx.actor, Permission.AUDITABLE_UNIT_CREATE)
    return _form_page(ctx, NewUnitForm(formdata=None))


@bp.post("/plan-anual/universo/nueva", endpoint="create_unit")
def create() -> ResponseReturnValue:
    ctx = current_context()
    authorize(ctx.actor, Permission.AUDITABLE_UNIT_CREATE)
    form = _offered(ctx, NewUnitForm())
    if not form.validate_on_submit():
        return _form_page(ctx, form), 422
    try:
        key = request.form.get("idempotency_key", "")
        unit = universe.create(ctx, _data(form, form.code.data), key=key)
    except Invalid as error:
        put_error(form, error)
        return _form_page(ctx, form), 422
    flash(gettext("%(code)s ya está en el universo de auditoría.", code=unit.code), "success")
    return redirect(url_for(".unit", unit_id=unit.id), code=303)


@bp.get("/plan-anual/universo/<int:unit_id>/editar", endpoint="edit_unit")
def edit(unit_id: int) -> ResponseReturnValue:
    ctx = current_context()
    unit = load_for(ctx, AuditableUnit, unit_id, Permission.AUDITABLE_UNIT_EDIT)
    told = {name: str(getattr(unit, name) or "") for name in ("process_id", "unit_id")}
    return _form_page(ctx, UnitForm(formdata=None, obj=unit, data=told), unit, unit.version)


@bp.post("/plan-anual/universo/<int:unit_id>/editar", endpoint="update_unit")
def update(unit_id: int) -> ResponseReturnValue:
    ctx = current_context()
    unit = load_for(ctx, AuditableUnit, unit_id, Permission.AUDITABLE_UNIT_EDIT)
    form = _offered(ctx, UnitForm(), unit)
    if not form.validate_on_submit():
        return _form_page(ctx, form, unit, form_version()), 422
    try:
        universe.edit(ctx, unit_id, _data(form, unit.code), version=form_version())
    except (Invalid, StaleVersion) as error:
        unit = load_for(ctx, AuditableUnit, unit_id, Permission.AUDITABLE_UNIT_EDIT)
        if isinstance(error, StaleVersion):
            return _form_page(ctx, form, unit, unit.version, error.differences), 409
        put_error(form, error)
        return _form_page(ctx, form, unit, form_version()), 422
    flash(gettext("Se guardó la unidad auditable."), "success")
    return redirect(url_for(".unit", unit_id=unit_id), code=303)


def _offered(
    ctx: Context, form: UnitForm | NewUnitForm, unit: AuditableUnit | None = None
) -> UnitForm | NewUnitForm:
    processes = {p.id: p.name for p in audit_lists.active_processes(ctx)}
    if unit is not None:
        processes.setdefault(unit.process_id, unit.process.name)
    form.process_id.choices = pairs(processes.items(), gettext("Elija…"))
    units = {each.id: each.name for each in actions.units(ctx)}
    if unit is not None and unit.unit is not None:
        units.setdefault(unit.unit.id, unit.unit.name)
    form.unit_id.choices = pairs(units.items(), gettext("Ninguna en particular"))
    return form


def _data(form: UnitForm, code: str) -> universe.UnitData:
    return universe.UnitData(
        code=code,
        name=form.name.data,
        kind=AuditableUnitKind(form.kind.data),
        process_id=int(form.process_id.data),
        unit_id=whole(form.unit_id.data),
        description=form.description.data,
        last_audited_on=form.last_audited_on.data,
    )


def _form_page(
    ctx: Context,
    form: UnitForm,
    unit: AuditableUnit | None = None,
    version: int | None = None,
    differences: Sequence[Difference] | None = None,
) -> str:
    values: dict[str, Any] = {"form": _offered(ctx, form, unit), "unit": unit}
    return render_template(
        "annual_plan/unit_form.html",
        **values,
        version=version,
        differences=differences,
        key=request.form.get("idempotency_key") or submissions.new_key(),
    )


@bp.post("/plan-anual/universo/<int:unit_id>/retiro", endpoint="retire_unit")
def retire(unit_id: int) -> ResponseReturnValue:
    ctx = current_context()
    load_for(ctx, AuditableUnit, unit_id, Permission.AUDITABLE_UNIT_RETIRE)
    form = ReasonForm()
    if not form.validate_on_submit():
        return _page(ctx, unit_id, form), 422
    try:
        universe.retire(ctx, unit_id, reason=form.reason.data or "", version=form_version())
    except Invalid as error:
        put_error(form, error)
        return _page(ctx, unit_id, form), 422
    flash(gettext("La unidad salió del universo de auditoría."), "success")
    return redirect(url_for(".unit", unit_id=unit_id), code=303)


@bp.post("/plan-anual/universo/<int:unit_id>/regreso", endpoint="restore_unit")
def restore(unit_id: int) -> ResponseReturnValue:
    ctx = current_context()
    load_for(ctx, AuditableUnit, unit_id, Permission.AUDITABLE_UNIT_RETIRE)
    universe.restore(ctx, unit_id, version=form_version())
    flash(gettext("La unidad regresó al universo de auditoría."), "success")
    return redirect(url_for(".unit", unit_id=unit_id), code=303)
