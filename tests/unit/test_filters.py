"""How dates, figures and texts are written for readers in Colombia."""

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from flask import Flask
from markupsafe import Markup
from wtforms import FieldList, Form, HiddenField, RadioField, StringField
from wtforms.validators import InputRequired

from app import filters

NBSP = "\N{NO-BREAK SPACE}"


def plain(text: str) -> str:
    return text.replace(NBSP, " ")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (date(2027, 3, 12), "12 mar 2027"),
        (date(2026, 9, 1), "1 sep 2026"),
        (datetime(2027, 1, 1, 4, 59, tzinfo=UTC), "31 dic 2026"),  # still the eve in Bogotá
        (datetime(2027, 1, 1, 5, 0, tzinfo=UTC), "1 ene 2027"),
        (None, ""),
    ],
)
def test_dates_are_those_of_bogota(value: date | None, expected: str) -> None:
    assert plain(filters.date_es(value)) == expected


def test_a_date_never_breaks_over_two_lines() -> None:
    assert " " not in filters.date_es(date(2027, 3, 12))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (datetime(2027, 3, 12, 19, 5, tzinfo=UTC), "12 mar 2027, 14:05"),
        (datetime(2027, 3, 12, 5, 0, tzinfo=UTC), "12 mar 2027, 00:00"),
        (datetime(2027, 3, 12, 19, 5, tzinfo=UTC).replace(tzinfo=None), "12 mar 2027, 14:05"),
        (None, ""),
    ],
)
def test_moments_are_shown_in_bogota_in_24_hours(value: datetime | None, expected: str) -> None:
    assert plain(filters.datetime_es(value)) == expected


def test_iso_carries_the_offset_of_a_moment_and_nothing_but_the_day_of_a_date() -> None:
    assert filters.iso(datetime(2027, 3, 12, 19, 5, tzinfo=UTC)) == "2027-03-12T14:05:00-05:00"
    assert filters.iso(date(2027, 3, 12)) == "2027-03-12"
    assert filters.iso(None) == ""


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        (0, None, "0"),
        (1234.5, None, "1.234,5"),
        (1234567, None, "1.234.567"),
        (Decimal("100"), None, "100"),
        (Decimal("1E+3"), None, "1.000"),
        (0.125, None, "0,13"),
        (2.5, 0, "3"),
        (-1234.5, 2, "-1.234,50"),
        (-0.001, None, "0"),
        (None, None, ""),
    ],
)
def test_numbers(value: filters.Number | None, decimals: int | None, expected: str) -> None:
    assert filters.number_es(value, decimals) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (1023, "1023 bytes"),
        (1024, "1 KB"),
        (12_700, "12 KB"),
        (1_048_575, "1 MB"),  # never "1.024 KB"
        (1_500_000, "1,4 MB"),
        (26_214_400, "25 MB"),
        (3_221_225_472, "3 GB"),
        (5 * 1024**4, "5 TB"),
        (2000 * 1024**4, "2.000 TB"),
        (None, ""),
    ],
)
def test_sizes(value: int | None, expected: str) -> None:
    assert plain(filters.bytes_es(value)) == expected


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        (45.5, None, "45,5 %"),
        (100, None, "100 %"),
        (33.333, None, "33,3 %"),
        (33.333, 2, "33,33 %"),
        (50, 1, "50,0 %"),
        (None, None, ""),
    ],
)
def test_percentages(value: filters.Number | None, decimals: int | None, expected: str) -> None:
    assert plain(filters.pct_es(value, decimals)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("1234567.50"), "$ 1.234.568"),
        (0, "$ 0"),
        (-2500, "-$ 2.500"),
        (None, ""),
    ],
)
def test_money_has_no_cents(value: filters.Number | None, expected: str) -> None:
    assert plain(filters.money_cop(value)) == expected


def test_paragraphs_keep_breaks_and_escape_everything_else() -> None:
    text = "Uno <script>\r\ndos\r\n\r\n \n\nTres & cuatro\n"
    assert filters.paragraphs(text) == Markup(
        "<p>Uno &lt;script&gt;<br>\ndos</p>\n<p>Tres &amp; cuatro</p>"
    )


@pytest.mark.parametrize("empty", [None, "", "  \n\n "])
def test_no_text_gives_no_paragraph(empty: str | None) -> None:
    assert filters.paragraphs(empty) == Markup("")


def test_short_hash() -> None:
    assert filters.short_hash("0123456789abcdef") == "0123456789ab"
    assert filters.short_hash(None) == ""


def test_slug() -> None:
    assert filters.slug("¿Hallazgos críticos, en 2027?") == "hallazgos-criticos-en-2027"


def test_word_diff_puts_both_texts_back_together() -> None:
    old, new = "No se  encontró el acta\nfirmada.", "Se encontró el acta sin firma.\n\nFin"
    diff = filters.word_diff(old, new)
    assert "".join(text for op, text in diff if op in ("equal", "delete")) == old
    assert "".join(text for op, text in diff if op in ("equal", "insert")) == new


def test_word_diff_counts_words_not_spaces() -> None:
    diff = filters.word_diff("faltan cinco actas", "faltan dos actas firmadas")
    assert ("delete", "cinco") in diff
    assert (filters.changed_words(diff, "delete"), filters.changed_words(diff, "insert")) == (1, 2)


def test_equal_texts_have_no_changes() -> None:
    assert filters.word_diff("igual", "igual") == [("equal", "igual")]


class _Sample(Form):
    cause = StringField(validators=[InputRequired("Escriba la causa.")])
    kind = RadioField(choices={"a": "A"}, validators=[InputRequired("Elija un tipo.")])
    token = HiddenField(validators=[InputRequired("La página venció.")])
    steps = FieldList(StringField(validators=[InputRequired("Escriba el paso.")]), min_entries=2)


def test_form_errors_point_to_the_control_that_mends_each() -> None:
    form = _Sample()
    form.validate()
    form.form_errors = ["Las fechas se cruzan."]
    assert filters.form_errors(form) == [
        ("cause", "Escriba la causa."),
        ("kind-0", "Elija un tipo."),
        (None, "La página venció."),
        ("steps-0", "Escriba el paso."),
        ("steps-1", "Escriba el paso."),
        (None, "Las fechas se cruzan."),
    ]


def test_errors_of_a_field_are_flat_and_said_once() -> None:
    field = SimpleNamespace(errors=[["Falta."], {"a": ["Falta."], "b": ["Sobra."]}])
    assert filters.field_errors(field) == ["Falta.", "Sobra."]


def test_register_uses_the_clock_of_the_application() -> None:
    app = Flask("filters")
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Europe/Madrid"
    filters.register(app)
    moment = datetime(2027, 3, 12, 23, 30, tzinfo=UTC)
    with app.app_context():
        text = app.jinja_env.from_string("{{ at|datetime_es }}").render(at=moment)
    assert plain(text) == "13 mar 2027, 00:30"


@pytest.mark.parametrize("code", ["2027-AUD-03-H02", "2027-PM-001-A01", "2027-OCI-000012", "PT-01"])
def test_codes_are_kept_whole(code: str) -> None:
    whole = f'<span class="code">{code}</span>'
    assert filters.codes(f"Según {code}.") == f"Según {whole}."
    assert filters.codes(Markup("&lt;b&gt; {}").format(code)) == f"&lt;b&gt; {whole}"
    assert filters.codes(Markup("<b>{}</b>").format(code)) == f"<b>{code}</b>"
    assert filters.codes(f"<b>{code}") == f"&lt;b&gt;{whole}"
    assert filters.codes(f"x{code}x SHA-256") == f"x{code}x SHA-256"
    assert filters.codes(None) == ""
