"""One contract, two indexes: the folder (Whoosh) and the tables of PostgreSQL."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.adapters.search import (
    FACETS,
    PAGE_SIZE,
    Change,
    Hit,
    IndexMissing,
    IndexUnavailable,
    Part,
    SearchIndex,
    SearchPage,
    split_text,
)
from app.adapters.search.postgres_index import PostgresIndex
from app.adapters.search.query import parse
from app.adapters.search.whoosh_index import WhooshIndex
from app.models import Base

RULES = "r1"
OCI = frozenset({"oci"})


@pytest.fixture
def tables(request: pytest.FixtureRequest) -> Iterator[Session]:
    """The tables of the index alone, on the real PostgreSQL."""
    engine = create_engine(request.getfixturevalue("empty_postgres_database"))
    names = ("search_thing", "search_part", "pub_search_thing", "pub_search_part")
    Base.metadata.create_all(engine, tables=[Base.metadata.tables[name] for name in names])
    with Session(engine) as session:
        yield session
    engine.dispose()


@pytest.fixture(params=["whoosh", pytest.param("postgresql", marks=pytest.mark.pg)])
def search_index(request: pytest.FixtureRequest, tmp_path: Path) -> SearchIndex:
    """Each implementation, empty."""
    found: SearchIndex
    if request.param == "whoosh":
        found = WhooshIndex(tmp_path / "index", RULES)
    else:
        found = PostgresIndex(request.getfixturevalue("tables"), RULES)
    found.replace_all([])
    return found


def thing(number: int, title: str, text: str = "", **more: Any) -> Change:
    values: dict[str, Any] = {
        "id": f"finding:{number}",
        "kind": "finding",
        "scopes": OCI,
        "stamp": "1",
        "parts": split_text(text),
        **more,
    }
    return Change(title=title, **values)


def find(index: SearchIndex, raw: str, scopes: frozenset[str] = OCI, **more: Any) -> SearchPage:
    return index.find(parse(raw), scopes, **more)


def ids(page: SearchPage) -> list[str]:
    return [hit.id for hit in page.hits]


def shown(hit: Hit) -> str:
    return "".join(f"[{text}]" if on else text for text, on in hit.snippet)


# ---------------------------------------------------------------- finding


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("contrato", {1, 2}),
        ("CONTRATACIÓN", {1, 2}),
        ("contratos supervisión", {1}),
        ("contrato -supervisor", {2}),
        ("contrato -supervision", {2}),
        ('"plan de mejoramiento"', {3}),
        ('"mejoramiento plan"', set()),
        ("H-001/2025", {4}),
        ("H-001/2026", set()),
        ("2026-AUD-03-H02", {2}),
        ("2026-aud*", {2}),
        ("superv*", {1}),
        ("supervision*", {1}),
        ("años", {4}),
        ("ano", set()),
        ("juez", {3}),
        ("obra pública", {2}),
        ("obra mejoramiento", {3}),
    ],
)
def test_what_is_found(search_index: SearchIndex, asked: str, expected: set[int]) -> None:
    search_index.apply(
        [
            thing(1, "Falta de supervisión de contratos", "No hay informes del supervisor."),
            thing(2, "Contrato sin liquidar", "Obras públicas", keywords="2026-AUD-03-H02"),
            thing(3, "Juéces", "El plan de mejoramiento no está. Mejoramiento, obras, plan"),
            thing(4, "Acta", "Ver H-001/2025. Hace tres años."),
        ]
    )
    page = find(search_index, asked)
    assert set(ids(page)) == {f"finding:{n}" for n in expected}
    assert page.total == len(expected)


def test_words_may_stand_in_different_parts_but_phrases_may_not(search_index: SearchIndex) -> None:
    parts = (Part("termina en plan", 1), Part("anual comienza aquí", 2))
    search_index.apply([thing(1, "Título", parts=parts)])
    assert find(search_index, "plan anual título").total == 1
    assert find(search_index, '"plan anual"').total == 0
    assert find(search_index, '"título termina"').total == 0


def test_the_title_counts_for_more(search_index: SearchIndex) -> None:
    search_index.apply(
        [
            thing(1, "Acta de visita", "un contrato entre muchas otras cosas"),
            thing(2, "Contrato 12", "acta de visita"),
        ]
    )
    assert ids(find(search_index, "contrato")) == ["finding:2", "finding:1"]


def test_the_hit_says_on_which_page_and_quotes_it(search_index: SearchIndex) -> None:
    pages = tuple(
        Part(text, number)
        for number, text in enumerate(["Portada", "Sin nada", "La garantía <única> & vencida"], 1)
    )
    sheet = (Part("Garantía 12.000", 2, "Presupuesto"),)
    search_index.apply([thing(1, "Uno", parts=pages), thing(2, "Dos", parts=sheet)])
    hits = {hit.id: hit for hit in find(search_index, "garantias").hits}
    assert hits["finding:1"].page == 3
    assert shown(hits["finding:1"]) == "La [garantía] <única> & vencida"
    assert (hits["finding:2"].page, hits["finding:2"].label) == (2, "Presupuesto")


def test_titles_are_marked_too(search_index: SearchIndex) -> None:
    search_index.apply([thing(1, "Falta de contratos")])
    (hit,) = find(search_index, "contrato").hits
    assert hit.title == (("Falta de ", False), ("contratos", True))
    assert (hit.snippet, hit.page) == ((), None)


# ---------------------------------------------------------------- scopes


def test_nothing_leaves_its_scopes(search_index: SearchIndex) -> None:
    search_index.apply(
        [
            thing(1, "Contrato propio", scopes=frozenset({"team:1", "head"})),
            thing(2, "Contrato ajeno", scopes=frozenset({"team:2", "head"})),
            thing(3, "Contrato de nadie", scopes=frozenset()),
        ]
    )
    assert ids(find(search_index, "contrato", frozenset({"team:1"}))) == ["finding:1"]
    assert find(search_index, "contrato", frozenset({"head", "team:1"})).total == 2
    assert find(search_index, "contrato", frozenset()) == SearchPage()


def test_counts_and_spellings_know_nothing_of_other_scopes(search_index: SearchIndex) -> None:
    search_index.apply(
        [
            thing(1, "Contrato", year="2026", scopes=frozenset({"a"})),
            thing(2, "Contrato reservadísimo", year="2027", scopes=frozenset({"b"})),
        ]
    )
    seen = find(search_index, "contrato", frozenset({"a"}), facets=FACETS)
    assert (seen.total, seen.facets["year"]) == (1, {"2026": 1})
    guess = find(search_index, "reservadisino", frozenset({"a"}), facets=FACETS)
    nonsense = find(search_index, "xyzxyzxyz", frozenset({"a"}), facets=FACETS)
    assert guess == nonsense
    assert find(search_index, "reservadisino", frozenset({"b"})).suggestion == "reservadísimo"


def test_what_one_may_not_see_does_not_change_the_order(search_index: SearchIndex) -> None:
    own = [
        thing(1, "Uno", "contrato contrato contrato y un acta", scopes=frozenset({"a"})),
        thing(2, "Dos", "contrato, acta y más actas: acta", scopes=frozenset({"a"})),
    ]
    search_index.apply(own)
    before = find(search_index, "contrato acta", frozenset({"a"}))
    foreign = frozenset({"b"})
    search_index.apply([thing(n, "Acta", "acta " * 50, scopes=foreign) for n in range(10, 60)])
    assert find(search_index, "contrato acta", frozenset({"a"})) == before


# ---------------------------------------------------------------- filters, facets, pages


def test_each_facet_counts_under_the_filters_of_the_others(search_index: SearchIndex) -> None:
    search_index.apply(
        [
            thing(1, "Contrato", year="2026", process="1", state="finding.cerrado"),
            thing(2, "Contrato", year="2027", process="1", state="finding.cerrado"),
            thing(3, "Contrato", year="2027", process="2", state=""),
            thing(4, "Contrato", id="plan:4", kind="plan", year="2027", process="2"),
        ]
    )
    page = find(search_index, "contrato", filters={"year": "2027"}, facets=FACETS)
    assert page.total == 3
    assert page.facets == {
        "kind": {"finding": 2, "plan": 1},
        "year": {"2027": 3, "2026": 1},
        "process": {"2": 2, "1": 1},
        "state": {"finding.cerrado": 1},
    }
    both = find(search_index, "contrato", filters={"year": "2027", "kind": "plan"})
    assert ids(both) == ["plan:4"]
    assert find(search_index, "contrato", filters={"year": "1999"}).total == 0


def test_pages_of_results_neither_repeat_nor_skip(search_index: SearchIndex) -> None:
    search_index.apply([thing(n, f"Contrato {n}") for n in range(1, PAGE_SIZE * 2 + 4)])
    seen: list[str] = []
    cursor: int | None = 0
    while cursor is not None:
        page = find(search_index, "contrato", cursor=cursor)
        seen += ids(page)
        cursor = page.next_cursor
    assert len(seen) == len(set(seen)) == PAGE_SIZE * 2 + 3
    assert find(search_index, "contrato", cursor=-5) == find(search_index, "contrato")
    assert find(search_index, "contrato", cursor=10**20).hits == ()


# ---------------------------------------------------------------- changes


def test_a_change_replaces_what_was_there(search_index: SearchIndex) -> None:
    search_index.apply([thing(1, "Contrato viejo", "texto antiguo"), thing(2, "Otro contrato")])
    search_index.apply([thing(1, "Convenio nuevo", "texto reciente", stamp="2")])
    assert ids(find(search_index, "contrato")) == ["finding:2"]
    assert find(search_index, "antiguo").total == 0
    assert find(search_index, "convenio reciente").total == 1
    assert search_index.stamps() == {"finding:1": "2", "finding:2": "1"}


def test_a_change_without_text_keeps_the_text_that_is_there(search_index: SearchIndex) -> None:
    search_index.apply([thing(1, "Acta", parts=(Part("garantía", 7),))])
    closed = frozenset({"head"})
    search_index.apply([thing(1, "Acta retirada", scopes=closed, parts=None)])
    assert find(search_index, "garantía").total == 0
    (hit,) = find(search_index, "garantía retirada", closed).hits
    assert hit.page == 7
    search_index.replace_all([thing(1, "Acta", parts=None)])
    assert find(search_index, "garantía").total == 1


def test_what_is_removed_is_gone_with_its_text(search_index: SearchIndex) -> None:
    search_index.apply([thing(1, "Contrato", "garantía"), thing(2, "Contrato")])
    search_index.remove(["finding:1", "finding:99"])
    assert ids(find(search_index, "contrato")) == ["finding:2"]
    assert find(search_index, "garantía").total == 0


def test_excluded_things_count_nowhere(search_index: SearchIndex) -> None:
    search_index.apply([thing(1, "Contrato", year="2026"), thing(2, "Contrato", year="2027")])
    page = find(search_index, "contrato", facets=["year"], excluded=frozenset({"finding:1"}))
    assert (ids(page), page.total, page.facets["year"]) == (["finding:2"], 1, {"2027": 1})
    gone = find(search_index, "contrados", excluded=frozenset({"finding:1", "finding:2"}))
    assert gone.suggestion == ""


def test_only_what_is_live_counts(search_index: SearchIndex) -> None:
    search_index.apply([thing(n, "Contrato") for n in (1, 2, 3)])
    live = {"finding:1": "1", "finding:2": "2"}
    assert ids(find(search_index, "contrato", live=live)) == ["finding:1"]
    assert find(search_index, "contrato", live={}).total == 0


def test_a_rebuild_leaves_exactly_what_it_was_given(search_index: SearchIndex) -> None:
    search_index.apply([thing(1, "Contrato viejo"), thing(2, "Contrato que sigue")])
    search_index.replace_all([thing(2, "Contrato que sigue"), thing(3, "Contrato nuevo")])
    assert set(ids(find(search_index, "contrato"))) == {"finding:2", "finding:3"}
    search_index.check()


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    "raw",
    [
        "*",
        "a*b*c*",
        "(a+)+$",
        '"' * 999,
        "NEAR/999999",
        "field:secret",
        '" OR rowid',
        ":*",
        "'",
        "' OR 1=1--",
        "\\",
        "%",
        "_",
        "!contrato | & ! <->",
        "x" * 10_000,
        "{{7*7}}",
        "contrato:*",
        "\x00contrato",
        "\ud800",
        "de la el",
        "-contrato",
        "contrato\u202e",
    ],
)
def test_anything_may_be_typed(search_index: SearchIndex, raw: str) -> None:
    search_index.apply([thing(1, "Contrato"), thing(2, "Otra cosa")])
    assert "finding:2" not in ids(find(search_index, raw, facets=FACETS))


@pytest.mark.parametrize(
    "text",
    ["it's \\'quoted\\' \\", "a" * 5_000, "palabra " * 30_000, "'':: <-> | & !", "x-" * 3_000],
)
def test_any_text_may_be_indexed(search_index: SearchIndex, text: str) -> None:
    search_index.apply([thing(1, "Hallazgo raro", text)])
    assert find(search_index, "hallazgo").total == 1


# ---------------------------------------------------------------- the folder


# The library leaves the file it could not read to the garbage collector, which is called here.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_missing_or_broken_folder_is_not_an_empty_answer(tmp_path: Path) -> None:
    broken = WhooshIndex(tmp_path / "index", RULES)
    for ask in (lambda: find(broken, "contrato"), broken.check, broken.stamps):
        with pytest.raises(IndexMissing):
            ask()
    with pytest.raises(IndexMissing):
        broken.apply([thing(1, "Contrato")])
    broken.replace_all([thing(1, "Contrato")])
    for path in (tmp_path / "index").glob("*.seg"):
        path.write_bytes(b"not an index")
    with pytest.raises(IndexUnavailable):
        find(broken, "contrato")
    for path in (tmp_path / "index").glob("*.toc"):
        path.write_bytes(b"not an index")
    with pytest.raises(IndexUnavailable):
        find(broken, "contrato")
    broken.replace_all([thing(1, "Contrato")])
    assert find(broken, "contrato").total == 1
    gc.collect()


def test_an_index_of_older_rules_is_missing_until_made_anew(tmp_path: Path) -> None:
    WhooshIndex(tmp_path, "old").replace_all([thing(1, "Contrato")])
    new = WhooshIndex(tmp_path, "new")
    with pytest.raises(IndexMissing):
        find(new, "contrato")
    new.replace_all([thing(1, "Contrato")])
    assert find(new, "contrato").total == 1
    assert not [path.name for path in tmp_path.iterdir() if "old" in path.name]


def test_a_rebuild_that_fails_leaves_the_old_index(tmp_path: Path) -> None:
    found = WhooshIndex(tmp_path, RULES)
    found.replace_all([thing(1, "Contrato")])

    def breaks() -> Iterator[Change]:
        yield thing(2, "Convenio")
        raise OSError("the database went away")

    with pytest.raises(IndexUnavailable):
        found.replace_all(breaks())
    assert ids(find(found, "contrato")) == ["finding:1"]
    found.apply([thing(3, "Convenio")])
    assert ids(find(found, "convenio")) == ["finding:3"]


def test_searches_go_on_while_the_worker_writes(tmp_path: Path) -> None:
    found = WhooshIndex(tmp_path, RULES)
    found.replace_all([thing(1, "Contrato fijo")])
    failures: list[Exception] = []
    done = threading.Event()

    def search() -> None:
        while not done.is_set():
            try:
                assert "finding:1" in ids(find(found, "fijo"))
            except Exception as error:
                failures.append(error)

    readers = [threading.Thread(target=search) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(2, 40):
        found.apply([thing(number, f"Contrato {number}")])
    done.set()
    for reader in readers:
        reader.join()
    assert failures == []
    assert find(found, "contrato").total == 39


@pytest.mark.pg
def test_rows_of_older_rules_make_the_tables_missing(tables: Session) -> None:
    PostgresIndex(tables, "old").apply([thing(1, "Contrato")])
    new = PostgresIndex(tables, "new")
    with pytest.raises(IndexMissing):
        find(new, "contrato")
    new.replace_all([thing(1, "Contrato")])
    assert find(new, "contrato").total == 1


@pytest.mark.pg
def test_the_public_tables_are_others(tables: Session) -> None:
    PostgresIndex(tables, RULES).apply([thing(1, "Contrato")])
    public = PostgresIndex(tables, RULES, prefix="pub_")
    assert find(public, "contrato").total == 0
    public.apply([thing(2, "Contrato")])
    assert ids(find(public, "contrato")) == ["finding:2"]
