"""Forms of log-in, password and substitutes."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import EqualTo

from app.blueprints.forms import Form, day, line, required, select, text_area

PASSWORD_HINT = _l("Al menos 12 caracteres. Una frase de varias palabras es fácil de recordar.")


def _mail() -> StringField:
    looks = {"type": "email", "autocomplete": "username", "inputmode": "email"}
    return StringField(_l("Correo"), [required(_l("Escriba su correo."))], render_kw=looks)


def _new_password(label: Any) -> PasswordField:
    return PasswordField(
        label,
        [required(_l("Escriba la contraseña nueva."))],
        description=PASSWORD_HINT,
        render_kw={"autocomplete": "new-password"},
    )


def _again() -> PasswordField:
    return PasswordField(
        _l("La misma contraseña, otra vez"),
        [EqualTo("password", _l("Las dos contraseñas no son iguales."))],
        render_kw={"autocomplete": "new-password"},
    )


class LogInForm(Form):
    email = _mail()
    password = PasswordField(
        _l("Contraseña"),
        [required(_l("Escriba su contraseña."))],
        render_kw={"autocomplete": "current-password"},
    )
    next = HiddenField()


class PasswordForm(Form):
    current_password = PasswordField(
        _l("Contraseña actual"),
        [required(_l("Escriba su contraseña actual."))],
        render_kw={"autocomplete": "current-password"},
    )
    password = _new_password(_l("Contraseña nueva"))
    again = _again()


class LinkForm(Form):
    """An invited person sets the password."""

    password = _new_password(_l("Contraseña"))
    again = _again()


class SetupForm(LinkForm):
    """The first administrator says who he is, too."""

    name = line(_l("Nombre completo"), most=200)
    email = _mail()


class SubstituteForm(Form):
    """Who acts for me, and when."""

    substitute_id = select(_l("Quién lo reemplaza"), message=_l("Elija a la persona."))
    starts_on = day(_l("Desde"))
    ends_on = day(_l("Hasta"))
    reason = text_area(_l("Motivo"), most=500, optional=True, rows=2)
