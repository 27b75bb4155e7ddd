"""Everything that the application writes in the trail has words for who reads it."""

from __future__ import annotations

import re
from pathlib import Path

from app.labels_actions import OTHER_ACTION
from app.labels_trail import THINGS, deed

ROOT = Path(__file__).resolve().parents[2]
RECORD = re.compile(r'record\(\s*"(?:change|read|permission|login|system)",\s*"(\w+)"')
THING = re.compile(r'^    thing = "(\w+)"$', re.MULTILINE)


def sources(folder: str) -> str:
    return "\n".join(path.read_text() for path in sorted((ROOT / folder).rglob("*.py")))


def test_every_kind_of_thing_has_a_name() -> None:
    kinds = set(THING.findall(sources("app/models")))
    assert len(kinds) > 20
    assert kinds - set(THINGS) == set()


def test_every_deed_is_told_in_words() -> None:
    actions = set(RECORD.findall(sources("app")))
    assert len(actions) > 40
    untold = {
        action
        for action in actions
        if all(deed(kind, action) == str(OTHER_ACTION) for kind in THINGS)
    }
    assert untold == set()
