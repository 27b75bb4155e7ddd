"""Personal data is found by its shape, and what only looks like it is left alone."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import personal_data
from app.personal_data import OMITTED, DataKind, find, mask

NAMES = ["Ana María López", "Jorge Eliécer Ruiz Díaz"]
FOUND = [
    ("identificado con cédula de ciudadanía No. 52.345.678", DataKind.IDENTITY, "52.345.678"),
    ("CC 79456123", DataKind.IDENTITY, "79456123"),
    ("C.C. 1.023.456.789 de Bogotá", DataKind.IDENTITY, "1.023.456.789"),
    ("C. C. N.º 1023456789", DataKind.IDENTITY, "1023456789"),
    ("pasaporte 12345678", DataKind.IDENTITY, "12345678"),
    ("la persona 52.345.678 firmó", DataKind.IDENTITY, "52.345.678"),
    ("llamar al 300 123 4567", DataKind.PHONE, "300 123 4567"),
    ("celular: 3101234567", DataKind.PHONE, "3101234567"),
    ("+57 315-555-0142", DataKind.PHONE, "+57 315-555-0142"),
    ("Teléfono fijo: (601) 345 6789", DataKind.PHONE, "(601) 345 6789"),
    ("tel. 345 67 89", DataKind.PHONE, "345 67 89"),
    ("escribe desde juan.perez+x@gmail.com.", DataKind.EMAIL, "juan.perez+x@gmail.com"),
    ("vive en la Calle 12 # 3-45", DataKind.ADDRESS, "Calle 12 # 3-45"),
    (
        "Carrera 15A # 88 – 64 Sur, apto 301",
        DataKind.ADDRESS,
        "Carrera 15A # 88 – 64 Sur, apto 301",
    ),
    ("Av. Calle 26 # 57-41", DataKind.ADDRESS, "Av. Calle 26 # 57-41"),
    ("Cra. 7 No. 32-16", DataKind.ADDRESS, "Cra. 7 No. 32-16"),
    ("KR 7 32 16", DataKind.ADDRESS, "KR 7 32 16"),
    ("Manzana 4 casa 12", DataKind.ADDRESS, "Manzana 4 casa 12"),
    ("cuenta de ahorros n.º 123-456789-01", DataKind.ACCOUNT, "123-456789-01"),
    ("por Nequi 3009998877", DataKind.ACCOUNT, "3009998877"),
    ("vehículo de placas ABC 123", DataKind.PLATE, "ABC 123"),
    ("la moto XYZ12D", DataKind.PLATE, "XYZ12D"),
    ("la contratista María del Pilar Rojas no", DataKind.NAME, "María del Pilar Rojas"),
    ("según ana maria lopez,", DataKind.NAME, "ana maria lopez"),
    ("lo dijo Jorge Ruiz.", DataKind.NAME, "Jorge Ruiz"),
    ("su historia clínica", DataKind.SENSITIVE, "historia clínica"),
    ("ver 2027-AUD-03-H02", DataKind.INSIDE_CODE, "2027-AUD-03-H02"),
]
LEFT_ALONE = [
    "por $ 1.234.567.890 se contrató",
    "45.678.123 pesos",
    "por valor de 45.678.123",
    "NIT 900.123.456-7",
    "se revisaron 1.200.000 registros",
    "2.345.678 habitantes",
    "radicado 2027-OCI-000012",
    "la Ley 1712 de 2014, artículo 18, y la ISO 900",
    "Decreto 1082 de 2015, numeral 2.2.1.1.1.7.1",
    "del 12/03/2027 al 2027-04-15",
    "la Calle 100 con carrera 15 está en obra",
    "La señora alcaldesa firmó",
    "contrato CDP 123 y CRP 456",
    "",
]


@pytest.mark.parametrize(("text", "kind", "expected"), FOUND)
def test_finds(text: str, kind: DataKind, expected: str) -> None:
    assert [(mark.kind, mark.text) for mark in find(text, NAMES)] == [(kind, expected)]


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_leaves_alone(text: str) -> None:
    assert find(text, NAMES) == []


def test_tells_where_each_mark_stands() -> None:
    text = "Juan: 300 123 4567 y juan@gmail.com"
    marks = find(text)
    assert [text[mark.start : mark.end] for mark in marks] == [mark.text for mark in marks]
    assert [mark.kind for mark in marks] == [DataKind.PHONE, DataKind.EMAIL]


def test_one_piece_of_text_gives_one_mark() -> None:
    """A telephone after the word is not also a document."""
    assert len(find("Celular 3101234567, cédula 52345678")) == 2


def test_a_name_is_found_in_accents_and_capitals_of_any_kind() -> None:
    assert [mark.text for mark in find("ANA MARÍA LÓPEZ y Jorge Ruizosa", NAMES)] == [
        "ANA MARÍA LÓPEZ"
    ]


def test_masks_what_nobody_reviews() -> None:
    masked = mask("Lo hará Jorge Ruiz (C.C. 79456123, jorge@x.co) en la Calle 1 # 2-3.", NAMES)
    assert masked == f"Lo hará {OMITTED} (C.C. {OMITTED}, {OMITTED}) en la {OMITTED}."


def test_masking_takes_doubtful_documents_and_leaves_doubtful_words() -> None:
    assert mask("Atender 52.345.678 y la historia clínica") == (
        f"Atender {OMITTED} y la historia clínica"
    )


def test_what_nobody_sees_hides_nothing() -> None:
    assert mask("cédula 52.345\u200b.678\u202e") == f"cédula {OMITTED}"


@given(st.text(alphabet="Aa1 .-#@áñÑ(),$:/\n", max_size=300))
def test_marks_never_overlap_and_masking_leaves_no_sure_mark(text: str) -> None:
    marks = find(text, NAMES)
    assert all(a.end <= b.start for a, b in itertools.pairwise(marks))
    assert all(text[mark.start : mark.end] == mark.text for mark in marks)


HOSTILE = ["1" * 20_000, "a." * 10_000, "calle 1 " * 2_500, "1.234." * 3_300, "cédula " * 2_800]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:8])
def test_no_text_is_slow(text: str) -> None:
    began_s = time.perf_counter()
    find(text, NAMES)
    assert time.perf_counter() - began_s < 1.0


def test_folding_keeps_positions() -> None:
    text = "ÁÉÍÓÚÑ İstanbul ß"
    assert len(personal_data.fold(text)) == len(text)
