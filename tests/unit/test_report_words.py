"""Words of the reports: the same as on the screen, with dates as official documents write them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from app import labels
from app.services import report_words
from app.services.report_pdf import printable
from app.services.word import clean


@pytest.mark.parametrize("enum", report_words.NAMES, ids=lambda enum: enum.__name__)
def test_names_in_documents_are_those_of_the_screen(enum: type) -> None:
    shown = {value: str(text) for value, text in labels.ENUM_LABELS[enum].items()}
    assert dict(report_words.NAMES[enum]) == shown


def test_dates_are_those_of_bogota() -> None:
    late = datetime(2027, 3, 2, 3, 5, tzinfo=UTC)
    assert report_words.day(late) == "1 de marzo de 2027"
    assert report_words.moment(late) == "1 de marzo de 2027, 22:05"
    assert report_words.day(date(2028, 12, 31)) == "31 de diciembre de 2028"
    assert report_words.day(None) == ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ñandú #set $x$ \\ < & “”", "ñandú #set $x$ \\ < & “”"),
        ("emoji 😀 y 漢", "emoji [U+1F600] y [U+6F22]"),
        ("acta\u202efdp.exe", "actafdp.exe"),
        ({"a": ["→ ≥ ✓", 1, None]}, {"a": ["→ ≥ ✓", 1, None]}),
    ],
)
def test_the_pdf_shows_the_code_of_what_it_cannot_draw(text: object, shown: object) -> None:
    assert printable(text) == shown


def test_word_files_hold_no_character_that_xml_refuses() -> None:
    assert clean("a\x00b\x0bc\ud800d\u202ee\nñ😀") == "abcde\nñ😀"
