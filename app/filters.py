"""Jinja filters: how dates, figures and texts are written for readers in Colombia.

All are pure functions; `register` gives them to an application. `None` is written as an empty text,
so that a template needs no condition for what is not known yet.
"""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask
from markupsafe import Markup, escape

BOGOTA = ZoneInfo("America/Bogota")
NBSP = "\N{NO-BREAK SPACE}"
MONTHS = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic")

# 2027-AUD-03-H02, 2027-PM-001-A01, 2027-OCI-000012, PT-01, and public ones: INF-2027-003.
CODE = re.compile(
    r"(?<![\w-])(?:\d{4}-[A-Z]{2,5}(?:-[A-Z]?\d+)+|(?:PT|INF|HAL|PLA|ACC|AUD)(?:-\d{4})?-\d{2,})(?!\w)"
)

Number = int | float | Decimal
Diff = list[tuple[str, str]]


def _local(moment: datetime, zone: tzinfo) -> datetime:
    """The moment on the clock of `zone`; a naive one is taken as UTC, the way it is stored."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(zone)


def date_es(value: date | None, zone: tzinfo = BOGOTA) -> str:
    """12 mar 2027. The day of a moment is the day it was in `zone`."""
    if value is None:
        return ""
    day = _local(value, zone).date() if isinstance(value, datetime) else value
    return f"{day.day}{NBSP}{MONTHS[day.month - 1]}{NBSP}{day.year}"


def datetime_es(value: datetime | None, zone: tzinfo = BOGOTA) -> str:
    """12 mar 2027, 14:05, in 24 hours."""
    if value is None:
        return ""
    return f"{date_es(value, zone)}, {_local(value, zone):%H:%M}"


def month_es(month: int) -> str:
    """1 to 12 in three letters: "ene"."""
    return MONTHS[month - 1]


def iso(value: date | None, zone: tzinfo = BOGOTA) -> str:
    """ISO 8601 for the `datetime` attribute of `<time>`; a moment carries its offset."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return _local(value, zone).isoformat(timespec="seconds")
    return value.isoformat()


def number_es(value: Number | None, decimals: int | None = None) -> str:
    """1.234,5. Without `decimals`, at most two, and no zeros at the end."""
    if value is None:
        return ""
    exponent = Decimal(1).scaleb(-(2 if decimals is None else decimals))
    rounded = Decimal(str(value)).quantize(exponent, rounding=ROUND_HALF_UP)
    if rounded == 0:  # what rounds to nothing has no sign
        rounded = abs(rounded)
    text = f"{rounded:,f}"
    if decimals is None:
        text = text.rstrip("0").rstrip(".")
    return text.translate(str.maketrans(",.", ".,"))


def bytes_es(value: int | None) -> str:
    """842 bytes, 12 KB, 1,4 MB: multiples of 1024, the way file managers write sizes."""
    if value is None:
        return ""
    if value < 1024:
        return f"{value}{NBSP}{'byte' if value == 1 else 'bytes'}"
    size, unit = value / 1024, "KB"
    for following in ("MB", "GB", "TB"):
        if size < 999.5:
            break
        size, unit = size / 1024, following
    fraction = 1 if size < 9.95 and unit != "KB" else 0
    return f"{number_es(size, fraction).removesuffix(',0')}{NBSP}{unit}"


def pct_es(value: Number | None, decimals: int | None = None) -> str:
    """45,5 %. The value is in hundredths already (45.5, not 0.455); at most one decimal."""
    if value is None:
        return ""
    text = number_es(value, 1 if decimals is None else decimals)
    return f"{text.removesuffix(',0') if decimals is None else text}{NBSP}%"


def money_cop(value: Number | None) -> str:
    """$ 1.234.567: Colombian pesos, without cents (domain.md, section 10)."""
    if value is None:
        return ""
    text = number_es(value, 0)
    return f"-${NBSP}{text[1:]}" if text.startswith("-") else f"${NBSP}{text}"


def codes(value: object) -> Markup:
    """Escaped text as HTML in which no code is broken at its hyphens; what has tags stays."""
    text = escape("" if value is None else value)
    if "<" in text:
        return text
    return Markup(CODE.sub(r'<span class="code">\g<0></span>', str(text)))  # noqa: S704 - escaped


def paragraphs(value: str | None) -> Markup:
    """Escaped text as HTML: an empty line parts paragraphs, a single break stays a break."""
    text = (value or "").replace("\r\n", "\n").replace("\r", "\n").strip()
    blocks = (block.split("\n") for block in re.split(r"\n\s*\n", text) if block.strip())
    lines = (Markup("<br>\n").join(codes(line) for line in block) for block in blocks)
    return Markup("\n").join(Markup("<p>{}</p>").format(text) for text in lines)


def short_hash(value: str | None) -> str:
    """The first 12 characters of a digest, enough to tell two documents apart by eye."""
    return (value or "")[:12]


def slug(value: str) -> str:
    """Lower-case ASCII for ids and addresses: "Hallazgos críticos" gives hallazgos-criticos."""
    plain = unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def word_diff(old: str, new: str) -> Diff:
    """What changed between two texts, word by word: (equal | delete | insert, text) in order."""
    before, after = (re.findall(r"\s+|[^\s]+", text) for text in (old, new))
    matcher = difflib.SequenceMatcher(a=before, b=after, autojunk=False)
    pieces: Diff = []
    for op, i1, i2, j1, j2 in matcher.get_opcodes():
        if op == "equal":
            pieces.append(("equal", "".join(before[i1:i2])))
            continue
        if i2 > i1:
            pieces.append(("delete", "".join(before[i1:i2])))
        if j2 > j1:
            pieces.append(("insert", "".join(after[j1:j2])))
    return pieces


def changed_words(diff: Iterable[tuple[str, str]], op: str) -> int:
    """How many words a difference deletes or inserts."""
    return sum(len(text.split()) for kind, text in diff if kind == op)


def _flat(errors: Any) -> Iterator[str]:
    """The messages of a field; those of a list or a group of fields come nested."""
    if isinstance(errors, Mapping):
        for nested in errors.values():
            yield from _flat(nested)
    elif isinstance(errors, Sequence) and not isinstance(errors, str):
        for nested in errors:
            yield from _flat(nested)
    else:
        yield str(errors)


def is_choice_group(field: Any) -> bool:
    """Whether a WTForms field is drawn as several radio buttons or boxes, hence in a fieldset."""
    widget = type(getattr(field, "widget", None)).__name__
    return widget in ("ListWidget", "TableWidget") and hasattr(field, "choices")


def field_errors(field: Any) -> list[str]:
    """The messages of one field, without repetitions, in order."""
    return list(dict.fromkeys(_flat(field.errors or ())))


def _control_errors(field: Any) -> Iterator[tuple[str | None, str]]:
    if hasattr(field, "entries") or hasattr(field, "form"):  # a list or a group: its parts speak
        for part in field:
            yield from _control_errors(part)
        own = field.errors if hasattr(field, "entries") else ()
        yield from ((field.id, str(text)) for text in own if isinstance(text, str))
        return
    hidden = field.type in ("HiddenField", "CSRFTokenField")
    target = None if hidden else f"{field.id}-0" if is_choice_group(field) else field.id
    yield from ((target, message) for message in field_errors(field))


def form_errors(form: Any) -> list[tuple[str | None, str]]:
    """(id of the control, message) of each error of a WTForm; None where there is no control."""
    found = [pair for field in form for pair in _control_errors(field)]
    return found + [(None, str(text)) for text in getattr(form, "form_errors", ())]


def register(app: Flask) -> None:
    """Give the filters to the templates of `app`, on the clock of its settings."""
    zone = ZoneInfo(app.config.get("BABEL_DEFAULT_TIMEZONE") or "America/Bogota")
    app.jinja_env.filters.update(
        date_es=partial(date_es, zone=zone),
        datetime_es=partial(datetime_es, zone=zone),
        iso=partial(iso, zone=zone),
        month_es=month_es,
        number_es=number_es,
        bytes_es=bytes_es,
        pct_es=pct_es,
        money_cop=money_cop,
        codes=codes,
        paragraphs=paragraphs,
        short_hash=short_hash,
        slug=slug,
        word_diff=word_diff,
        changed_words=changed_words,
        field_errors=field_errors,
        form_errors=form_errors,
    )
    app.jinja_env.tests["choice_group"] = is_choice_group
