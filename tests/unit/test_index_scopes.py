"""What search lets a person find is what that person may read: no more and no less.

Random rows of the real models, random actors: they share a scope token exactly when `can` says
yes. The rules themselves are those of the permission table, not a copy.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.index_scopes import (
    READ_PERMISSIONS,
    actor_tokens,
    alternatives,
    rules_version,
    thing_tokens,
)
from app.permissions import ANONYMOUS, SYSTEM, Actor, can
from tests.unit.test_permissions_scope import BY_THING, WORLDS, actors, world
from workflows.enums import Role


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # the worlds live as long as the run
@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, WORLDS - 1), actor=actors())
def test_a_token_is_shared_exactly_when_reading_is_allowed(seed: int, actor: Actor) -> None:
    _session, made = world(seed)
    own = actor_tokens(actor)
    for kind, permission in READ_PERMISSIONS.items():
        for row in made[BY_THING[kind]]:
            assert bool(own & thing_tokens(row)) is can(actor, permission, row), (kind, actor)


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("role", list(Role))
def test_every_single_role(role: Role) -> None:
    _session, made = world(0)
    some = frozenset({1, 2})
    own = Actor(
        1,
        "",
        frozenset({role}),
        persons=some,
        lead_audits=some,
        member_audits=some,
        led_processes=some,
        liaison_processes=some,
        headed_units=some,
        headless_units=some,
    )
    for kind, permission in READ_PERMISSIONS.items():
        found = {r.id for r in made[BY_THING[kind]] if actor_tokens(own) & thing_tokens(r)}
        assert found == {r.id for r in made[BY_THING[kind]] if can(own, permission, r)}


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("kind", list(READ_PERMISSIONS))
def test_the_random_rows_meet_both_answers(kind: str) -> None:
    _session, made = world(0)
    own = Actor(1, "", frozenset({Role.AUDITOR}), frozenset({1}), member_audits=frozenset({1}))
    seen = [bool(actor_tokens(own) & thing_tokens(row)) for row in made[BY_THING[kind]]]
    assert 0 < sum(seen) < len(seen)


def test_nobody_has_no_scopes() -> None:
    assert actor_tokens(ANONYMOUS) == frozenset()
    assert actor_tokens(SYSTEM) == frozenset()
    assert actor_tokens(Actor(None, "", persons=frozenset({1}))) == frozenset()


def test_tokens_can_be_read_by_people() -> None:
    head = Actor(1, "", frozenset({Role.OCI_HEAD}), frozenset({1}))
    assert "jefe_oci" in actor_tokens(head)
    auditor = Actor(2, "", frozenset({Role.AUDITOR}), frozenset({2}), member_audits=frozenset({7}))
    assert any(token.endswith(":member_audits=7") for token in actor_tokens(auditor))
    assert all(" " not in token for token in actor_tokens(auditor) | actor_tokens(head))


def test_tokens_stay_few() -> None:
    """A thing carries a handful; a person, some for each audit and process of his or hers."""
    _session, made = world(0)
    for kind in READ_PERMISSIONS:
        assert len(alternatives(kind)) < 25
        assert max(len(thing_tokens(row)) for row in made[BY_THING[kind]]) < 25


def test_the_version_is_the_same_in_every_process() -> None:
    code = "from app.index_scopes import rules_version; print(rules_version())"
    seen = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert seen == {rules_version()}
