"""The list of audits, and opening or correcting one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app import labels
from app.blueprints.audits.blueprint import bp
from app.blueprints.audits.forms import AuditForm, ListFilters
from app.blueprints.audits.page import running_term
from app.blueprints.forms import pairs, put_error, whole
from app.blueprints.web import current_context, form_version
from app.context import Context
from app.errors import Difference, Invalid, StaleVersion
from app.models.audits import Audit
from app.permissions import authorize
from app.services import annual_plans, audit_lists, audits, submissions, universe
from app.services.transitions import load_for
from workflows.audit import AuditState
from workflows.enums import AuditLineType, OciRole

FILTERS = ("vigencia", "estado", "proceso", "lider")


@bp.get("/auditorias")
def index() -> ResponseReturnValue:
    ctx = current_context()
    form = _filters(audit_lists.filter_choices(ctx))
    asked = audit_lists.Filters(
        year=whole(request.args.get("vigencia")),
        state=_state(request.args.get("estado")),
        process_id=whole(request.args.get("proceso")),
        lead_id=whole(request.args.get("lider")),
    )
    page = audit_lists.index(ctx, asked, before=whole(request.args.get("antes")))
    return render_template(
        "audits/index.html",
        form=form,
        page=page,
        chips=_chips(form),
        pager=_pager(page),
        running_term=lambda audit: running_term(ctx, audit),
    )


def _filters(choices: audit_lists.FilterChoices) -> ListFilters:
    form = ListFilters()
    all_of_them = gettext("Todas")
    form.vigencia.choices = pairs(((y, y) for y in choices.years), all_of_them)
    form.estado.choices = pairs(
        ((state, labels.state_label("audit", state)) for state in AuditState), gettext("Todos")
    )
    form.proceso.choices = pairs(((p.id, p.name) for p in choices.processes), gettext("Todos"))
    form.lider.choices = pairs(((u.id, u.name) for u in choices.leads), gettext("Todos"))
    return form


def _state(text: str | None) -> AuditState | None:
    return AuditState(text) if text in set(AuditState) else None


def _asked() -> dict[str, str]:
    """The filters of the address that can be applied, as they came."""
    given = {name: request.args.get(name, "") for name in FILTERS}
    return {name: value for name, value in given.items() if READ[name](value) is not None}


def _chips(form: ListFilters) -> list[tuple[str, str]]:
    """What is applied, each with the address of the list without it."""
    asked, chips = _asked(), []
    for name, value in asked.items():
        field = form[name]
        text = (field.choices or {}).get(value, value)
        rest = {other: each for other, each in asked.items() if other != name}
        chips.append((f"{field.label.text}: {text}", _address(rest)))
    return chips


def _address(asked: Mapping[str, Any], **more: Any) -> str:
    return url_for(".index", **{**asked, **more})


def _pager(page: audit_lists.AuditPage) -> dict[str, str | None]:
    asked = _asked()
    more = _address(asked, antes=page.next_before) if page.next_before else None
    first = _address(asked) if request.args.get("antes") else None
    return {"next_url": more, "first_url": first}


READ: Mapping[str, Callable[[str], object]] = {
    "vigencia": whole,
    "estado": _state,
    "proceso": whole,
    "lider": whole,
}


@bp.get("/auditorias/nueva")
def new() -> ResponseReturnValue:
    ctx = current_context()
    authorize(ctx.actor, "audit.create")
    form = _with_choices(ctx, AuditForm(formdata=None))
    wanted = whole(request.args.get("plan"))
    if wanted is not None and str(wanted) in form.annual_plan_id.choices:
        form.annual_plan_id.data = str(wanted)
    unit = universe.find(ctx, whole(request.args.get("unidad")))
    if unit is not None and str(unit.id) in form.auditable_unit_id.choices:
        form.auditable_unit_id.data, form.process_id.data = str(unit.id), str(unit.process_id)
        form.title.data = gettext("Auditoría a %(name)s", name=unit.name)
    return _form_page(form)


@bp.post("/auditorias")
def create() -> ResponseReturnValue:
    ctx = current_context()
    authorize(ctx.actor, "audit.create")
    form = _with_choices(ctx, AuditForm())
    if not form.validate_on_submit():
        return _form_page(form), 422
    try:
        audit = audits.create(ctx, _data(form), key=request.form.get("idempotency_key", ""))
    except Invalid as error:
        put_error(form, error)
        return _form_page(_with_choices(ctx, form)), 422
    flash(gettext("Se creó la auditoría %(code)s.", code=audit.code), "success")
    return redirect(url_for(".show", audit_id=audit.id), code=303)


@bp.get("/auditorias/<int:audit_id>/editar")
def edit(audit_id: int) -> ResponseReturnValue:
    ctx = current_context()
    audit = load_for(ctx, Audit, audit_id, "audit.edit")
    form = AuditForm(
        formdata=None,
        obj=audit,
        data={
            "process_id": str(audit.process_id),
            "auditable_unit_id": str(audit.auditable_unit_id or ""),
            "annual_plan_id": str(audit.annual_plan_id or ""),
        },
    )
    return _form_page(_with_choices(ctx, form, audit), audit)


@bp.post("/auditorias/<int:audit_id>/editar")
def update(audit_id: int) -> ResponseReturnValue:
    ctx = current_context()
    audit = load_for(ctx, Audit, audit_id, "audit.edit")
    form = _with_choices(ctx, AuditForm(), audit)
    if not form.validate_on_submit():
        return _form_page(form, audit, form_version()), 422
    try:
        audits.edit(ctx, audit_id, _data(form), version=form_version())
    except StaleVersion as stale:
        audit = load_for(ctx, Audit, audit_id, "audit.edit")
        form = _with_choices(ctx, form, audit)
        return _form_page(form, audit, stale.params["actual"], stale.differences), 409
    except Invalid as error:
        put_error(form, error)
        audit = load_for(ctx, Audit, audit_id, "audit.edit")
        return _form_page(_with_choices(ctx, form, audit), audit, form_version()), 422
    flash(gettext("Se guardaron los datos de la auditoría."), "success")
    return redirect(url_for(".show", audit_id=audit_id), code=303)


def _with_choices(ctx: Context, form: AuditForm, audit: Audit | None = None) -> AuditForm:
    processes = audit_lists.active_processes(ctx)
    plans = annual_plans.open_plans(ctx)
    if audit is not None and audit.annual_plan is not None and audit.annual_plan not in plans:
        plans = [audit.annual_plan, *plans]
    form.process_id.choices = pairs(((p.id, p.name) for p in processes), gettext("Elija…"))
    units = universe.choices(ctx, kept=audit.auditable_unit if audit is not None else None)
    form.auditable_unit_id.choices = pairs(
        ((u.id, f"{u.process.name}: {u.name} ({u.code})") for u in units),
        gettext("Ninguna en particular"),
    )
    form.annual_plan_id.choices = pairs(
        ((p.id, gettext("%(year)s, edición %(n)s", year=p.year, n=p.edition)) for p in plans),
        gettext("Ninguno: es una auditoría especial"),
    )
    return form


def _data(form: AuditForm) -> audits.AuditData:
    return audits.AuditData(
        title=form.title.data,
        type=AuditLineType(form.type.data),
        oci_role=OciRole(form.oci_role.data),
        process_id=int(form.process_id.data),
        planned_start=form.planned_start.data,
        fieldwork_start=form.fieldwork_start.data,
        communication_start=form.communication_start.data,
        planned_end=form.planned_end.data,
        auditable_unit_id=whole(form.auditable_unit_id.data),
        annual_plan_id=whole(form.annual_plan_id.data),
        special_authorization=form.special_authorization.data,
    )


def _form_page(
    form: AuditForm,
    audit: Audit | None = None,
    version: int | None = None,
    differences: Sequence[Difference] | None = None,
) -> str:
    values: dict[str, Any] = {"key": request.form.get("idempotency_key") or submissions.new_key()}
    values["differences"] = differences
    if audit is not None:
        values["version"] = audit.version if version is None else version
    return render_template("audits/form.html", form=form, audit=audit, **values)
