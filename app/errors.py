"""What can go wrong in a use case. Each has one page and one status (blueprints/error_pages)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


class VigiaError(Exception):
    """Base of the errors a user may meet. `code` selects the Spanish text in labels.py."""

    code = "error"

    def __init__(self, code: str | None = None, **params: Any) -> None:
        self.code = code or type(self).code
        self.params = params
        super().__init__(self.code)


class NotFound(VigiaError):
    """There is no such thing, or this actor may not know of it: the answer is the same."""

    code = "not_found"


class Forbidden(VigiaError):
    """The actor knows the thing but may not do this."""

    code = "forbidden"


@dataclass(frozen=True, slots=True)
class Unmet:
    """One condition of a step: its stable code and whether it holds."""

    code: str
    met: bool = False


class Blocked(VigiaError):
    """Guards refuse the event. `unmet` lists every failing code; `facts` fills their messages."""

    code = "blocked"

    def __init__(self, event: str, unmet: Sequence[str], facts: object) -> None:
        super().__init__("blocked", event=event)
        self.event = event
        self.unmet = tuple(unmet)
        self.facts = facts


class OutOfPlace(VigiaError):
    """The event does not leave the present state (stale page, double press, handmade request)."""

    code = "out_of_place"


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that changed under the user's feet."""

    field: str
    theirs: str
    yours: str = ""


class StaleVersion(VigiaError):
    """Somebody else changed the thing since the page was shown. Answered with 409.

    `thing` and `state` tell how it stands now, where it has a state.
    """

    code = "stale"

    def __init__(
        self,
        *,
        expected: int,
        actual: int,
        differences: Sequence[Difference] = (),
        typed: Mapping[str, str] | None = None,
        thing: str = "",
        state: str = "",
    ) -> None:
        super().__init__("stale", expected=expected, actual=actual)
        self.thing, self.state = thing, state
        self.differences = tuple(differences)
        self.typed = dict(typed or {})


class Invalid(VigiaError):
    """A value breaks a rule of the domain. `field` names the form field, `code` the message."""

    code = "invalid"

    def __init__(self, field_name: str, code: str, **params: Any) -> None:
        super().__init__(code, **params)
        self.field = field_name


class Refused(Invalid):
    """Several values break rules at once: `refusals` has each of them, the first stands for all."""

    def __init__(self, refusals: Sequence[Invalid]) -> None:
        first = refusals[0]
        super().__init__(first.field, first.code, **first.params)
        self.refusals = tuple(refusals)


class WrongPassword(VigiaError):
    """The password given to sign is not the person's."""

    code = "wrong_password"


class Throttled(VigiaError):
    """Too many attempts; `params["wait_s"]` says how long to wait."""

    code = "throttled"


class Unavailable(VigiaError):
    """A part of the system (document store, mail) does not answer now; nothing was saved."""

    code = "unavailable"


class Untraced(RuntimeError):
    """A transaction changed audited rows and recorded nothing: a defect, so it is refused."""
