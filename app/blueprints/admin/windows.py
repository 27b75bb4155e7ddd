"""The windows in which progress is registered: closed or opened again by the administrator."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.blueprints.admin import bp
from app.blueprints.admin.forms import WindowForm
from app.blueprints.due import chip
from app.blueprints.forms import put_error
from app.blueprints.web import current_context, form_version
from app.context import Context
from app.errors import Invalid
from app.services import progress_windows


@bp.get("/admin/ventanas")
def windows() -> ResponseReturnValue:
    return _page(current_context(), WindowForm(formdata=None))


@bp.post("/admin/ventanas")
def change_window() -> ResponseReturnValue:
    ctx, form = current_context(), WindowForm()
    if form.validate_on_submit():
        try:
            progress_windows.change(
                ctx,
                form.first.data,
                closes_on=form.closes_on.data,
                reason=form.reason.data or "",
                version=form_version() or 0,
            )
        except Invalid as error:
            put_error(form, error)
        else:
            flash(_("La ventana quedó cambiada."), "success")
            return redirect(url_for(".windows"), code=303)
    return _page(ctx, form), 422


def _page(ctx: Context, form: WindowForm) -> str:
    """`form`: the one that was sent with mistakes stands at its period."""
    rows = progress_windows.recent(ctx)
    today = ctx.today()
    return render_template(
        "admin/windows.html",
        rows=[(row, chip(row.due.to_json(), today, done=not row.is_open(today))) for row in rows],
        form=form,
        blank=WindowForm(formdata=None),
        today=today,
    )
