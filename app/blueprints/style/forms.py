"""A form with a field of each kind, to see how they look."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FileField

from app.blueprints.forms import Form, day, line, radio, select, text_area
from workflows.enums import Severity

LONG_TEXT_LENGTH = 20


class SampleForm(Form):
    """Each kind of field; its mistakes are made by what the page sends to it."""

    title = line(_l("Título"), message=_l("Escriba el título del hallazgo."))
    condition = text_area(_l("Condición"), message=_l("Escriba qué se encontró."))
    note = line(_l("Nota corta"), most=LONG_TEXT_LENGTH, optional=True)
    severity = select(_l("Gravedad"), Severity, message=_l("Elija la gravedad."))
    stance = radio(
        _l("Su posición"),
        {"acepta": _l("Acepta el hallazgo"), "objeta": _l("Objeta el hallazgo")},
        message=_l("Diga si lo acepta o lo objeta."),
    )
    due = day(_l("Fecha límite"))
    public = BooleanField(_l("Se puede publicar"))
    file = FileField(_l("Archivo"))


class ShortForm(Form):
    """One field, for the forms of events."""

    number = line(_l("Número del acta"), most=40)
