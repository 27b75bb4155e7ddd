"""Search scopes, derived from the same rules that pages and lists obey (permissions_table).

A rule of reading is turned into alternatives. Each has three parts: what the actor must be (one
of some roles), what the thing must be (a state, a purpose), and where the two meet (an audit of
the actor's, a process, a person). A thing for which the second part holds carries a token that
names the other two, for instance `auditor_lider:lead_audits=12`; an actor brings every token
whose roles and ids are his or hers. They share a token exactly when the rule would say yes,
which a property test shows over random rows and actors.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

from app.adapters.search.text import ANALYSIS_VERSION
from app.permissions import Actor, Permission
from app.permissions_rules import (
    ABSENT,
    All,
    Blank,
    Filled,
    HasRole,
    InScope,
    IsExecutor,
    Known,
    OneOf,
    Rule,
    Some,
    ThingIs,
    Unknown,
    value_of,
)
from app.permissions_table import POLICIES

READ_PERMISSIONS = {
    "audit": Permission.AUDIT_READ,
    "finding": Permission.FINDING_READ,
    "plan": Permission.PLAN_READ,
    "action": Permission.ACTION_READ,
    "document": Permission.DOCUMENT_READ,
}
OF_THE_THING = (OneOf, Known, Unknown, Filled, Blank, ThingIs)
NOBODY = Actor(user_id=None, name="")


class Untranslatable(TypeError):
    """A rule of reading uses a piece that search cannot turn into tokens: extend this module."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to be allowed. Role sets and meetings are all demanded, `conditions` too."""

    roles: frozenset[frozenset[str]] = frozenset()
    meetings: frozenset[InScope | IsExecutor] = frozenset()
    conditions: tuple[Rule, ...] = ()

    def __and__(self, other: Alternative) -> Alternative:
        return Alternative(
            self.roles | other.roles,
            self.meetings | other.meetings,
            self.conditions + other.conditions,
        )

    @property
    def who(self) -> str:
        """The roles in words: `auditor+jefe_oci`; several sets that are all demanded by `&`."""
        return "&".join(sorted("+".join(sorted(roles)) for roles in self.roles)) or "any"

    def places(self) -> list[InScope | IsExecutor]:
        """The meetings in a fixed order."""
        return sorted(self.meetings, key=_scope_name)


def _scope_name(meeting: InScope | IsExecutor) -> str:
    return "persons" if isinstance(meeting, IsExecutor) else meeting.scope


@cache
def alternatives(kind: str) -> tuple[Alternative, ...]:
    """How a thing of this kind may be read. Raises: Untranslatable."""
    policy = POLICIES[str(READ_PERMISSIONS[kind])]
    if policy.refuse is not None:
        raise Untranslatable(f"{kind}: a refusal cannot be said in tokens")
    return tuple(dict.fromkeys(_expand(policy.grant)))


def _expand(rule: Rule) -> Iterator[Alternative]:
    if isinstance(rule, Some):
        if _is_of_the_thing(rule):
            yield Alternative(conditions=(rule,))
        else:
            for each in rule.rules:
                yield from _expand(each)
    elif isinstance(rule, All):
        for combination in product(*(list(_expand(each)) for each in rule.rules)):
            joined = Alternative()
            for part in combination:
                joined &= part
            yield joined
    elif isinstance(rule, HasRole):
        yield Alternative(roles=frozenset({frozenset(role.value for role in rule.roles)}))
    elif isinstance(rule, InScope | IsExecutor):
        yield Alternative(meetings=frozenset({rule}))
    elif _is_of_the_thing(rule):
        yield Alternative(conditions=(rule,))
    else:
        raise Untranslatable(type(rule).__name__)


def _is_of_the_thing(rule: Rule) -> bool:
    """Whether it looks at the thing alone."""
    if isinstance(rule, All | Some):
        return all(_is_of_the_thing(each) for each in rule.rules)
    return isinstance(rule, OF_THE_THING)


def thing_tokens(thing: object) -> frozenset[str]:
    """Scopes of a thing: one of these must be the reader's. Empty: nobody finds it.

    Raises: what a rule raises on an attribute that cannot be read.
    """
    tokens = set()
    for way in alternatives(str(value_of(thing, "thing"))):
        if all(condition.holds(NOBODY, thing) for condition in way.conditions):
            tokens |= _tokens(way, [_values(meeting, thing) for meeting in way.places()])
    return frozenset(tokens)


def _values(meeting: InScope | IsExecutor, thing: object) -> Iterable[object]:
    if isinstance(meeting, IsExecutor):
        return [user.id for user in getattr(thing, "executors", None) or ()]
    value = value_of(thing, meeting.name)
    return () if value is None or value is ABSENT else (value,)


def _tokens(way: Alternative, values: Sequence[Iterable[object]]) -> set[str]:
    names = [_scope_name(meeting) for meeting in way.places()]
    return {
        ":".join([way.who, *(f"{name}={value}" for name, value in zip(names, each, strict=True))])
        for each in product(*values)
    }


def actor_tokens(actor: Actor) -> frozenset[str]:
    """Every scope of a person; empty for anybody who is nobody."""
    if not actor.roles and not actor.is_person:
        return frozenset()
    held = {role.value for role in actor.roles}
    tokens = set()
    for kind in READ_PERMISSIONS:
        for way in alternatives(kind):
            if all(held & roles for roles in way.roles):
                scopes = [sorted(getattr(actor, _scope_name(m))) for m in way.places()]
                tokens |= _tokens(way, scopes)
    return frozenset(tokens)


@cache
def rules_version() -> str:
    """Changes whenever the rules of reading or the analysis of texts do; the index then is old."""
    said = [str(ANALYSIS_VERSION)]
    for kind in sorted(READ_PERMISSIONS):
        for way in alternatives(kind):
            names = [f"{type(m).__name__}:{_scope_name(m)}" for m in way.places()]
            said += [kind, way.who, *names, *(_described(rule) for rule in way.conditions)]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:12]


def _described(rule: Rule) -> str:
    """A rule in words that are the same in every process (sets have no order of their own)."""
    if isinstance(rule, All | Some):
        return f"{type(rule).__name__}({','.join(_described(each) for each in rule.rules)})"
    values: Iterable[object] = getattr(rule, "values", getattr(rule, "kinds", ()))
    return f"{type(rule).__name__}({getattr(rule, 'name', '')},{sorted(map(str, values))})"
