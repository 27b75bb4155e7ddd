"""The query parser: literal, tolerant, and what it says when it cannot use what was typed."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapters.search.query import CLAUSES_MAX, Clause, Hint, Kind, parse
from app.adapters.search.snippets import closest, mark, slips, snippet, suggest
from app.adapters.search.text import stem


def word(text: str, *, negated: bool = False) -> Clause:
    return Clause(Kind.WORD, (stem(text),), negated, text)


def test_words_phrases_not_codes_and_prefixes() -> None:
    query = parse('contratos "plan de mejoramiento" -obra H-001/2025 supervis*')
    assert query.clauses == (
        word("contratos"),
        Clause(Kind.PHRASE, (stem("plan"), stem("mejoramiento"))),
        word("obra", negated=True),
        Clause(Kind.CODE, ("h-001/2025",)),
        Clause(Kind.PREFIX, ("supervis",)),
    )
    assert query.hints == ()


def test_quotes_and_dashes_of_word_processors_count() -> None:
    assert parse("“plan anual” 2026–AUD–03") == parse('"plan anual" 2026-AUD-03')


def test_a_joined_word_without_figures_is_a_phrase() -> None:
    (clause,) = parse("costo-beneficio").clauses
    assert clause == Clause(Kind.PHRASE, (stem("costo"), stem("beneficio")))


@pytest.mark.parametrize(
    ("raw", "hint"),
    [
        ("", Hint.EMPTY),
        ("   \u200b ", Hint.EMPTY),
        ("de la y", Hint.ONLY_STOP_WORDS),
        ("*", Hint.ONLY_STOP_WORDS),
        ("-", Hint.ONLY_STOP_WORDS),
        ('""', Hint.ONLY_STOP_WORDS),
        ("?¿!", Hint.ONLY_STOP_WORDS),
        ("-contrato", Hint.ONLY_NEGATED),
    ],
)
def test_what_finds_nothing_says_why(raw: str, hint: Hint) -> None:
    query = parse(raw)
    assert hint in query.hints
    assert not query.finds_something


def test_a_quote_that_is_not_closed_is_left_out() -> None:
    query = parse('contrato "plan anual')
    assert query.clauses == (word("contrato"), word("plan"), word("anual"))
    assert query.hints == (Hint.UNBALANCED,)


def test_a_short_prefix_is_a_word() -> None:
    assert parse("ab*").hints == (Hint.SHORT_PREFIX,)
    assert parse("ab*").clauses == (word("ab"),)


@pytest.mark.parametrize(
    "raw",
    [
        "x" * 10_000,
        "contrato " * 1_200,
        "a*b*c*d*" * 900,
        '"' * 9_999,
        "-" * 10_000,
        "(a+)+$" * 1500,
        " ".join(f"w{n}" for n in range(5_000)),
        "\x00" * 10_000,
    ],
)
def test_ten_thousand_characters_are_read_at_once(raw: str) -> None:
    started = time.perf_counter()
    query = parse(raw)
    assert time.perf_counter() - started < 1
    assert len(query.clauses) <= CLAUSES_MAX


@pytest.mark.parametrize(
    "raw",
    ["field:secret", "NEAR/999999", '" OR rowid', ":*", "titulo:*", "a AND b", "[a TO b]", "x^9"],
)
def test_nothing_typed_is_an_operator(raw: str) -> None:
    assert all(c.kind in {Kind.WORD, Kind.CODE, Kind.PHRASE} for c in parse(raw).clauses)


@given(st.text(max_size=400))
def test_any_text_gives_a_query(raw: str) -> None:
    query = parse(raw)
    assert query.finds_something or query.hints


def test_snippets_mark_words_and_stay_near_them() -> None:
    text = "nada que ver. " * 60 + "La supervisión de los contratos no consta. " + "fin. " * 80
    parts = snippet(text, parse("contrato supervisión"))
    marked = [part for part, on in parts if on]
    assert marked == ["supervisión", "contratos"]
    assert len("".join(part for part, _on in parts)) < 320
    assert (parts[0][0], parts[-1][0]) == ("…", "…")


def test_marks_keep_the_text_as_it_is() -> None:
    text = "Código <b>H-001/2025</b> & contratación"
    assert "".join(part for part, _on in mark(text, parse("h-001/2025 contrat*"))) == text
    assert [p for p, on in mark(text, parse("h-001/2025 contrat*")) if on] == [
        "H-001/2025",
        "contratación",
    ]


def test_near_words_come_only_from_the_titles_given() -> None:
    titles = ["Supervisión de contratos", "Plan anual"]
    assert suggest("supervicion de contratos", parse("supervicion de contratos"), titles) == (
        "supervisión de contratos"
    )
    assert suggest("supervicion", parse("supervicion"), []) == ""
    assert suggest("contratos", parse("contratos"), titles) == ""


def test_slips_count_swaps_once_and_stop_at_the_limit() -> None:
    assert slips("contarto", "contrato", 2) == 1
    assert slips("abc", "xyz", 2) == 3
    assert closest("auditora", ["auditoria", "contrato"]) == "auditoria"
    assert closest("2027", ["2026"]) == ""
