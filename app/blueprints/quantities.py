"""Figures as people write them in Colombia: 1.234,56."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import Field
from wtforms.validators import StopValidation
from wtforms.widgets import TextInput

from app.filters import number_es

THOUSANDS = re.compile(r"[1-9][0-9]{0,2}(\.[0-9]{3})+(,[0-9]+)?")
COMMA = re.compile(r"[0-9]+(,[0-9]+)?")
POINT = re.compile(r"[0-9]+\.[0-9]+")
MAX_LENGTH = 24
MESSAGE = _l("Escriba un número, como 12 o 1.234,5.")


def parse_quantity(text: str) -> Decimal:
    """1.234,56 · 1234,56 · 1.234 (mil doscientos treinta y cuatro) · 12.5, as phones write it.

    A point is a decimal sign only where it cannot part thousands. No sign, no exponent.
    Raises: ValueError.
    """
    text = text.strip()
    if len(text) > MAX_LENGTH:
        raise ValueError("too long")
    if THOUSANDS.fullmatch(text):
        return Decimal(text.replace(".", "").replace(",", "."))
    if COMMA.fullmatch(text):
        return Decimal(text.replace(",", "."))
    if POINT.fullmatch(text):
        return Decimal(text)
    raise ValueError("not a number")


def given(message: Any) -> Any:
    """A figure must be written; one that could not be read has its own message already."""

    def check(_form: Any, field: Any) -> None:
        if field.data is None and not field.errors:
            raise StopValidation(str(message))

    check.field_flags = {"required": True}  # type: ignore[attr-defined]  # WTForms reads it here
    return check


class Quantity(Field):
    """A figure of at least zero; what was typed is shown again as it was typed."""

    widget = TextInput()
    data: Decimal | None

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any) -> None:
        attributes = {"inputmode": "decimal", "autocomplete": "off", "class": "short"}
        kwargs["render_kw"] = {**attributes, **kwargs.get("render_kw", {})}
        super().__init__(label, validators, **kwargs)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return number_es(self.data) if self.data is not None else ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = None
        text = str(valuelist[0]).strip() if valuelist else ""
        if not text:
            return
        try:
            self.data = parse_quantity(text)
        except ValueError:
            raise ValueError(str(MESSAGE)) from None

    def figure(self) -> Decimal:
        """The figure of a form that was found valid. Raises: ValueError without one."""
        if self.data is None:
            raise ValueError("no figure")
        return self.data
