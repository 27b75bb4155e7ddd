"""Terms and limits of improvement plans: their codes in the catalogue that the administrator
keeps (docs/domain.md, 4.4 and 4.5), and the dates that follow from them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from app.services import settings
from app.services.duty_terms import EFFECTIVENESS_WAIT
from app.services.terms import DueDate, local_date, remaining_working_days

ACTION_MAX = "action_max"
DUE_SOON = "due_soon"
EXTENSION_NOTICE = "extension_notice"
MAX_EXTENSIONS = "max_extensions"
DIRECTION_APPROVAL = "change_direction_approval"
CORRECTED_PLAN = "corrected_plan"


def action_max_months(session: Session) -> int:
    """How many months an action may last."""
    return settings.limit(session, ACTION_MAX)


def due_soon_days(session: Session) -> int:
    """From how many days of the calendar before its end an action is "por vencer"."""
    return settings.limit(session, DUE_SOON)


def notice_days(session: Session) -> int:
    """How many working days before the end date a change must be asked."""
    return settings.limit(session, EXTENSION_NOTICE)


def max_extensions(session: Session) -> int:
    return settings.limit(session, MAX_EXTENSIONS)


def direction_approves(session: Session) -> bool:
    """Whether a change request needs the direction's approval besides the OCI's."""
    return bool(settings.limit(session, DIRECTION_APPROVAL))


def evaluable_from(session: Session, finished_at: datetime | None) -> DueDate | None:
    """When the waiting time before the evaluation of effectiveness ends; None while unfinished."""
    if finished_at is None:
        return None
    return settings.due(session, EFFECTIVENESS_WAIT, local_date(finished_at))


def working_days_left(session: Session, today: date, end: date | None) -> int | None:
    """Working days from today to the end date, that day included; below 0 when it has passed."""
    if end is None:
        return None
    return remaining_working_days(today, end, settings.calendar(session))
