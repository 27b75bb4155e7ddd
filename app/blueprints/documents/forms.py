"""Forms of the document pages."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField
from wtforms.validators import NumberRange, Optional

from app import labels
from app.blueprints.forms import Choice, FilterForm, Form, line, text_area
from app.models.documents import DocumentPurpose


def purpose_choices() -> dict[str, str]:
    """Kinds of document, the empty choice first."""
    return {"": gettext("Todas"), **{p.value: labels.label(p) for p in DocumentPurpose}}


class ListFilters(FilterForm):
    """Filters of the list, in the address."""

    q = line(_l("Título o archivo"), most=200, optional=True)
    purpose = Choice(_l("Clase"), [Optional()], choices=purpose_choices)
    before = IntegerField(None, [Optional(), NumberRange(min=1, max=2**53)])


class WithdrawForm(Form):
    reason = text_area(_l("Motivo del retiro"), most=2000, message=_l("Escriba el motivo."))
