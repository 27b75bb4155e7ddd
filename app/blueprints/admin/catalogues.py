"""Pages of the catalogues: one list and one form for each."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.blueprints.admin import bp
from app.blueprints.admin.forms import (
    DISPOSITIONS,
    FORMS,
    TERM_AMOUNTS,
    TERM_KINDS,
    TITLES,
    CatalogueFilter,
    people_pairs,
    with_code,
)
from app.blueprints.forms import Form, pairs, put_error, whole
from app.blueprints.web import current_context, form_version
from app.errors import Invalid, NotFound
from app.filters import number_es
from app.labels_trail import thing_name
from app.models.org import TermRule
from app.services import admin_catalogues, due_preview
from app.services.due_preview import Shift
from app.services.terms import TermKind
from workflows.enums import Disposition, NormStatus, ProcessType, Role

WHOLE_NUMBERS = ("parent_id", "unit_id", "dimension_id", "head_id", "leader_id")
ENUMS: dict[tuple[str, str], Any] = {
    ("procesos", "type"): ProcessType,
    ("normas", "status"): NormStatus,
    ("series-documentales", "disposition"): Disposition,
}


@bp.get("/admin/catalogos/<slug>")
def catalogue(slug: str) -> ResponseReturnValue:
    ctx = current_context()
    form = CatalogueFilter()
    page = admin_catalogues.page(
        ctx, slug, text=form.q.data or "", after=whole(request.args.get("after"))
    )
    q = form.q.data or None
    spec = admin_catalogues.catalogue(slug)
    return render_template(
        "admin/catalogue.html",
        slug=slug,
        titles=TITLES[slug],
        page=page,
        form=form,
        can_add=spec.can_add and not (spec.single and page.rows),
        next_url=url_for(".catalogue", slug=slug, q=q, after=page.next_id)
        if page.next_id
        else None,
        first_url=url_for(".catalogue", slug=slug) if request.args.get("after") else None,
        term_amount=_term_amount,
        dispositions={k.value: v for k, v in DISPOSITIONS.items()},
    )


@bp.get("/admin/catalogos/<slug>/nuevo")
def new_row(slug: str) -> ResponseReturnValue:
    form = _new_form(slug)
    if hasattr(form, "active"):
        form.active.data = True
    return _row_page(slug, form, None)


@bp.post("/admin/catalogos/<slug>/nuevo")
def add_row(slug: str) -> ResponseReturnValue:
    form = _new_form(slug)
    _offer(form, None)
    if not form.validate_on_submit():
        return _row_page(slug, form, None), 422
    if (shifts := _unseen_shifts(slug, None, form)) is not None:
        return _preview_page(slug, form, None, shifts)
    try:
        admin_catalogues.add(current_context(), slug, _values(slug, form))
    except Invalid as error:
        put_error(form, error)
        return _row_page(slug, form, None), 422
    flash(_("Quedó guardado."), "success")
    return redirect(url_for(".catalogue", slug=slug), code=303)


def _new_form(slug: str) -> Any:
    spec = admin_catalogues.catalogue(slug)
    if not spec.can_add:
        raise NotFound
    kind = with_code(FORMS[slug]) if hasattr(spec.model, "code") else FORMS[slug]
    return kind() if request.method == "POST" else kind(formdata=None)


@bp.get("/admin/catalogos/<slug>/<int:row_id>")
def row(slug: str, row_id: int) -> ResponseReturnValue:
    found = admin_catalogues.row(current_context(), slug, row_id)
    return _row_page(slug, _filled(slug, found), found)


@bp.post("/admin/catalogos/<slug>/<int:row_id>")
def edit_row(slug: str, row_id: int) -> ResponseReturnValue:
    ctx = current_context()
    found = admin_catalogues.row(ctx, slug, row_id)
    form = FORMS[slug]()
    _offer(form, found)
    if not form.validate_on_submit():
        return _row_page(slug, form, found), 422
    if (shifts := _unseen_shifts(slug, row_id, form)) is not None:
        return _preview_page(slug, form, found, shifts)
    try:
        admin_catalogues.edit(ctx, slug, row_id, _values(slug, form), version=form_version())
    except Invalid as error:
        put_error(form, error)
        return _row_page(slug, form, found), 422
    flash(_("Quedó guardado."), "success")
    return redirect(url_for(".catalogue", slug=slug), code=303)


def _unseen_shifts(slug: str, row_id: int | None, form: Any) -> tuple[Shift, ...] | None:
    """The due dates that saving would move and of which the page has not told yet."""
    if "confirmed" in request.form:
        return None
    shifts = due_preview.preview(current_context(), slug, row_id, _values(slug, form))
    return shifts or None


def _preview_page(slug: str, form: Any, found: Any | None, shifts: tuple[Shift, ...]) -> str:
    """Nothing is saved yet: the form goes along, to be sent again."""
    typed = [(name, value) for name, value in request.form.items(multi=True) if name in form]
    return render_template(
        "admin/clock_preview.html",
        slug=slug,
        titles=TITLES[slug],
        row=found,
        typed=[pair for pair in typed if pair[0] != "csrf_token"],
        notified=[shift for shift in shifts if shift.notified],
        computed=[shift for shift in shifts if not shift.notified],
        thing_name=thing_name,
        version=request.form.get("version", "") if found else "",
    )


def _filled(slug: str, found: Any) -> Form:
    """The form of a row as it stands."""
    values = MultiDict[str, Any]()
    for name in admin_catalogues.catalogue(slug).fields:
        value = getattr(found, name)
        if name == "liaisons":
            values.setlist(name, [str(user.id) for user in value])
        elif isinstance(value, bool):
            values.setlist(name, ["1"] if value else [])
        else:
            values[name] = "" if value is None else str(value)
    return FORMS[slug](formdata=values)


def _values(slug: str, form: Any) -> dict[str, Any]:
    """What the form says, as the service takes it; nothing that the catalogue does not have."""
    values: dict[str, Any] = {}
    for name in ("code", *admin_catalogues.catalogue(slug).fields):
        if name not in form:
            continue
        data = form[name].data
        if name in WHOLE_NUMBERS:
            values[name] = whole(data)
        elif name == "liaisons":
            values[name] = [number for number in map(whole, data or []) if number is not None]
        elif (slug, name) in ENUMS:
            values[name] = ENUMS[slug, name](data)
        else:
            values[name] = data
    return values


def _offer(form: Any, found: Any | None) -> None:
    """Choices of the fields that point to other rows or to people."""
    ctx = current_context()
    for name in admin_catalogues.REFERENCES:
        if name in form:
            rows = admin_catalogues.options(ctx, name)
            form[name].choices = pairs(rows, blank=_("Sin asignar"))
    for name, role, now in (("head_id", None, "head"), ("leader_id", Role.PROCESS_OWNER, "leader")):
        if name in form:
            people = people_pairs(role, ctx, (getattr(found, now, None),))
            form[name].choices = {"": _("Sin asignar"), **people}
    if "start_event" in form and found is not None:
        starts = admin_catalogues.start_events(found)
        form.start_event.choices = pairs((each, each) for each in starts)
        if len(starts) == 1:
            del form.start_event
    if "liaisons" in form:
        present = tuple(found.liaisons) if found is not None else ()
        form.liaisons.choices = people_pairs(Role.LIAISON, ctx, present)


def _term_amount(row: TermRule) -> str:
    """A term or limit in words: "5 días hábiles", "1 vez", "Sí"."""
    if row.kind == TermKind.FLAG:
        return str(_("Sí") if row.amount else _("No"))
    if row.kind == TermKind.HOUR:
        return f"{row.amount:02d}:00"
    singular, plural = TERM_AMOUNTS[row.kind]
    return f"{number_es(row.amount)} {singular if row.amount == 1 else plural}"


def _row_page(slug: str, form: Any, found: Any | None) -> str:
    _offer(form, found)
    return render_template(
        "admin/catalogue_row.html",
        slug=slug,
        titles=TITLES[slug],
        form=form,
        row=found,
        term_kinds=TERM_KINDS,
    )
