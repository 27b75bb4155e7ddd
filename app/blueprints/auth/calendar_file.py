"""Due dates as an iCalendar file (RFC 5545): whole days, no titles, no names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from flask import url_for
from icalendar import Calendar, Event

from app import labels
from app.services.task_rows import Task


def calendar_file(tasks: Iterable[Task], public_url: str, now: datetime) -> bytes:
    """Calendars are kept by others: a line says the step and the code, and the address of the
    page, which asks who one is."""
    file = Calendar()
    file.add("prodid", "-//Vigía//Vencimientos//ES")
    file.add("version", "2.0")
    file.add("x-wr-calname", "Vigía: mis vencimientos")
    file.add("refresh-interval", timedelta(hours=6), parameters={"VALUE": "DURATION"})
    for task in tasks:
        if task.due_on is None:
            continue
        code, dot, _title = task.title.partition(" · ")
        event = Event()
        name = hashlib.sha256(task.key.encode()).hexdigest()[:32]
        event.add("uid", f"{name}@vigia")
        event.add("dtstamp", now)
        event.add("dtstart", task.due_on)
        event.add("dtend", task.due_on + timedelta(days=1))
        step = labels.task_label(task.event)
        event.add("summary", f"{step}: {code}" if dot else step)
        event.add("url", f"{public_url}{url_for(task.endpoint, **task.arguments)}")
        event.add("transp", "TRANSPARENT")
        file.add_component(event)
    return bytes(file.to_ical())
