"""The analyser of the search: which words meet, which stay apart, what stays whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapters.search.text import STOP_WORDS, analyse, clean, fold, stem

SAME = """
año años, juez jueces, ley leyes, mes meses, red redes, vez veces, acta actas, caso casos,
uso usos, obra obras, ente entes, vía vías, día días, mujer mujeres, plan planes, fin fines,
índice índices, apéndice apéndices, matriz matrices, raíz raíces, directriz directrices,
eficaz eficaces, evaluacion evaluaciones, evaluación evaluacion, auditoría auditoria,
auditoria auditorías, gestion gestiones, rol roles, interés intereses, país países,
régimen regímenes, líder líderes, carácter caracteres, imagen imágenes, resumen resúmenes,
estado estados, área áreas, contrato contratación, supervisión supervisiones, CONTRATO contrato,
veeduría veedurias, bien bienes, sede sedes, informe informes, hallazgo hallazgos
"""
PAIRS = [tuple(pair.split()) for pair in SAME.split(",")]
DIFFERENT = [("año", "ano"), ("juez", "juego"), ("índice", "indio"), ("pena", "peña")]


def terms(text: str) -> list[str]:
    return [token.term for token in analyse(text)]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_forms_of_a_word_meet(one: str, other: str) -> None:
    assert terms(one) == terms(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_other_words_stay_apart(one: str, other: str) -> None:
    assert terms(one) != terms(other)


@pytest.mark.parametrize("word", ["argue", "igue", "arguye", "guar", "ue", "ñ"])
def test_no_word_breaks_the_stemmer(word: str) -> None:
    assert stem(word)


@pytest.mark.parametrize("code", ["H-001/2025", "2026-AUD-03-H02", "2027-OCI-000012", "1.234.567"])
def test_codes_stay_whole_beside_their_parts(code: str) -> None:
    tokens = list(analyse(f"el hallazgo {code}."))
    whole = next(token for token in tokens if token.is_code)
    assert whole.term == fold(code)
    assert f"el hallazgo {code}."[whole.start : whole.end] == code


def test_parts_of_a_joined_word_are_found() -> None:
    assert {"cost", "benefici", "costo-beneficio"} <= set(terms("costo-beneficio"))
    assert "contrat" in terms("acta_contrato_2024.pdf")


def test_function_words_are_left_out_but_nouns_like_estado_stay() -> None:
    assert terms("de la y en el por") == []
    assert terms("estado de los contratos") == [stem("estado"), stem("contrato")]
    assert "estado" not in STOP_WORDS


def test_phrases_skip_function_words_and_stop_at_page_breaks() -> None:
    positions = [t.position for t in analyse("plan de mejoramiento\fplan")]
    assert positions[1] == positions[0] + 1
    assert positions[2] > positions[1] + 1


@pytest.mark.parametrize(
    ("raw", "seen"),
    [
        ("o\ufb01cina", "oficina"),
        ("contra\ufffe\r\ntaci\u00f3n", "contratación"),
        ("contra\u00adtación", "contratación"),
        ("acta\u202efdp", "actafdp"),
        ("a\x00b", "ab"),
        ("informacio\u0301n", "información"),
        ("l\u00ednea\notra", "línea\notra"),
    ],
)
def test_clean_text(raw: str, seen: str) -> None:
    assert clean(raw) == seen


@given(st.text(max_size=300))
def test_any_text_is_analysed(text: str) -> None:
    for token in analyse(clean(text)):
        assert token.term
        assert 0 <= token.start < token.end
