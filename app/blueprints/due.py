"""Due dates as pages show them: the dt.date, what is left, and the arithmetic if there is one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import g
from flask_babel import gettext, ngettext

from app.extensions import db
from app.services import settings, terms
from app.services.terms import TermKind


@dataclass(frozen=True, slots=True)
class DueChip:
    """What the macro `due_chip` shows."""

    date: dt.date
    label: str
    status: str
    remaining_text: str
    rule_name: str = ""
    start_event: str = ""
    start_date: dt.date | None = None
    days: int | None = None
    kind: str = ""
    skipped: tuple[tuple[dt.date, str], ...] = ()
    legal_ground: str = ""


KINDS = {TermKind.WORKING_DAYS: "business", TermKind.CALENDAR_DAYS: "calendar"}
SOON_DAYS = 7


def chip(frozen: Mapping[str, Any] | None, today: dt.date, *, done: bool = False) -> DueChip | None:
    """A legal term frozen at notification, with its arithmetic; None when there is none."""
    if not frozen:
        return None
    due = terms.DueDate.from_json(frozen)
    return DueChip(
        date=due.date,
        label=gettext("Vence el"),
        status=terms.status(today, due, done, soon_days=SOON_DAYS),
        remaining_text="" if done else _remaining(today, due),
        rule_name=due.term.name,
        start_event=due.term.start_event,
        start_date=due.start_date,
        days=due.term.amount,
        kind=KINDS.get(due.term.kind, gettext("meses")),
        skipped=tuple((each.date, each.name) for each in due.skipped),
        legal_ground=due.term.legal_ground,
    )


def plain_chip(day: dt.date | None, today: dt.date, *, done: bool = False) -> DueChip | None:
    """A date that follows from no rule (the end of an action): no arithmetic to open."""
    if day is None:
        return None
    status = terms.status(today, day, done, soon_days=SOON_DAYS)
    return DueChip(day, gettext("Vence el"), status, "" if done else _remaining(today, day))


def _remaining(today: dt.date, due: terms.DueDate | dt.date) -> str:
    left = terms.remaining_working_days(today, due, _calendar())
    if left < 0:
        return str(ngettext("hace %(num)s día hábil", "hace %(num)s días hábiles", -left))
    if left == 0:
        return str(gettext("vence hoy"))
    return str(ngettext("falta %(num)s día hábil", "faltan %(num)s días hábiles", left))


def _calendar() -> terms.Calendar:
    """One reading of the entity's own days per request."""
    if "calendar" not in g:
        g.calendar = settings.calendar(db.session())
    return g.calendar  # type: ignore[no-any-return]  # flask.g holds anything
