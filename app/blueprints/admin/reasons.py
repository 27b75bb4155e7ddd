"""Why a person may or may not do something: a question of the administrator."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import labels_permissions
from app.blueprints.admin import bp
from app.blueprints.admin.forms import WhyForm, people_pairs
from app.blueprints.forms import pairs, whole
from app.blueprints.web import current_context
from app.labels_trail import thing_name
from app.services import accounts, why


@bp.get("/admin/por-que")
def why_page() -> ResponseReturnValue:
    ctx = current_context()
    form = WhyForm()
    user_id, permission = whole(form.persona.data), form.permiso.data or ""
    answer = None
    if user_id is not None and permission in why.askable():
        answer = why.explain(ctx, user_id, permission, form.codigo.data or "")
    present = (accounts.person_card(ctx, user_id).user,) if user_id is not None else ()
    form.persona.choices = {"": _("Elija…"), **people_pairs(None, ctx, present)}
    form.permiso.choices = pairs(_permissions(), blank=_("Elija…"))
    return render_template(
        "admin/why.html",
        form=form,
        answer=answer,
        permission_label=labels_permissions.permission_label,
        piece_text=labels_permissions.piece_text,
        reason=labels_permissions.reason,
        scopes=labels_permissions.SCOPE_LABELS,
        thing_name=thing_name,
    )


def _permissions() -> list[tuple[str, str]]:
    """By the kind of thing, then by what they let do."""
    named = []
    for name, kinds in why.askable().items():
        about = thing_name(kinds[0]) if len(kinds) == 1 else _("Varios registros")
        about = about if kinds else _("Sin registro")
        named.append((name, f"{about}: {labels_permissions.permission_label(name)}"))
    return sorted(named, key=lambda pair: pair[1])
