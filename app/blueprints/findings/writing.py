"""Writing a finding: new, of an oversight body, or corrected while nobody else has it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from app import labels
from app.blueprints.draft_forms import VERSION_FIELD, restore, version_of
from app.blueprints.findings import forms
from app.blueprints.findings.blueprint import bp
from app.blueprints.findings.wording import PARTS
from app.blueprints.forms import pairs, put_error, whole
from app.blueprints.web import current_context, form_version
from app.context import Context
from app.errors import Forbidden, Invalid, StaleVersion
from app.models.findings import Finding
from app.permissions import Permission, authorize
from app.services import finding_lists, finding_queries, finding_radar, findings, submissions
from app.services.finding_lists import Choices
from app.services.findings import DRAFT_FORM, FIELDS, SOURCE_FIELDS, TEXTS
from workflows import enums as e

IDS = ("norm_id", "process_id", "unit_id", "mipg_policy_id", "repeats_id")
ENUMS: dict[str, type[Any]] = {
    "type": e.FindingType,
    "severity": e.Severity,
    "meci_component": e.MeciComponent,
    "source": e.PlanSource,
}
NAMES = dict(PARTS) | {
    "type": _l("Tipo"),
    "severity": _l("Gravedad"),
    "norm_id": _l("Norma"),
    "process_id": _l("Proceso responsable"),
    "unit_id": _l("Dependencia"),
    "mipg_policy_id": _l("Política de MIPG"),
    "meci_component": _l("Componente del MECI"),
    "related_risk": _l("Riesgo relacionado"),
    "related_control": _l("Control que falló o que falta"),
    "incidences": _l("Incidencias que declaró el ente de control"),
    "fiscal_amount": _l("Cuantía de la incidencia fiscal, en pesos"),
    "repeats_id": _l("Repite un hallazgo anterior"),
    "source": _l("Ente de control"),
    "source_report": _l("Informe"),
    "source_report_date": _l("Fecha del informe"),
}


@bp.route("/hallazgos/nuevo", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Without an audit in the address: which one."""
    ctx = current_context()
    audit_id = whole(request.args.get("audit_id") or request.form.get("audit_id"))
    if audit_id is None:
        return _choose_audit(ctx)
    audit = finding_lists.writable_audit(ctx, audit_id)
    form = forms.FindingForm()
    _fill(ctx, form, None, audit.process_id)
    thing = f"audit-{audit.id}"
    if request.method == "GET":
        form.process_id.data = str(audit.process_id)
        restore(ctx, form, DRAFT_FORM, thing)
    elif _looks():
        return _page(form, thing, audit=audit, radar=_radar(ctx))
    elif form.validate_on_submit():
        try:
            finding = findings.create(ctx, audit.id, _values(form, FIELDS), key=_key())
        except Invalid as error:
            put_error(form, error)
        else:
            flash(gettext("El hallazgo %(code)s quedó en borrador.", code=finding.code), "success")
            return redirect(url_for(".show", finding_id=finding.id), code=303)
    return _page(form, thing, audit=audit), 422 if request.method == "POST" else 200


WRITERS = frozenset({e.Role.OCI_HEAD, e.Role.LEAD_AUDITOR, e.Role.AUDITOR})
"""Who may come to write a finding, though no audit of theirs is at that point now."""


def _choose_audit(ctx: Context) -> ResponseReturnValue:
    audits = finding_lists.writable_audits(ctx)
    if not audits and (request.method == "POST" or not ctx.actor.roles & WRITERS):
        raise Forbidden(Permission.FINDING_CREATE)
    status = 422 if request.method == "POST" else 200
    return render_template("findings/choose_audit.html", audits=audits), status


@bp.route("/hallazgos/externo", methods=["GET", "POST"])
def new_external() -> ResponseReturnValue:
    ctx = current_context()
    authorize(ctx.actor, Permission.FINDING_CREATE, Finding())
    form = forms.ExternalFindingForm()
    _fill(ctx, form, None, None)
    if request.method == "GET":
        restore(ctx, form, DRAFT_FORM, "external")
    elif _looks():
        return _page(form, "external", external=True, radar=_radar(ctx))
    elif form.validate_on_submit():
        try:
            values = _values(form, FIELDS + SOURCE_FIELDS)
            finding = findings.create_external(ctx, values, key=_key())
        except Invalid as error:
            put_error(form, error)
        else:
            flash(gettext("El hallazgo %(code)s quedó en borrador.", code=finding.code), "success")
            return redirect(url_for(".show", finding_id=finding.id), code=303)
    return _page(form, "external", external=True), 422 if request.method == "POST" else 200


@bp.route("/hallazgos/<int:finding_id>/editar", methods=["GET", "POST"])
def edit(finding_id: int) -> ResponseReturnValue:
    ctx = current_context()
    finding = finding_queries.find(ctx, finding_id)
    authorize(ctx.actor, Permission.FINDING_EDIT, finding)
    external = finding.audit_id is None
    form = _edit_form(ctx, finding, external=external)
    shown: dict[str, Any] = {"finding": finding, "audit": finding.audit, "external": external}
    if request.method == "GET":
        draft = restore(ctx, form, DRAFT_FORM, finding.id)
        version = version_of(draft, finding.version)
        return _page(form, str(finding.id), version=version, restored=draft is not None, **shown)
    version = form_version() or 0
    if _looks():
        radar = _radar(ctx, finding_id)
        return _page(form, str(finding_id), version=version, radar=radar, **shown)
    if form.validate_on_submit():
        names = FIELDS + SOURCE_FIELDS if external else FIELDS
        try:
            findings.edit(ctx, finding_id, version=version, values=_values(form, names))
        except Invalid as error:
            put_error(form, error)
        except StaleVersion as error:
            changes = _changes(form, error)
            html = _page(
                form, str(finding_id), version=error.params["actual"], changes=changes, **shown
            )
            return html, 409
        else:
            flash(gettext("Los cambios quedaron guardados."), "success")
            return redirect(url_for(".show", finding_id=finding_id), code=303)
    return _page(form, str(finding_id), version=version, **shown), 422


@bp.post("/hallazgos/parecidos")
def similar() -> ResponseReturnValue:
    """A piece of the page, for who writes: what is found is what he may read anyway."""
    ctx = current_context()
    finding_id = whole(request.args.get("de"))
    if finding_id is not None:
        finding = finding_queries.find(ctx, finding_id)
        authorize(ctx.actor, Permission.FINDING_EDIT, finding)
    elif not finding_lists.may_write(ctx):
        raise Forbidden(Permission.FINDING_CREATE)
    return render_template("findings/_similar.html", radar=_radar(ctx, finding_id))


def _looks() -> bool:
    """Whether the form came to see what is similar, not to be saved."""
    return request.form.get("action") == "similar"


def _radar(ctx: Context, finding_id: int | None = None) -> finding_radar.Radar:
    texts = [request.form.get(name, "") for name in ("title", "condition", "criterion", "cause")]
    return finding_radar.similar(ctx, texts, finding_id=finding_id)


def _edit_form(ctx: Context, finding: Finding, *, external: bool) -> forms.FindingForm:
    form_type = forms.ExternalFindingForm if external else forms.FindingForm
    present = {name: getattr(finding, name) for name in FIELDS + SOURCE_FIELDS}
    for name in (*IDS, *ENUMS):
        value = present[name]
        present[name] = "" if value is None else str(value)
    form = form_type(data=present)
    _fill(ctx, form, finding, finding.process_id)
    return form


# ------------------------------------------------------------------ choices, values, page


def _fill(
    ctx: Context, form: forms.FindingForm, finding: Finding | None, process_id: int | None
) -> None:
    """The rows that the selects offer."""
    offered: Choices = finding_lists.form_choices(ctx, finding, process_id)
    none = _l("Ninguna")
    form.process_id.choices = pairs(((r.id, r.name) for r in offered.processes), _l("Elija…"))
    form.unit_id.choices = pairs(((r.id, r.name) for r in offered.units), none)
    form.norm_id.choices = pairs(((r.id, r.name) for r in offered.norms), none)
    form.mipg_policy_id.choices = pairs(((r.id, r.name) for r in offered.policies), none)
    rows = ((r.id, f"{r.code} · {r.title}") for r in offered.earlier)
    form.repeats_id.choices = pairs(rows, _l("Ninguno"))
    if isinstance(form, forms.ExternalFindingForm):
        form.source.choices = forms.source_choices()


def _values(form: forms.FindingForm, names: tuple[str, ...]) -> dict[str, Any]:
    """What was typed, as the service takes it."""
    values: dict[str, Any] = {}
    for name in names:
        raw = form[name].data
        if name in IDS:
            values[name] = whole(raw)
        elif name in ENUMS:
            values[name] = ENUMS[name](raw) if raw else None
        else:
            values[name] = raw
    return values


def _key() -> str:
    return request.form.get("idempotency_key", "")


def _changes(form: forms.FindingForm, error: StaleVersion) -> list[dict[str, str]]:
    """What somebody else wrote meanwhile, beside what this person typed, in words."""
    return [
        {
            "label": str(NAMES[each.field]),
            "theirs": _words(form, each.field, each.theirs),
            "yours": _words(form, each.field, each.yours),
        }
        for each in error.differences
        if each.field in NAMES
    ]


def _words(form: forms.FindingForm, name: str, value: str) -> str:
    if name in TEXTS or not value:
        return value
    if name in ENUMS:
        return labels.label(ENUMS[name](value))
    choices = getattr(form[name], "choices", None)
    return str(dict(choices).get(value, value)) if choices else value


def _page(form: forms.FindingForm, thing: str, **shown: Any) -> str:
    return render_template(
        "findings/form.html",
        form=form,
        draft_url=f"/borradores/{DRAFT_FORM}/{thing}",
        version_field=VERSION_FIELD,
        idempotency_key=_key() or submissions.new_key(),
        **{
            "finding": None,
            "audit": None,
            "external": False,
            "changes": (),
            "radar": None,
            **shown,
        },
    )
