"""The clock and the cast: who acts, when, and in which order the stories go on.

A story is a generator that does some steps through the services and yields the moment at which
it goes on. The stage resumes the story whose moment comes first, so that everything happens, and
is traced, in the order of time. What would happen after today does not happen.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.context import Context
from app.models.accounts import User
from app.permissions import SYSTEM, Actor
from app.services import accounts, finding_cascades, plan_cascades, settings
from app.services.terms import Calendar

Story = Iterator[datetime]
Progress = Callable[[int, int], None]

OPENING_H, CLOSING_H = 8, 16
NIGHT, ENDS = time(5, 0), time(6, 0)


@dataclass(frozen=True, slots=True)
class DemoContext(Context):
    """A context that queues no mail: behind the invented addresses there is nobody to read it."""

    def enqueue(
        self, kind: str, key: str, payload: Any, *, available_at: datetime | None = None
    ) -> None:
        if kind != "mail":
            Context.enqueue(self, kind, key, payload, available_at=available_at)


@dataclass(slots=True)
class Stage:
    """Where the stories are played. `people`, `units`, `processes`, ... are ids by key."""

    base: DemoContext
    rng: random.Random
    begins: date
    today: date
    calendar: Calendar
    moment: datetime
    ends: datetime
    people: dict[str, int] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)
    processes: dict[str, int] = field(default_factory=dict)
    norms: dict[str, int] = field(default_factory=dict)
    policies: dict[str, int] = field(default_factory=dict)
    auditable: dict[str, int] = field(default_factory=dict)
    findings: dict[str, int] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)
    nights: set[date] = field(default_factory=set)
    queue: list[tuple[datetime, int, Story]] = field(default_factory=list)
    played: int = 0
    papers: int = 0
    """How many pieces of evidence there are: they take the forms of files in turns."""

    # -------------------------------------------------------------- who acts

    def act(self, who: str) -> Context:
        """The context of this person, some minutes later, with the rights of that day."""
        self.moment += timedelta(minutes=self.rng.randint(2, 11), seconds=self.rng.randint(0, 59))
        if who not in self.actors:
            session = self.base.session
            user = session.get_one(User, self.people[who])
            self.actors[who] = accounts.actor_for(session, user, self.day)
        return replace(self.base, actor=self.actors[who], now=self.now)

    def rights_changed(self) -> None:
        """Somebody was given something to do: rights are read anew. (Nobody is absent yet.)"""
        self.actors.clear()

    def system(self) -> Context:
        """The context of the clock: what happens by date."""
        return replace(self.base, actor=SYSTEM, now=self.now)

    def now(self) -> datetime:
        return self.moment

    @property
    def day(self) -> date:
        return self.moment.astimezone(self.zone).date()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.base.config.time_zone)

    # -------------------------------------------------------------- when

    def on(self, day: date) -> datetime:
        """A working hour of that day, or of the next working day."""
        while not self.calendar.is_working_day(day):
            day += timedelta(days=1)
        hour, minute = self.rng.randint(OPENING_H, CLOSING_H - 1), self.rng.randint(0, 59)
        return datetime.combine(day, time(hour, minute), self.zone)

    def after(self, days: int) -> datetime:
        """A working hour, so many days from now or as soon as possible after that."""
        return self.on(self.day + timedelta(days=days))

    def ago(self, days: int) -> date:
        """The day so many days before today; after it, if negative."""
        return self.today - timedelta(days=days)

    # -------------------------------------------------------------- stories

    def play(self, story: Story, at: datetime | None = None) -> None:
        """Begin a story now, or at a moment."""
        self.played += 1
        heapq.heappush(self.queue, (at or self.moment, self.played, story))

    def run(self, progress: Progress) -> None:
        """Play everything that happens until today, in the order of time."""
        self.wake(self.today)
        total = (self.today - self.begins).days
        while self.queue and self.queue[0][0] < self.ends:
            when, _number, story = heapq.heappop(self.queue)
            self.moment = max(self.moment, when)
            following = next(story, None)
            if following is not None:
                self.play(story, following)
            progress(min((self.day - self.begins).days, total), total)
        progress(total, total)

    def wake(self, day: date) -> None:
        """Something happens by itself on that date, before the people arrive."""
        if self.begins < day <= self.today and day not in self.nights:
            self.nights.add(day)
            self.play(self._night(), datetime.combine(day, NIGHT, self.zone))

    def _night(self) -> Story:
        ctx = self.system()
        finding_cascades.lapse_expired(ctx)
        plan_cascades.scheduled(ctx)
        yield from ()


def open_stage(ctx: Context, *, seed: int, days: int) -> Stage:
    """A stage whose clock stands `days` before today, in the morning."""
    base = DemoContext(**{name: getattr(ctx, name) for name in Context.__slots__})
    base = replace(base, ip="", request_id="")
    zone = ZoneInfo(ctx.config.time_zone)
    today = ctx.today()
    begins = today - timedelta(days=days)
    return Stage(
        base=base,
        rng=random.Random(seed),  # noqa: S311  # it chooses dates and figures, not secrets
        begins=begins,
        today=today,
        calendar=settings.calendar(ctx.session),
        moment=datetime.combine(begins, time(OPENING_H), zone),
        ends=min(datetime.combine(today, ENDS, zone), ctx.now()),
    )
