"""Statistical samples that anybody can draw again: the same population, parameters and seed give
the same elements on any machine; and those that an auditor chooses by number.
Source of the size: docs/domain.md, 3.6.

The numbers come from SHA-256 of the seed and a counter, not from a library's generator, whose
sequence may change from one version to the next.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from itertools import accumulate

from app.errors import Invalid
from workflows.enums import SamplingMethod

Z: Mapping[int, Decimal] = {90: Decimal("1.645"), 95: Decimal("1.96"), 99: Decimal("2.576")}
"""Two-sided normal quantile of each confidence, in percent."""
MAX_SIZE = 2_000
MAX_COUNT = 10_000_000
MAX_LISTED = 20_000
CHUNK = 1 << 64
NUMBERS = re.compile(r"(\d{1,8})(?:-(\d{1,8}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a population. `cents`: its value, in hundredths of a peso."""

    name: str
    cents: int | None = None
    stratum: str = ""


@dataclass(frozen=True, slots=True)
class Picked:
    """An element drawn; `hits`: how many units of its value were (1 but in monetary units)."""

    element: Element
    hits: int = 1


def size(count: int, *, confidence: int, error: Decimal, proportion: Decimal) -> int:
    """How many of `count` elements to examine; `error` and `proportion` as fractions of one.

    n = N·z²·p·q / (e²·(N−1) + z²·p·q), rounded up. Raises: Invalid.
    """
    if confidence not in Z or not 0 < error < 1 or not 0 < proportion < 1:
        raise Invalid("error", "sampling.bad_parameter")
    spread = Z[confidence] ** 2 * proportion * (1 - proportion)
    exact = count * spread / (error**2 * (count - 1) + spread)
    return min(count, int(exact.to_integral_value(ROUND_CEILING)))


def draw(
    method: SamplingMethod, population: Sequence[Element] | int, wanted: int, seed: str
) -> tuple[Picked, ...]:
    """The elements drawn, in the order of the population. A number N stands for 1, 2 … N.

    In monetary units an element may be hit several times, so fewer than `wanted` may come out.
    Raises: Invalid (a size that is not possible, a list that the method needs).
    """
    count = population if isinstance(population, int) else len(population)
    most = min(count, MAX_SIZE)
    if not 1 <= wanted <= most:
        raise Invalid("size", "sampling.bad_size", least=1, most=most)
    if method is SamplingMethod.SIMPLE:
        return _pick(population, sorted(_distinct(count, wanted, seed)))
    if method is SamplingMethod.SYSTEMATIC:
        start = _below(count, numbers(seed))
        return _pick(population, [(start + i * count) // wanted for i in range(wanted)])
    if isinstance(population, int):
        raise Invalid("elements", "sampling.needs_list")
    if method is SamplingMethod.STRATIFIED:
        return _stratified(population, wanted, seed)
    return _monetary(population, wanted, seed)


def places(text: str, count: int) -> tuple[int, ...]:
    """The numbers an auditor typed («3, 7, 12-15»), each within 1..`count`, in order.

    Raises: Invalid (none, too many, one that is no number, out of the population or repeated).
    """
    found = set[int]()
    for part in re.split(r"[\s,;]+", re.sub(r"\s*[-–]\s*", "-", text)):
        if not part:
            continue
        written = NUMBERS.fullmatch(part)
        if written is None:
            raise Invalid("numbers", "sampling.bad_number", text=part[:40])
        first, last = int(written[1]), int(written[2] or written[1])
        if not 1 <= first <= last <= count:
            raise Invalid("numbers", "sampling.out_of_population", text=part, most=count)
        if len(found) + last - first + 1 > MAX_SIZE:
            raise Invalid("numbers", "sampling.too_many_numbers", most=MAX_SIZE)
        chosen = range(first, last + 1)
        if not found.isdisjoint(chosen):
            repeated = next(number for number in chosen if number in found)
            raise Invalid("numbers", "sampling.number_twice", number=repeated)
        found.update(chosen)
    if not found:
        raise Invalid("numbers", "sampling.needs_numbers")
    return tuple(sorted(found))


def choose(population: Sequence[Element] | int, numbers: Sequence[int]) -> tuple[Picked, ...]:
    """The elements with these numbers, the first one being 1."""
    return _pick(population, [number - 1 for number in numbers])


def allocation(population: Sequence[Element], wanted: int) -> dict[str, int]:
    """How many of each stratum, in proportion, the rest to the largest remainders; and at least
    one of each when the size allows it. Raises: Invalid."""
    sizes: dict[str, int] = {}
    for element in population:
        if not element.stratum:
            raise Invalid("elements", "sampling.needs_strata", name=element.name)
        sizes[element.stratum] = sizes.get(element.stratum, 0) + 1
    least = 1 if wanted >= len(sizes) else 0
    given = dict.fromkeys(sizes, least)
    free, room = wanted - least * len(sizes), {s: n - least for s, n in sizes.items()}
    total = sum(room.values())
    for stratum, left in room.items():
        given[stratum] += free * left // total if total else 0
    by_remainder = sorted(room, key=lambda s: (-(free * room[s] % total) if total else 0, s))
    for stratum in by_remainder[: wanted - sum(given.values())]:
        given[stratum] += 1
    return given


def numbers(seed: str) -> Iterator[int]:
    """Whole numbers below 2^64, without end."""
    counter = 0
    while True:
        digest = hashlib.sha256(f"{seed}:{counter}".encode()).digest()
        for place in range(0, 32, 8):
            yield int.from_bytes(digest[place : place + 8])
        counter += 1


def _below(limit: int, source: Iterator[int]) -> int:
    """A number below `limit`, every one as likely: what would favour the first ones is skipped."""
    if limit > CHUNK:
        return (_below(limit // CHUNK + 1, source) * CHUNK + next(source)) % limit
    fair = CHUNK - CHUNK % limit
    return next(number for number in source if number < fair) % limit


def _distinct(count: int, wanted: int, seed: str) -> list[int]:
    """`wanted` places of `count`, each once: the first steps of a shuffle."""
    source, moved, found = numbers(seed), dict[int, int](), list[int]()
    for place in range(wanted):
        other = place + _below(count - place, source)
        found.append(moved.get(other, other))
        moved[other] = moved.get(place, place)
    return found


def _pick(population: Sequence[Element] | int, places: Sequence[int]) -> tuple[Picked, ...]:
    if isinstance(population, int):
        return tuple(Picked(Element(str(place + 1))) for place in places)
    return tuple(Picked(population[place]) for place in places)


def _stratified(population: Sequence[Element], wanted: int, seed: str) -> tuple[Picked, ...]:
    places: list[int] = []
    for stratum, number in allocation(population, wanted).items():
        members = [i for i, element in enumerate(population) if element.stratum == stratum]
        places += [members[i] for i in _distinct(len(members), number, f"{seed}/{stratum}")]
    return _pick(population, sorted(places))


def _monetary(population: Sequence[Element], wanted: int, seed: str) -> tuple[Picked, ...]:
    """Every so many pesos from a random one: the more an element is worth, the likelier."""
    for element in population:
        if element.cents is None:
            raise Invalid("elements", "sampling.needs_values", name=element.name)
    ends = list(accumulate(max(0, element.cents or 0) for element in population))
    total = ends[-1]
    if total <= 0:
        raise Invalid("elements", "sampling.no_positive_value")
    start, hits = _below(total, numbers(seed)), dict[int, int]()
    for i in range(wanted):
        place = bisect_right(ends, (start + i * total) // wanted)
        hits[place] = hits.get(place, 0) + 1
    return tuple(Picked(population[place], count) for place, count in sorted(hits.items()))
