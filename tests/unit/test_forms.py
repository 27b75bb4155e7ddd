"""The base of all forms: what text becomes, and what is refused in Spanish."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask_babel import Babel

from app.blueprints import forms
from app.errors import Invalid
from workflows.enums import OciRole


class Sample(forms.Form):
    title = forms.line("Título", most=20)
    text = forms.text_area("Texto", optional=True)
    later = forms.text_area("Después", unfinished=True)
    day = forms.day("Día")
    maybe = forms.day("Tal vez", optional=True)
    role = forms.select("Rol", OciRole)
    side = forms.radio("Lado", {"a": "A", "b": "B"})


GOOD = {"title": "Uno", "day": "2027-02-28", "role": "enfoque_prevencion", "side": "a"}


@pytest.fixture(scope="module")
def web() -> Flask:
    app = Flask(__name__)
    app.config.update(SECRET_KEY="x" * 32, WTF_CSRF_ENABLED=False)
    Babel(app, default_locale="es")
    return app


def sent(web: Flask, **changes: str) -> Sample:
    with web.test_request_context(method="POST", data=GOOD | changes):
        form = Sample()
        form.validate()
        return form


def messages(form: Sample) -> dict[str, list[str]]:
    return {str(name): [str(each) for each in found] for name, found in form.errors.items()}


def test_text_is_cleaned_the_same_way_everywhere(web: Flask) -> None:
    form = sent(
        web,
        title="  dos\r\nlíneas\t de  título ",
        text="café\r\nde\rayer\x0b \n",
        later="\ufeffuno\ufffe",
    )
    assert messages(form) == {}
    assert form.title.data == "dos líneas de título"
    assert form.text.data == "café\nde\nayer"
    assert form.later.data == "\ufeffuno"


def test_what_is_left_empty_is_an_empty_text(web: Flask) -> None:
    form = sent(web)
    assert (form.text.data, form.later.data, form.maybe.data) == ("", "", None)


@pytest.mark.parametrize("text", ["a\x00b", "a\ud800b"])
def test_what_cannot_be_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="caracteres que no se pueden guardar"):
        forms.clean_text(text)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("2027-02-28", date(2027, 2, 28)),
        ("28/02/2027", date(2027, 2, 28)),
        ("29/02/2027", None),
        ("0001-01-01", None),
        ("9999-12-31", None),
        ("mañana", None),
    ],
)
def test_dates(web: Flask, typed: str, expected: date | None) -> None:
    refusal = "Escriba una fecha que exista, como 31/12/2026."
    wrong = {name: [refusal] for name in ("day", "maybe") if expected is None}
    form = sent(web, day=typed, maybe=typed)
    assert form.day.data == expected
    assert messages(form) == wrong


def test_refusals_are_in_spanish(web: Flask) -> None:
    form = sent(web, title=" ", day="", role="x", side="c", text="x" * 20_001)
    assert messages(form) == {
        "title": ["Escriba este dato."],
        "text": ["Escriba como máximo 20.000 caracteres; ahora tiene 20.001."],
        "day": ["Escriba la fecha."],
        "role": ["Elija una de las opciones de la lista."],
        "side": ["Elija una de las opciones de la lista."],
    }


def test_a_refusal_of_the_domain_stands_at_its_field_or_over_the_form(web: Flask) -> None:
    form = sent(web)
    with web.test_request_context():
        forms.put_error(form, Invalid("title", "audit.needs_title"))
        forms.put_error(form, Invalid("other", "audit_program.incomplete"))
        assert list(form.title.errors) == ["La auditoría no tiene título. Escriba el título."]
        assert [str(each) for each in form.form_errors] == [
            "Al programa le faltan partes por escribir. Complételo y vuelva a firmar."
        ]


@pytest.mark.parametrize(
    ("text", "number"),
    [("12", 12), ("", None), (None, None), ("-1", None), ("1e3", None), ("٣", None)],
)
def test_whole_numbers_of_an_address(text: Any, number: int | None) -> None:
    assert forms.whole(text) == number
    assert forms.whole("9" * 10) is None
