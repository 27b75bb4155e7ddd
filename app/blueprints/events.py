"""The events of a thing as its page shows them: what can be done next and what it lacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import url_for
from flask_wtf import FlaskForm

from app import labels
from app.context import Context
from app.labels_guards_met import GUARD_MET
from app.labels_workflow import GUARD_ACTIONS, GUARD_LINKS
from app.models.base import Versioned
from app.services import transitions
from workflows.base import Facts

GIVEN_IN_FORM = frozenset({"needs_reason", "needs_signature", "needs_filing_number"})
"""Guards that the event's own form meets: a reason is typed there, a signature given there."""


@dataclass(frozen=True, slots=True)
class Check:
    """One condition of a blocked step, with the place where it is mended."""

    met: bool
    message: str
    link_url: str | None = None
    link_text: str | None = None


@dataclass(frozen=True, slots=True)
class EventPanel:
    """What the macros `event_panel` and `next_step` show of one event."""

    name: str
    label: str
    url: str
    needs_reason: bool = False
    needs_signature: bool = False
    fields: FlaskForm | None = None
    checks: tuple[Check, ...] = ()
    allowed: bool = True
    hint: str | None = None
    danger: bool = False
    reason: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    open: bool = False
    multipart: bool = False


@dataclass(frozen=True, slots=True)
class EventPage:
    """How one feature presents its events.

    `order`: the event that leads on from each state, for the primary button. `forms`: fields
    of an event beyond the reason. `given`: guard names that such a form meets by itself.
    `link(row, anchor)`: address of the place that mends a guard. `hidden`: events of the machine
    that this row never takes on its own.
    """

    endpoint: str
    id_name: str
    link: Callable[[Versioned, str], str]
    forms: Mapping[str, type[FlaskForm]] = field(default_factory=dict)
    given: Mapping[str, frozenset[str]] = field(default_factory=dict)
    danger: frozenset[str] = frozenset()
    signed: frozenset[str] = frozenset()
    secondary: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    hints: Mapping[str, str] = field(default_factory=dict)

    def panels(
        self,
        ctx: Context,
        row: Versioned,
        facts: Facts,
        *,
        rejected: Mapping[str, FlaskForm] | None = None,
    ) -> tuple[EventPanel | None, list[EventPanel]]:
        """The one next step and the other events this actor may fire, each with its checklist.

        `rejected`: the form of an event that was sent with mistakes, to show it open again.
        """
        made = [
            self._panel(row, event, facts, (rejected or {}).get(event))
            for event in transitions.possible(ctx, row)
            if event not in self.hidden
        ]
        leading = [p for p in made if p.name not in self.secondary and not p.danger]
        primary = next((p for p in leading if p.allowed), leading[0] if leading else None)
        return primary, [p for p in made if p is not primary]

    def _panel(
        self, row: Versioned, event: str, facts: Facts, rejected: FlaskForm | None
    ) -> EventPanel:
        required = transitions.machine(row).requirements(event, facts)
        unmet = set(transitions.machine(row).unmet(event, facts))
        given = GIVEN_IN_FORM | self.given.get(event, frozenset())
        checks = tuple(
            self._check(row, code, code not in unmet, facts)
            for code in required
            if _short(code) not in given
        )
        form_type = self.forms.get(event)
        fields = rejected or (form_type(formdata=None) if form_type else None)
        return EventPanel(
            name=event,
            label=labels.event_label(f"{row.thing}.{event}"),
            url=self._address(row, event),
            needs_reason=any(_short(code) == "needs_reason" for code in required),
            needs_signature=event in self.signed,
            fields=fields,
            checks=checks,
            allowed=all(check.met for check in checks),
            hint=self.hints.get(event),
            danger=event in self.danger,
            open=rejected is not None,
        )

    def _address(self, row: Versioned, event: str) -> str:
        values: dict[str, Any] = {self.id_name: row.id, "event": event}
        return url_for(self.endpoint, **values)

    def _check(self, row: Versioned, code: str, met: bool, facts: Facts) -> Check:
        anchor = GUARD_LINKS.get(code)
        return Check(
            met=met,
            message=str(GUARD_MET[code]) if met else labels.guard_message(code, facts),
            link_url=self.link(row, anchor) if anchor and not met else None,
            link_text=str(GUARD_ACTIONS[code]) if code in GUARD_ACTIONS and not met else None,
        )


def _short(code: str) -> str:
    return code.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class PathStep:
    label: str
    status: str
    date: Any = None


def state_path(
    thing: str, road: Sequence[str], state: str, dates: Mapping[str, Any] | None = None
) -> list[PathStep]:
    """The main road of a workflow with the present state marked; a state off the road
    (suspended, cancelled) is added at the end as a side step."""
    dates = dates or {}
    here = list(road).index(state) if state in road else None
    furthest = max((i for i, each in enumerate(road) if each in dates), default=-1)
    reached = furthest if here is None else here
    steps = []
    for index, each in enumerate(road):
        status = "here" if index == here else "done" if index <= reached else "todo"
        steps.append(PathStep(labels.state_label(thing, each), status, dates.get(each)))
    if here is None:
        steps.append(PathStep(labels.state_label(thing, state), "side", dates.get(state)))
    return steps
