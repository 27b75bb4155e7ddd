"""Editing the fields of a row: what differs, what is stale, what goes to the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from app.errors import Difference
from app.models.base import Versioned
from app.services.transitions import stale


def check_version(row: Versioned, version: int | None, values: Mapping[str, Any]) -> None:
    """Compare with the version that the form was shown with, before anything is written.

    Raises: StaleVersion, with each field in which what was typed differs from what is there.
    """
    theirs = {name: as_text(getattr(row, name)) for name in values}
    compare(row, version, theirs, {name: as_text(value) for name, value in values.items()})


def compare(
    row: Versioned, version: int | None, theirs: Mapping[str, str], typed: Mapping[str, str]
) -> None:
    """The same, of values that are already text: what is there and what was typed, by field.

    Raises: StaleVersion.
    """
    if version is not None and row.version != version:
        differences = [
            Difference(name, theirs=theirs[name], yours=yours)
            for name, yours in typed.items()
            if theirs[name] != yours
        ]
        raise stale(row, version, differences, typed)


def apply(row: Versioned, values: Mapping[str, Any]) -> dict[str, list[str]]:
    """Write the values that differ; answer {field: [before, after]} as the ledger keeps it."""
    changed: dict[str, list[str]] = {}
    for name, value in values.items():
        before = getattr(row, name)
        if before != value:
            changed[name] = [as_text(before), as_text(value)]
            setattr(row, name, value)
    return changed


def as_text(value: Any) -> str:
    """A value as people and the ledger read it: dates as 2027-03-12, nothing as ""."""
    if value is None:
        return ""
    return value.value if isinstance(value, StrEnum) else str(value)
