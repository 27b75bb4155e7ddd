"""The report as PDF/UA, drawn by Typst from its content as data. No font of the system is used,
so the same content gives the same page on every machine."""

from __future__ import annotations

import json
import re
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from app.services.report_content import ReportContent

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "typst"
STANDARD: Literal["ua-1"] = "ua-1"
# What the built-in fonts surely have: Latin with its marks, and the usual punctuation.
SURE = re.compile(r"[\n\t\u0020-\u007e\u00a0-\u017f\u2010-\u2015\u2018-\u201e\u2022\u2026]*")
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
REFUSED = re.compile(r"the text `\"(.+?)\"` could not be displayed")


def render(content: ReportContent, *, at: datetime) -> bytes:
    """The PDF of this content; `at` is the time written into its properties.

    Raises: typst.TypstError when the template itself is wrong.
    """
    return compile_pdf("report.typ", content.as_json(), at=at)


def compile_pdf(template: str, data: dict[str, Any], *, at: datetime) -> bytes:
    """The PDF/UA that a template of ours draws from this data.

    Raises: typst.TypstError when the template itself is wrong.
    """
    import typst  # loaded only where a document is made

    return typst.compile(
        TEMPLATES / template,
        root=TEMPLATES,
        format="pdf",
        pdf_standards=STANDARD,
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(printable(data), ensure_ascii=False)},
        timestamp=int(at.timestamp()),
    )


def printable(value: Any) -> Any:
    """The same data, where each character that no built-in font can draw (an emoji, a Chinese
    word) gives its code, like [U+1F600]: a PDF/UA may hold no empty boxes. Marks that turn the
    direction of what follows are left out: what is signed must read as it was written."""
    unsure = _unsure(value) - TURNING
    table: dict[int, str] = {ord(each): "" for each in TURNING}
    table |= {ord(each): f"[U+{ord(each):04X}]" for each in _missing(frozenset(unsure))}
    return _replaced(value, table)


def _unsure(value: Any) -> set[str]:
    if isinstance(value, str):
        return set() if SURE.fullmatch(value) else set(SURE.sub("", value))
    if isinstance(value, dict):
        return set().union(*(_unsure(each) for each in value.values()))
    if isinstance(value, list | tuple):
        return set().union(*(_unsure(each) for each in value))
    return set()


def _replaced(value: Any, table: dict[int, str]) -> Any:
    if isinstance(value, str):
        return value.translate(table)
    if isinstance(value, dict):
        return {key: _replaced(each, table) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_replaced(each, table) for each in value]
    return value


@lru_cache(maxsize=64)
def _missing(characters: frozenset[str]) -> frozenset[str]:
    """Those of these characters that cannot be drawn, as Typst itself says."""
    import typst

    if not characters:
        return frozenset()
    probe = TEMPLATES / "probe.typ"
    try:
        typst.compile(
            probe,
            root=TEMPLATES,
            format="pdf",
            pdf_standards=STANDARD,
            ignore_system_fonts=True,
            sys_inputs={"characters": json.dumps(sorted(characters))},
        )
    except typst.TypstError as error:
        return frozenset(_named(str(error.diagnostic)))
    return frozenset()


def _named(diagnostic: str) -> set[str]:
    found: set[str] = set()
    for text in REFUSED.findall(diagnostic):
        found |= set(re.sub(r"\\u\{([0-9a-f]+)\}", lambda m: chr(int(m[1], 16)), text))
    return found
