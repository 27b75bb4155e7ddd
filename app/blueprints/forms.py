"""What every form shares: clean text, Spanish messages, the errors of the domain put in place."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any, TypeVar

from flask import request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import (
    DateField,
    FileField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.core import UnboundField
from wtforms.form import BaseForm as WTForm
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Optional,
    StopValidation,
    ValidationError,
)
from wtforms.widgets import CheckboxInput, ListWidget

from app import labels
from app.errors import Invalid, Refused, WrongPassword
from app.filters import number_es
from app.models.base import TITLE_LENGTH

F = TypeVar("F", bound=FlaskForm)

TEXT_MAX_LENGTH = 20_000
FIRST_DAY, LAST_DAY = dt.date(2000, 1, 1), dt.date(2100, 12, 31)
DATE_MESSAGE = _l("Escriba una fecha que exista, como 31/12/2026.")
KEPT_CONTROLS = "\n\t"
DROPPED = {"Cc", "Cn", "Co"}  # controls, and what is no character: neither can be seen or printed
INVISIBLE = {"Cf", "Zs", "Zl", "Zp"}  # kept within a text (they join letters), but no text alone
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Orders to print backwards: they show a text as other than it is."""


def clean_text(value: object) -> object:
    """Text as we keep it: NFC, lines parted by a line feed, no blanks around.

    Raises: ValueError when it holds what cannot be text (NUL, half of a surrogate pair).
    """
    if not isinstance(value, str):
        return value
    if "\x00" in value or any(unicodedata.category(c) == "Cs" for c in value):
        raise ValueError(str(_l("El texto trae caracteres que no se pueden guardar.")))
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n"))
    kept = "".join(filter(_is_kept, text)).strip()
    return "" if all(unicodedata.category(c) in INVISIBLE for c in kept) else kept


def _is_kept(character: str) -> bool:
    if character in KEPT_CONTROLS:
        return True
    return character not in TURNING and unicodedata.category(character) not in DROPPED


class Form(FlaskForm):
    """Base of our forms: cleans every text but passwords, and ignores fields it does not know."""

    class Meta(FlaskForm.Meta):
        def wrap_formdata(self, form: WTForm, formdata: Any) -> Any:
            """Never a JSON body: it could hold lists and objects where a text belongs."""
            if request.is_json and not isinstance(formdata, MultiDict):
                return None
            return super().wrap_formdata(form, formdata)

        def bind_field(
            self, form: WTForm, unbound_field: UnboundField[Any], options: Mapping[str, Any]
        ) -> Any:
            if not issubclass(unbound_field.field_class, PasswordField | FileField):
                filters = [clean_text, *unbound_field.kwargs.get("filters", ())]
                options = {**options, "filters": filters}
            return unbound_field.bind(form=form, **options)


class FilterForm(Form):
    """A GET form of filters: no token, filled from the address, never an error page."""

    class Meta(Form.Meta):
        csrf = False

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(formdata=request.args, **kwargs)
        for field in self:  # every filter is optional: saying it of each one says nothing
            field.flags.optional = False


def required(message: Any = None) -> DataRequired:
    """Blank is refused with a sentence that says what to write."""
    return DataRequired(message or _l("Escriba este dato."))


class Chosen(InputRequired):
    """Something was sent, and something is left of it: a blank is not one of the options."""

    def __call__(self, form: WTForm, field: Any) -> None:
        super().__call__(form, field)
        if field.data == "":
            field.errors = []
            raise StopValidation(str(self.message))


def chosen(message: Any = None) -> Chosen:
    return Chosen(message or _l("Elija una opción."))


def at_most(most: int) -> Callable[[WTForm, Any], None]:
    """No `maxlength` in the page: a browser would cut a pasted text without a word."""

    def check(_form: WTForm, field: Any) -> None:
        length = len(field.data or "")
        if length > most:
            text = _l("Escriba como máximo %(most)s caracteres; ahora tiene %(length)s.")
            figures = {"most": number_es(most), "length": number_es(length)}
            raise ValidationError(str(text) % figures)

    return check


def line(label: Any, *, most: int = TITLE_LENGTH, optional: bool = False, **kwargs: Any) -> Any:
    """One line of text; what is left empty is ""."""
    rules = _text_rules(most, optional, kwargs)
    return StringField(label, validators=rules, filters=[_one_line], **kwargs)


def text_area(
    label: Any, *, most: int = TEXT_MAX_LENGTH, optional: bool = False, rows: int = 5, **kwargs: Any
) -> Any:
    """Several lines of text; what is left empty is ""."""
    rules = _text_rules(most, optional, kwargs)
    looks = {"rows": rows}
    return TextAreaField(label, validators=rules, filters=[_or_blank], render_kw=looks, **kwargs)


def _text_rules(most: int, optional: bool, kwargs: dict[str, Any]) -> list[Any]:
    message = kwargs.pop("message", None)
    if kwargs.pop("unfinished", False):  # may be written later, but is not optional
        return [at_most(most)]
    return [Optional() if optional else required(message), at_most(most)]


def _or_blank(value: object) -> object:
    return "" if value is None else value


def _one_line(value: object) -> object:
    return " ".join(value.split()) if isinstance(value, str) else _or_blank(value)


class Day(DateField):
    """A date of the calendar, as the browser sends it (2026-12-31) or as people write it."""

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any) -> None:
        formats = ["%Y-%m-%d", "%d/%m/%Y"]
        super().__init__(label, validators, format=formats, **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(str(DATE_MESSAGE)) from None
        if self.data is not None and not FIRST_DAY <= self.data <= LAST_DAY:
            self.data = None
            raise ValueError(str(DATE_MESSAGE))


def day(label: Any, *, optional: bool = False, message: Any = None, **kwargs: Any) -> Any:
    """A date field with Spanish messages."""
    # InputRequired, because DataRequired would hide that what was written is no date
    first = Optional() if optional else InputRequired(message or _l("Escriba la fecha."))
    return Day(label, validators=[first], **kwargs)


def pairs(rows: Iterable[tuple[object, object]], blank: Any = None) -> dict[str, str]:
    """Choices of a select: value to text, with a first empty line when `blank` is given."""
    first = {"": str(blank)} if blank is not None else {}
    return first | {str(value): str(text) for value, text in rows}


def select(
    label: Any,
    enum: Iterable[StrEnum] | None = None,
    *,
    optional: bool = False,
    message: Any = None,
    blank: Any = None,
    **kwargs: Any,
) -> Any:
    """One of several: the members of `enum`, or what the route puts into `field.choices`."""

    def members() -> dict[str, str]:
        return pairs(labels.choices(enum) if enum else (), blank or _l("Elija…"))

    rule = Optional() if optional else chosen(message)
    return Choice(label, choices=members, validators=[rule], **kwargs)


class SpanishRefusal:
    """A field of choices whose refusal is in Spanish, whatever the visitor's browser speaks."""

    def pre_validate(self, form: WTForm) -> None:
        try:
            super().pre_validate(form)  # type: ignore[misc]  # it comes before a field
        except ValueError:
            text = _l("Elija una de las opciones de la lista.")
            raise ValidationError(str(text)) from None


class Choice(SpanishRefusal, SelectField):
    """A select."""


class Radio(SpanishRefusal, RadioField):
    """Radio buttons."""


class Checkboxes(SpanishRefusal, SelectMultipleField):
    """Several of a list, as boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def ids(self) -> tuple[int, ...]:
        """The chosen rows."""
        return tuple(number for value in self.data or () if (number := whole(value)) is not None)


def radio(label: Any, texts: Mapping[str, Any], *, message: Any = None, **kwargs: Any) -> Any:
    """One of a few, all in sight. `texts`: value to Spanish text."""

    def members() -> dict[str, str]:
        return pairs(texts.items())

    return Radio(label, choices=members, validators=[chosen(message)], **kwargs)


def whole(value: str | None) -> int | None:
    """A row's number out of a form or an address; None when it is not one that can exist."""
    if not value or not value.isascii() or not value.isdecimal() or len(value) > 9:
        return None
    return int(value)


def set_ids(form: F, suffix: object) -> F:
    """Give the fields ids of their own: several such forms stand on one page."""
    for each in form:
        each.id = f"{each.short_name}-{suffix}"
        each.label.field_id = each.id
    return form


def put_password_error(form: FlaskForm, error: WrongPassword) -> None:
    """Say at the password's field that it was not the person's; nothing was signed."""
    happened = labels.error_text(error.code, error.params).happened
    form["password"].errors = [f"{happened} {gettext('Escríbala de nuevo.')}"]


def put_error(form: FlaskForm, error: Invalid) -> None:
    """Show a refusal of the domain at its field, or over the form when it has no such field."""
    if isinstance(error, Refused):
        for each in error.refusals:
            put_error(form, each)
        return
    text = labels.message(error.code, error.params)
    field = form._fields.get(error.field)
    if field is None:
        form.form_errors.append(text)
    else:
        field.errors = [*field.errors, text]
