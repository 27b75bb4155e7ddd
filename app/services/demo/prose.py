"""The prose of the demonstration entity: read from `texts/*.toml`, checked when it is read.

Everything there was written for this project; people, places and facts are invented.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from workflows.enums import (
    ActionType,
    FindingType,
    MeciComponent,
    ProcessType,
    ReplyStance,
    Role,
    Severity,
)

FOLDER = Path(__file__).resolve().parent / "texts"
ENTITY = "entidad"
UNIVERSE = "universo"


@dataclass(frozen=True, slots=True)
class Entry:
    """A report of progress: how much is done in all by then, and what was done."""

    done: Decimal
    text: str


@dataclass(frozen=True, slots=True)
class ActionProse:
    """A promise of the first line, with what will be reported of it."""

    type: ActionType
    description: str
    indicator: str
    unit: str
    target: Decimal
    evidence: str
    progress: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class FindingProse:
    """A finding with all that is said about it in its life; blank where nothing is said."""

    key: str
    process: str
    title: str
    condition: str
    type: FindingType
    severity: Severity
    policy: str
    meci: MeciComponent
    criterion: str = ""
    norm: str = ""
    article: str = ""
    cause: str = ""
    effect: str = ""
    recommendation: str = ""
    repeats: str = ""
    sample: tuple[int, int] = (0, 0)
    """How many cases were looked at, and how many failed."""
    whys: tuple[str, ...] = ()
    root: str = ""
    stance: ReplyStance = ReplyStance.ACCEPT
    reply: str = ""
    analysis: str = ""
    decision: str = ""
    modified: str = ""
    checked: str = ""
    failed: str = ""
    actions: tuple[ActionProse, ...] = ()


@dataclass(frozen=True, slots=True)
class PaperProse:
    """A working paper."""

    title: str
    procedure: str
    result: str
    conclusion: str


@dataclass(frozen=True, slots=True)
class AuditProse:
    """The program and the report texts of one audit."""

    title: str
    objective: str
    scope: str
    criteria: str
    risks: str
    tests: str
    sample: str
    schedule: str
    limitations: str = ""
    conclusions: str = ""
    papers: tuple[PaperProse, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonProse:
    key: str
    name: str
    position: str
    unit: str
    role: Role
    leads: str = ""
    helps: tuple[str, ...] = ()
    account: bool = False
    """Signs in with the mail of the role, and its password is told at the end."""


@dataclass(frozen=True, slots=True)
class UnitProse:
    code: str
    name: str
    head: str


@dataclass(frozen=True, slots=True)
class ProcessProse:
    key: str
    code: str
    name: str
    type: ProcessType
    unit: str


@dataclass(frozen=True, slots=True)
class AuditablePart:
    """Something of the audit universe, and how it is judged every year."""

    code: str
    name: str
    kind: str
    process: str
    risk: str
    scores: tuple[int, ...]
    last: date | None = None
    committee: str = ""
    regulator: str = ""
    justification: str = ""
    """Why it is left out, when its rotation or a request asks for it."""


@dataclass(frozen=True, slots=True)
class EntityProse:
    values: Mapping[str, str]
    units: tuple[UnitProse, ...]
    processes: tuple[ProcessProse, ...]
    people: tuple[PersonProse, ...]
    norms: tuple[Mapping[str, str], ...]


def flat(text: str) -> str:
    """One line per paragraph: in the files the lines are broken where it suits the editor."""
    parts = re.split(r"\n\s*\n", text.strip())
    return "\n\n".join(" ".join(part.split()) for part in parts)


def _read(name: str) -> dict[str, Any]:
    content = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    cleaned: dict[str, Any] = _flatten(content)
    return cleaned


def _flatten(value: Any) -> Any:
    if isinstance(value, str):
        return flat(value)
    if isinstance(value, dict):
        return {name: _flatten(each) for name, each in value.items()}
    if isinstance(value, list):
        return tuple(_flatten(each) for each in value)
    return value


@cache
def entity() -> EntityProse:
    """The public body with its units, processes and people."""
    content = _read(ENTITY)
    return EntityProse(
        values=content["entity"],
        units=tuple(UnitProse(**each) for each in content["unit"]),
        processes=tuple(
            ProcessProse(**{**each, "type": ProcessType(each["type"])})
            for each in content["process"]
        ),
        people=tuple(
            PersonProse(**{**each, "role": Role(each["role"])}) for each in content["person"]
        ),
        norms=content["norm"],
    )


@cache
def universe() -> tuple[AuditablePart, ...]:
    """What can be audited in the public body."""
    return tuple(AuditablePart(**each) for each in _read(UNIVERSE)["unit"])


@cache
def audit(subject: str, key: str) -> AuditProse:
    """The audit `key` of a subject. Raises: KeyError."""
    values = dict(_read(subject)["audit"][key])
    papers = tuple(PaperProse(**each) for each in values.pop("paper", ()))
    return AuditProse(**values, papers=papers)


@cache
def findings(subject: str) -> Mapping[str, FindingProse]:
    """The findings of a subject by their key."""
    found = [_finding(subject, each) for each in _read(subject)["finding"]]
    return {each.key: each for each in found}


def _finding(subject: str, values: Mapping[str, Any]) -> FindingProse:
    known = dict(values)
    actions = tuple(_action(each) for each in known.pop("action", ()))
    return FindingProse(
        **{
            **known,
            "process": subject,
            "type": FindingType(known.get("type", FindingType.FINDING.value)),
            "severity": Severity(known["severity"]),
            "meci": MeciComponent(known["meci"]),
            "stance": ReplyStance(known.get("stance", ReplyStance.ACCEPT.value)),
            "actions": actions,
        }
    )


def _action(values: Mapping[str, Any]) -> ActionProse:
    return ActionProse(
        type=ActionType(values.get("type", ActionType.CORRECTIVE.value)),
        description=values["description"],
        indicator=values["indicator"],
        unit=values["unit"],
        target=Decimal(values["target"]),
        evidence=values["evidence"],
        progress=tuple(_entry(each) for each in values["progress"]),
    )


def _entry(line: str) -> Entry:
    done, _bar, text = line.partition(" | ")
    return Entry(Decimal(done), text)
