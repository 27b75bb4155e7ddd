"""What bodies of control read: the head of the OCI shares and revokes; they see what is theirs."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app import labels
from app.blueprints.forms import Form, day, pairs, put_error, select, text_area, whole
from app.blueprints.web import current_context
from app.errors import Invalid
from app.services import shares, submissions
from workflows.enums import EXTERNAL_SOURCES, PlanSource

bp = Blueprint("shares", __name__)


class ShareForm(Form):
    user_id = select(
        _l("Con quién"),
        message=_l("Elija a la persona."),
        description=_l("Cuentas activas con el rol de ente externo de control."),
    )
    audit_id = select(
        _l("Auditoría con informe final"),
        optional=True,
        description=_l("Comparte el informe final, los hallazgos en firme, su plan y su avance."),
    )
    source = select(
        _l("O lo que viene de un ente de control"),
        optional=True,
        description=_l("Comparte los hallazgos que ese ente dejó y sus planes."),
    )
    starts_on = day(_l("Desde"))
    until = day(_l("Hasta"))


class RevokeForm(Form):
    reason = text_area(_l("Motivo"), most=500, rows=2)


@bp.get("/entes-de-control")
def index() -> ResponseReturnValue:
    form = ShareForm(formdata=None)
    form.starts_on.data = current_context().today()
    return _page(form)


@bp.post("/entes-de-control")
def create() -> ResponseReturnValue:
    form = ShareForm()
    _offer(form)
    if not form.validate_on_submit():
        return _page(form), 422
    asked = shares.Shared(
        user_id=whole(form.user_id.data),
        audit_id=whole(form.audit_id.data),
        source=PlanSource(form.source.data) if form.source.data else None,
        starts_on=form.starts_on.data,
        until=form.until.data,
    )
    try:
        shares.share(current_context(), asked, key=request.form.get("idempotency_key", ""))
    except Invalid as error:
        put_error(form, error)
        return _page(form), 422
    flash(_("Quedó compartido; se avisó a la persona."), "success")
    return redirect(url_for(".index"), code=303)


@bp.post("/entes-de-control/<int:share_id>/retiro")
def revoke(share_id: int) -> ResponseReturnValue:
    ctx, form = current_context(), RevokeForm()
    shares.one(ctx, share_id)
    if not form.validate_on_submit():
        return _page(ShareForm(formdata=None), refused=share_id, revoke_form=form), 422
    shares.revoke(ctx, share_id, reason=form.reason.data or "")
    flash(_("El acceso quedó retirado. Rige desde ahora."), "success")
    return redirect(url_for(".index"), code=303)


@bp.get("/compartido")
def mine() -> ResponseReturnValue:
    return render_template("shares/mine.html", found=shares.mine(current_context()))


def _page(
    form: ShareForm, *, refused: int | None = None, revoke_form: RevokeForm | None = None
) -> str:
    ctx = current_context()
    _offer(form)
    return render_template(
        "shares/index.html",
        form=form,
        rows=shares.page(ctx),
        readers=len(form.user_id.choices) > 1,
        today=ctx.today(),
        refused=refused,
        revoke_form=revoke_form or RevokeForm(formdata=None),
        key=request.form.get("idempotency_key") or submissions.new_key(),
    )


def _offer(form: ShareForm) -> None:
    ctx = current_context()
    people = [(user.id, f"{user.name}, {user.position}") for user in shares.readers(ctx)]
    form.user_id.choices = pairs(people, blank=_("Elija…"))
    finished = [(audit.id, f"{audit.code} {audit.title}") for audit in shares.audits(ctx)]
    form.audit_id.choices = pairs(finished, blank=_("Ninguna"))
    sources = [(each.value, labels.label(each)) for each in PlanSource if each in EXTERNAL_SOURCES]
    form.source.choices = pairs(sources, blank=_("Ninguno"))
