"""May this person do this to this thing? One answer for pages (`decide`), one for lists (`scope`).

Rules are in `permissions_table.py`, their pieces in `permissions_rules.py`. Everything that is
not granted is denied: unknown permissions, missing attributes and errors too.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, not_

from app.errors import Forbidden
from app.permissions_names import Permission
from app.permissions_rules import Actor
from app.permissions_table import POLICIES, Policy
from workflows.enums import Role

__all__ = [
    "ANONYMOUS",
    "SYSTEM",
    "Actor",
    "Decision",
    "Permission",
    "authorize",
    "can",
    "decide",
    "scope",
]

log = logging.getLogger(__name__)

SYSTEM = Actor(user_id=None, name="Vigía", roles=frozenset({Role.SYSTEM}))
ANONYMOUS = Actor(user_id=None, name="")


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer with its reason: allowed, anonymous, unknown_permission, denied, or why the
    policy refuses (segregation, undeclared)."""

    allowed: bool
    code: str

    def __bool__(self) -> bool:
        return self.allowed


def decide(actor: Actor, permission: str, obj: object = None) -> Decision:
    """Answer for one thing. Never raises: what cannot be judged is denied and logged."""
    policy, refusal = _policy(actor, permission)
    if policy is None:
        return Decision(False, refusal)
    try:
        if policy.refuse is not None and policy.refuse.holds(actor, obj):
            return Decision(False, policy.refusal)
        allowed = policy.grant.holds(actor, obj)
    except Exception:
        log.exception("permission %s could not be judged", permission)
        return Decision(False, "denied")
    return Decision(True, "allowed") if allowed else Decision(False, "denied")


def can(actor: Actor, permission: str, obj: object = None) -> bool:
    """Truth value of `decide`."""
    return decide(actor, permission, obj).allowed


def authorize(actor: Actor, permission: str, obj: object = None) -> None:
    """Raises: Forbidden, with the permission as its code and the reason of the decision."""
    decision = decide(actor, permission, obj)
    if not decision:
        raise Forbidden(str(permission), reason=decision.code, thing=obj)


def scope(actor: Actor, permission: str, model: type[Any]) -> ColumnElement[bool]:
    """Condition for the rows of `model` for which `can` would say yes."""
    policy, _refusal = _policy(actor, permission)
    if policy is None:
        return false()
    try:
        if policy.refuse is None:
            return policy.grant.where(actor, model)
        refused = func.coalesce(policy.refuse.where(actor, model), false())  # unknown: not refused
        return and_(policy.grant.where(actor, model), not_(refused))
    except Exception:
        log.exception("permission %s could not be turned into a condition", permission)
        return false()


def _policy(actor: Actor, permission: str) -> tuple[Policy | None, str]:
    if not actor.roles and not actor.is_person:
        return None, "anonymous"
    policy = POLICIES.get(str(permission))
    return policy, "" if policy is not None else "unknown_permission"
