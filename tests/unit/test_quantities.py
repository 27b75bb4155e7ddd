"""Figures as people write them in Colombia."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.blueprints.quantities import parse_quantity
from app.filters import number_es


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", "12"),
        ("1.234,56", "1234.56"),
        ("1234,56", "1234.56"),
        ("1.234", "1234"),
        ("1.234.567", "1234567"),
        ("12.5", "12.5"),
        ("0.500", "0.5"),
        ("0,25", "0.25"),
        (" 7 ", "7"),
        ("0", "0"),
    ],
)
def test_reads(text: str, expected: str) -> None:
    assert parse_quantity(text) == Decimal(expected)


NOT_FIGURES = (
    ["-1", "+1", "1e5", "NaN", "inf", "1,234,5", "1.23.4", "1,2.3", "doce", "٣", "1 2"],
    ["", "12,", ",5", "1_000", "9" * 25],
)


@pytest.mark.parametrize("text", [text for texts in NOT_FIGURES for text in texts])
def test_refuses(text: str) -> None:
    with pytest.raises(ValueError):
        parse_quantity(text)


@given(st.decimals(min_value=0, max_value=10**11, places=2, allow_nan=False))
def test_what_is_shown_can_be_typed_again(value: Decimal) -> None:
    assert parse_quantity(number_es(value, 2)) == value
