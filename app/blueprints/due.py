"""Due dates as pages show them: the date, what is left, and the arithmetic if there is one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import g
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l

from app.extensions import db
from app.services import settings, terms
from app.services.task_rows import AGREED, LONGER, PLANNED, Task
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
    extended: int = 0
    kind: str = ""
    skipped: tuple[tuple[dt.date, str], ...] = ()
    suspensions: tuple[tuple[dt.date, dt.date], ...] = ()
    moved_from: dt.date | None = None
    legal_ground: str = ""


BASES: Mapping[str, tuple[Any, Any]] = {
    AGREED: (
        _l("Fecha acordada en el plan de mejoramiento"),
        _l("La formuló el proceso y la OCI la aceptó; solo la cambia una solicitud aprobada."),
    ),
    PLANNED: (
        _l("Fecha prevista para la auditoría"),
        _l("Plan Anual de Auditoría, o autorización del comité para una auditoría especial."),
    ),
    LONGER: (
        _l("Fecha que dio el equipo auditor"),
        _l("Da más tiempo que el término para entregar la información."),
    ),
}
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
        extended=due.term.extended,
        kind=KINDS.get(due.term.kind, gettext("meses")),
        skipped=tuple((each.date, each.name) for each in due.skipped),
        suspensions=due.suspensions,
        moved_from=due.nominal_date if due.nominal_date != due.date else None,
        legal_ground=due.term.legal_ground,
    )


def plain_chip(
    day: dt.date | None, today: dt.date, *, done: bool = False, basis: str = ""
) -> DueChip | None:
    """A date that somebody set: no arithmetic, but `basis` opens to who set it and on what
    ground."""
    if day is None:
        return None
    status = terms.status(today, day, done, soon_days=SOON_DAYS)
    name, ground = BASES.get(basis, ("", ""))
    return DueChip(
        day,
        gettext("Vence el"),
        status,
        "" if done else _remaining(today, day),
        rule_name=str(name),
        legal_ground=str(ground),
    )


def computed_chip(
    due: terms.DueDate | None, today: dt.date, *, done: bool = False
) -> DueChip | None:
    """A term that runs by the rules of today: nobody has been told its date."""
    return None if due is None else chip(due.to_json(), today, done=done)


def task_chip(task: Task, today: dt.date) -> DueChip | None:
    """Until when something is owed, and why."""
    return chip(task.due, today) or plain_chip(task.due_on, today, basis=task.basis)


def _remaining(today: dt.date, due: terms.DueDate | dt.date) -> str:
    left = terms.remaining_working_days(today, due, rules().calendar)
    if left < 0:
        return str(ngettext("hace %(num)s día hábil", "hace %(num)s días hábiles", -left))
    if left == 0:
        return str(gettext("vence hoy"))
    return str(ngettext("falta %(num)s día hábil", "faltan %(num)s días hábiles", left))


def rules() -> settings.Rulebook:
    """The terms and the calendar of today, read once per request."""
    if "rules" not in g:
        g.rules = settings.rulebook(db.session())
    return g.rules  # type: ignore[no-any-return]  # flask.g holds anything
