"""Steps of a thing's workflow as the macro `timeline` shows them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app import labels
from app.labels_actions import action_label
from app.models.traceability import HistoryEntry


def entries(steps: Iterable[HistoryEntry]) -> list[dict[str, Any]]:
    return [_entry(step) for step in steps]


def _entry(step: HistoryEntry) -> dict[str, Any]:
    def state(value: str) -> str:
        return labels.state_label(step.thing_kind, value) if value else ""

    return {
        "id": step.id,
        "when": step.at,
        "person": step.actor,
        "text": action_label(step.thing_kind, step.event),
        "from_label": state(step.source),
        "to_label": state(step.target),
        "reason": step.reason,
        "sequence": step.ledger_seq,
    }
