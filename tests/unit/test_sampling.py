"""Samples: possible, proportional, and the same again with the same seed."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Invalid
from app.services import sampling
from app.services.sampling import Element, Picked
from workflows.enums import SamplingMethod

COUNTED = (SamplingMethod.SIMPLE, SamplingMethod.SYSTEMATIC)
names = st.lists(st.tuples(st.integers(1, 10**9), st.sampled_from("ABC")), min_size=1, max_size=80)


def listed(rows: list[tuple[int, str]]) -> list[Element]:
    return [Element(f"E{i}", cents, stratum) for i, (cents, stratum) in enumerate(rows)]


@pytest.mark.parametrize(
    ("count", "confidence", "error", "expected"),
    [(1000, 95, "0.05", 278), (500, 90, "0.1", 60), (10_000, 99, "0.05", 623), (1, 95, "0.05", 1)],
)
def test_the_size_is_that_of_the_formula(
    count: int, confidence: int, error: str, expected: int
) -> None:
    found = sampling.size(
        count, confidence=confidence, error=Decimal(error), proportion=Decimal("0.5")
    )
    assert found == expected


@pytest.mark.parametrize(("confidence", "error"), [(80, "0.05"), (95, "0"), (95, "1")])
def test_a_parameter_out_of_range_is_refused(confidence: int, error: str) -> None:
    with pytest.raises(Invalid, match="bad_parameter"):
        sampling.size(10, confidence=confidence, error=Decimal(error), proportion=Decimal("0.5"))


def test_the_draw_of_a_seed_never_changes() -> None:
    """What was drawn years ago must come out again: these numbers are written in records."""
    simple = sampling.draw(SamplingMethod.SIMPLE, 100, 5, "semilla")
    assert [each.element.name for each in simple] == SIMPLE
    systematic = sampling.draw(SamplingMethod.SYSTEMATIC, 100, 5, "semilla")
    assert [each.element.name for each in systematic] == SYSTEMATIC


SIMPLE = ["13", "51", "68", "83", "93"]
SYSTEMATIC = ["14", "34", "54", "74", "94"]


@given(st.sampled_from(COUNTED), st.integers(1, 3000), st.data())
def test_as_many_as_asked_each_once_and_the_same_again(
    method: SamplingMethod, count: int, data: st.DataObject
) -> None:
    wanted = data.draw(st.integers(1, min(count, 60)))
    picked = sampling.draw(method, count, wanted, "s")
    places = [int(each.element.name) for each in picked]
    assert len(set(places)) == wanted
    assert places == sorted(places)
    assert places[0] >= 1
    assert places[-1] <= count
    assert picked == sampling.draw(method, count, wanted, "s")


@given(names, st.data())
def test_every_stratum_gets_its_part(rows: list[tuple[int, str]], data: st.DataObject) -> None:
    population = listed(rows)
    wanted = data.draw(st.integers(1, len(population)))
    given_to = sampling.allocation(population, wanted)
    picked = sampling.draw(SamplingMethod.STRATIFIED, population, wanted, "s")
    sizes = Counter(element.stratum for element in population)
    assert sum(given_to.values()) == wanted == len(picked)
    assert Counter(each.element.stratum for each in picked) == Counter(given_to)
    assert all(number <= sizes[stratum] for stratum, number in given_to.items())
    if wanted >= len(sizes):
        assert min(given_to.values()) >= 1


@given(names, st.data())
def test_in_monetary_units_whatever_exceeds_the_interval_is_always_drawn(
    rows: list[tuple[int, str]], data: st.DataObject
) -> None:
    population = listed(rows)
    wanted = data.draw(st.integers(1, len(population)))
    picked = sampling.draw(SamplingMethod.MONETARY_UNIT, population, wanted, "s")
    total = sum(element.cents or 0 for element in population)
    assert sum(each.hits for each in picked) == wanted
    drawn = {each.element.name for each in picked}
    for element in population:
        if (element.cents or 0) * wanted >= total + wanted:
            assert element.name in drawn


def test_every_element_is_as_likely() -> None:
    hits: Counter[str] = Counter()
    for seed in range(3000):
        picked: tuple[Picked, ...] = sampling.draw(SamplingMethod.SIMPLE, 10, 3, str(seed))
        hits.update(each.element.name for each in picked)
    assert len(hits) == 10
    assert all(780 <= count <= 1020 for count in hits.values())  # 900 expected, 4.8 deviations


@pytest.mark.parametrize(
    ("method", "population", "code"),
    [
        (SamplingMethod.STRATIFIED, 10, "needs_list"),
        (SamplingMethod.STRATIFIED, [Element("a")], "needs_strata"),
        (SamplingMethod.MONETARY_UNIT, [Element("a")], "needs_values"),
        (SamplingMethod.MONETARY_UNIT, [Element("a", 0)], "no_positive_value"),
        (SamplingMethod.SIMPLE, 0, "bad_size"),
    ],
)
def test_what_a_method_needs(
    method: SamplingMethod, population: list[Element] | int, code: str
) -> None:
    with pytest.raises(Invalid, match=code):
        sampling.draw(method, population, 1, "s")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3", (3,)),
        ("7, 3", (3, 7)),
        ("1;2\n4 6", (1, 2, 4, 6)),
        ("2-4, 9", (2, 3, 4, 9)),
        (" 2 – 4 ,", (2, 3, 4)),
        ("10", (10,)),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, expected: tuple[int, ...]) -> None:
    assert sampling.places(text, 10) == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "needs_numbers"),
        (" , ; ", "needs_numbers"),
        ("tres", "bad_number"),
        ("3.5", "bad_number"),
        ("٣", "bad_number"),
        ("1-2-3", "bad_number"),
        ("-3", "bad_number"),
        ("9" * 5000, "bad_number"),
        ("0", "out_of_population"),
        ("11", "out_of_population"),
        ("9-12", "out_of_population"),
        ("4-2", "out_of_population"),
        ("3, 3", "number_twice"),
        ("1-5, 4", "number_twice"),
    ],
)
def test_numbers_that_cannot_be_are_refused(text: str, code: str) -> None:
    with pytest.raises(Invalid, match=code):
        sampling.places(text, 10)


def test_a_range_is_not_counted_out_before_it_is_known_to_be_small() -> None:
    assert len(sampling.places("1-2000", 10_000_000)) == sampling.MAX_SIZE
    for text in ("1-2001", "1-10000000", "1-2000, 2001"):
        with pytest.raises(Invalid, match="too_many_numbers"):
            sampling.places(text, 10_000_000)


def test_what_is_chosen_by_number_is_that_of_the_list() -> None:
    population = [Element("a"), Element("b", 100, "x"), Element("c")]
    assert sampling.choose(population, (1, 2)) == (Picked(population[0]), Picked(population[1]))
    assert [each.element.name for each in sampling.choose(50, (1, 50))] == ["1", "50"]
