"""Personal data in Spanish text, found by its shape, so that a person decides about each one.

What may not be on the internet is listed in Ley 1581 de 2012, arts. 4 f and 5, and Ley 1712 de
2014, art. 18. Pure text: no database, no settings. Patterns are bounded, so that no text makes
them slow.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

OMITTED = "[dato omitido]"


class DataKind(StrEnum):
    """What a mark looks like."""

    EMAIL = "correo"
    ADDRESS = "direccion"
    ACCOUNT = "cuenta"
    PHONE = "telefono"
    IDENTITY = "documento"
    PLATE = "placa"
    NAME = "nombre"
    SENSITIVE = "sensible"
    INSIDE_CODE = "codigo_interno"


@dataclass(frozen=True, slots=True)
class Mark:
    """A piece of text at [start, end) that looks like personal data.

    `sure`: its surroundings leave no doubt ("cédula 52.345.678"); of what is not sure the
    reviewer decides.
    """

    kind: DataKind
    start: int
    end: int
    text: str
    sure: bool


@dataclass(frozen=True, slots=True)
class Pattern:
    """A kind of data and its shape; the mark is group 1 when there is one."""

    kind: DataKind
    regex: re.Pattern[str]
    sure: bool = True


NUMBER_SIGN = r"(?:\s*(?:n[.ºo°]{1,2}\.?|num(?:ero|\.)?|número|#|:|es|con)){0,3}"
WAY = (
    r"(?:calle|cll?|carrera|cra|kra|kr|cr|avenida(?:\s+(?:calle|carrera))?"
    r"|av\.?(?:\s*(?:calle|cll?|carrera|cra|kr))?|ak|ac|diagonal|diag|dg"
    r"|transversal|transv|tv|circular|autopista)"
)
HOUSE = r"\d{1,3}\s?(?:[a-z]\b)?(?:\s?bis\b(?:\s?[a-z]\b)?)?(?:\s?(?:sur|norte|este|oeste)\b)?"
INNER = r"(?:,?\s*(?:apto|apartamento|casa|piso|torre|interior|int|oficina|of)\.?\s*\w{1,6}){0,3}"
# What turns a number into something else than a person's document
MONEY_BEFORE = re.compile(r"(?:\$|€|COP|USD|pesos|valor(?:\s+de)?|suma(?:\s+de)?)\s*$", re.I)
TAX_NUMBER_BEFORE = re.compile(r"NIT\.?\s*(?:n[.ºo°]{1,2}\.?)?\s*:?\s*$", re.I)
UNIT_AFTER = re.compile(
    r"\s*(?:%|pesos|d[oó]lares|COP|USD|millones|habitantes|registros|kil[oó]metros|km\b|m2|m²|GB|MB)",
    re.I,
)
CHECK_DIGIT_AFTER = re.compile(r"\s?-\s?\d\b(?!\d)")
# Three capitals and three figures that are no plate
NO_PLATE = frozenset(
    {"ACT", "ADN", "AGN", "ART", "AUD", "CDP", "CGN", "CGR", "CIO", "CNM", "COP", "COR"}
    | {"CPC", "CRP", "DEC", "DNP", "EUR", "FOR", "GDP", "HAL", "INF", "IPC", "ISO", "IVA"}
    | {"LEY", "MIN", "NIT", "NTC", "OCI", "OPS", "PAA", "PAR", "PGN", "PLA", "POA", "PQR"}
    | {"RES", "RUT", "SGC", "SGD", "SMS", "TIC", "TRD", "USD", "UPZ", "UVT"}
)

PATTERNS: tuple[Pattern, ...] = (
    Pattern(
        DataKind.EMAIL,
        re.compile(r"(?<![\w.+%-])[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}"),
    ),
    Pattern(
        DataKind.ADDRESS,
        re.compile(
            rf"\b{WAY}\.?\s*{HOUSE}\s*(?:#|n[.ºo°]{{1,2}}\.?|num(?:ero)?\.?|número)?\s*{HOUSE}"
            rf"\s*(?:[-–—]\s*|\s)\d{{1,3}}(?:\s?(?:sur|norte|este|oeste)\b)?{INNER}",
            re.I,
        ),
    ),
    Pattern(
        DataKind.ADDRESS,
        re.compile(r"\bmanzana\s+\w{1,3},?\s+(?:casa|lote)\s+\w{1,4}\b", re.I),
    ),
    Pattern(
        DataKind.ACCOUNT,
        re.compile(
            r"\bcuentas?\s+(?:bancarias?|de\s+ahorros?|de\s+n[oó]mina|corrientes?|n[.ºo°]{1,2}|número)"
            r"[^\d\n]{0,40}(\d[\d .-]{6,22}\d)",
            re.I,
        ),
    ),
    Pattern(
        DataKind.ACCOUNT,
        re.compile(r"\b(?:nequi|daviplata|iban)\b[^\d\n]{0,20}(\d[\d .-]{6,26}\d)", re.I),
    ),
    Pattern(
        DataKind.IDENTITY,
        re.compile(
            r"(?:\bc[eé]dulas?(?:\s+de\s+(?:ciudadan[ií]a|extranjer[ií]a))?"
            r"|\bdocumentos?\s+de\s+(?:identidad|identificaci[oó]n)|\bidentificad[oa]s?\b"
            r"|\bidentificaci[oó]n\b|\bpasaporte\b|\bregistro\s+civil\b|\btarjeta\s+de\s+identidad)"
            r"[^\d\n]{0,30}(\d[\d.,' ]{3,14}\d)",
            re.I,
        ),
    ),
    Pattern(
        DataKind.IDENTITY,
        re.compile(
            rf"\b(?:C\.?\s?C\.?|C\.?\s?E\.?|T\.\s?I\.?|TI){NUMBER_SIGN}\s*"
            r"(\d{1,3}(?:[.,' ]?\d{3}){1,3}|\d{5,11})\b"
        ),
    ),
    Pattern(
        DataKind.PHONE,
        re.compile(
            r"\b(?:tel(?:[eé]fonos?|\.|s\.)?|cel(?:ulares|ular|\.)?|m[oó]vil|fax|whatsapp|pbx)"
            rf"{NUMBER_SIGN}\s*((?:\+|\()?\d[\d ().-]{{5,17}}\d)",
            re.I,
        ),
    ),
    Pattern(
        DataKind.PHONE,
        re.compile(
            r"(?<![\d.,$-])(?:\+?57[ .-]?)?3[0-5]\d[ .-]?\d{3}[ .-]?\d{2}[ .-]?\d{2}(?![\d-])"
        ),
    ),
    Pattern(
        DataKind.PHONE,
        re.compile(r"(?<![\d.,$-])(?:\(60[1-8]\)|60[1-8])[ .-]?\d{3}[ .-]?\d{4}(?![\d-])"),
    ),
    Pattern(
        DataKind.PLATE,
        re.compile(r"(?i:\bplacas?)\b[^\w\n]{0,5}([A-Z]{3}[ -]?\d{2}[0-9A-Z])\b"),
    ),
    Pattern(
        DataKind.NAME,
        re.compile(
            r"\b(?:[Ss]eñora?|[Ss]ra?\.|[Dd]on|[Dd]oña|[Dd]octora?|[Dd]ra?\.|[Ii]ngenier[oa]|[Cc]ontratista"
            r"|[Ff]uncionari[oa]|[Ss]ervidora?(?:\s+públic[oa])?|[Cc]iudadan[oa]|[Bb]eneficiari[oa]"
            r"|[Dd]enunciante|[Qq]uejos[oa]|[Mm]enor)\s+"
            r"([A-ZÁÉÍÓÚÑ][a-záéíóúñü]{1,20}(?:\s+(?:de(?:l|\s+la|\s+los)?\s+)?"
            r"[A-ZÁÉÍÓÚÑ][a-záéíóúñü]{1,20}){1,3})"
        ),
    ),
    Pattern(
        DataKind.SENSITIVE,
        re.compile(
            r"\b(?:historias?\s+cl[ií]nicas?|diagn[oó]stico\s+m[eé]dico|VIH|incapacidad\s+m[eé]dica"
            r"|orientaci[oó]n\s+sexual|afiliaci[oó]n\s+sindical|afiliaci[oó]n\s+pol[ií]tica"
            r"|huellas?\s+dactilar(?:es)?|menor(?:es)?\s+de\s+edad|origen\s+[eé]tnico|creencias?\s+religiosas?)\b",
            re.I,
        ),
        sure=False,
    ),
    Pattern(
        DataKind.INSIDE_CODE,
        re.compile(r"(?<![\w-])\d{4}-(?:AUD|PM|OCI-PT)-\d{1,4}(?:-[A-Z]{1,2}\d{1,4})*(?![\w-])"),
    ),
    Pattern(
        DataKind.IDENTITY,
        re.compile(
            r"(?<![\d.,/\w-])(?:\d{1,3}(?:\.\d{3}){2,3}|\d{1,3}(?:'\d{3}){2,3}|\d{7,11})"
            r"(?![\d/\w]|[.,]\d)"
        ),
        sure=False,
    ),
    Pattern(
        DataKind.PLATE,
        re.compile(r"(?<![\w-])[A-Z]{3}[ -]?\d{2}[0-9A-Z](?![\w-])"),
        sure=False,
    ),
)

FOLDED = str.maketrans("áàâäéèêëíìîïóòôöúùûüñ", "aaaaeeeeiiiioooouuuun")


def find(text: str, names: Iterable[str] = ()) -> list[Mark]:
    """Everything in a text that looks like personal data, in order, without overlaps.

    `names`: persons known to the entity, looked for as they stand, without regard to accents.
    """
    taken: list[Mark] = []
    for mark in (*_known_names(text, names), *_shapes(text)):
        if all(mark.end <= other.start or mark.start >= other.end for other in taken):
            taken.append(mark)
    return sorted(taken, key=lambda mark: mark.start)


def visible(text: str) -> str:
    """The text without characters that nobody sees (zero width, direction marks): they could
    hide words from the reviewer, and a document number from the patterns above."""
    return "".join(c for c in text if unicodedata.category(c) != "Cf")


def mask(text: str, names: Iterable[str] = ()) -> str:
    """The text without what may be personal data: for texts that go out without a reviewer.

    A number that may be a person's document goes too: a figure lost is less than one told.
    """
    text = visible(text)
    marks = [m for m in find(text, names) if m.sure or m.kind is DataKind.IDENTITY]
    for mark in reversed(marks):
        text = text[: mark.start] + OMITTED + text[mark.end :]
    return text


def _shapes(text: str) -> Iterator[Mark]:
    for pattern in PATTERNS:
        group = 1 if pattern.regex.groups else 0
        for match in pattern.regex.finditer(text):
            start, end = match.span(group)
            if pattern.sure or _is_plausible(pattern.kind, text, start, end):
                yield Mark(pattern.kind, start, end, text[start:end], pattern.sure)


def _is_plausible(kind: DataKind, text: str, start: int, end: int) -> bool:
    """Whether a shape without a word beside it may be what it looks like."""
    found = text[start:end]
    if kind is DataKind.PLATE:
        return found[:3] not in NO_PLATE
    if kind is not DataKind.IDENTITY:
        return True
    digits = re.sub(r"\D", "", found)
    before = text[max(0, start - 20) : start]
    return not (
        digits.endswith("000")  # a round figure: nobody's document in a thousand
        or MONEY_BEFORE.search(before)
        or TAX_NUMBER_BEFORE.search(before)
        or UNIT_AFTER.match(text, end)
        or CHECK_DIGIT_AFTER.match(text, end)
    )


def _known_names(text: str, names: Iterable[str]) -> Iterator[Mark]:
    folded = fold(text)
    for name in names:
        for form in _forms(name):
            start = folded.find(form)
            while start >= 0:
                end = start + len(form)
                if _is_word(folded, start, end):
                    yield Mark(DataKind.NAME, start, end, text[start:end], True)
                start = folded.find(form, end)


@lru_cache(maxsize=1024)
def _forms(name: str) -> tuple[str, ...]:
    """The whole name, and first name with a surname: how texts quote people."""
    words = fold(name).split()
    if len(words) < 2:
        return ()
    forms = [" ".join(words)]
    if len(words) > 2:
        forms += [f"{words[0]} {words[-1]}", f"{words[0]} {words[-2]}"]
    return tuple(dict.fromkeys(forms))


def _is_word(text: str, start: int, end: int) -> bool:
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    return not before.isalnum() and not after.isalnum()


def fold(text: str) -> str:
    """Lower case without accents, letter by letter: positions stay those of the text."""
    lower = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    return lower.translate(FOLDED)
