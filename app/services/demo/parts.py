"""Shapes of the script: which stories are told, and how far each one goes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from workflows.audit import AuditState
from workflows.enums import AuditLineType, OciRole, PlanSource


class Fate(Enum):
    """What becomes of an action."""

    EFFECTIVE = auto()
    EXCEPTION = auto()  # closed without evaluation, with its reason
    INEFFECTIVE = auto()  # fulfilled, and the cause is still there
    EVALUATING = auto()
    FULFILLED = auto()
    VERIFYING = auto()
    REPORTED = auto()
    REJECTED = auto()  # reported, and sent back by the verification
    RUNNING = auto()
    UNMET = auto()
    EXTENDED = auto()
    ASKED = auto()  # an extension waits for its decision
    DENIED = auto()
    REFORMULATED = auto()
    VOIDED = auto()


FINISHING = frozenset(
    {
        Fate.EFFECTIVE,
        Fate.EXCEPTION,
        Fate.INEFFECTIVE,
        Fate.EVALUATING,
        Fate.FULFILLED,
        Fate.VERIFYING,
        Fate.REPORTED,
        Fate.REJECTED,
    }
)


@dataclass(frozen=True, slots=True)
class Act:
    """One action: how many days it lasts, or how many days ago it ended (negative: to come).

    An extended one lasts its days at first, and ends when the part says once it is extended.
    `next` is the place, among the finding's actions, of the one that replaces it; that one is
    `later`: the plan does not have it at first.
    """

    fate: Fate
    lasts: int = 90
    ended: int | None = None
    next: int | None = None
    later: bool = False


class Reply(Enum):
    """What becomes of a finding between the two reports."""

    RATIFY = auto()
    MODIFY = auto()
    WITHDRAW = auto()
    ESCALATE = auto()  # ratified, taken to the committee, ratified anew
    LAPSE = auto()  # nobody answers
    PROPOSE = auto()  # the liaison has left a proposal, the leader has not filed it
    ANSWER = auto()  # answered, and not decided yet
    DRAFT = auto()  # never leaves its author
    REVIEW = auto()  # handed in, nobody reviewed it yet


@dataclass(frozen=True, slots=True)
class FindingPart:
    """A finding of the prose, what is decided on it, and its actions."""

    key: str
    reply: Reply = Reply.LAPSE
    acts: tuple[Act, ...] = ()
    subject: str = ""
    process: str = ""
    closes: bool = True
    """Whether it is closed once its actions are."""


class Publish(Enum):
    NONE = auto()
    PREPARED = auto()
    ANONYMISING = auto()
    APPROVED = auto()
    PUBLISHED = auto()
    RESERVED = auto()


class Path(Enum):
    """How far a plan goes."""

    DRAFT = auto()
    SUBMITTED = auto()
    IN_REVIEW = auto()
    RETURNED = auto()
    TO_SUBSCRIBE = auto()  # an outside body's: only the signature of the mayor is missing
    AGREED = auto()


@dataclass(frozen=True, slots=True)
class PlanPart:
    """The plan of a process: how far it goes, how late it comes, whether it is sent back."""

    path: Path = Path.AGREED
    takes: int = 9
    """Days from the final report to the submission."""
    returned: bool = False


@dataclass(frozen=True, slots=True)
class AuditPart:
    """An audit: its prose, when it begins (days before today) and where it stands today."""

    subject: str
    prose: str
    process: str
    ago: int
    until: AuditState
    findings: tuple[FindingPart, ...] = ()
    lead: str = "auditor_lider"
    team: tuple[str, str] = ("auditor", "auditora2")
    type: AuditLineType = AuditLineType.MANAGEMENT_AUDIT
    role: OciRole = OciRole.EVALUATION_AND_FOLLOW_UP
    publish: Publish = Publish.NONE
    plan: PlanPart = PlanPart()
    special: str = ""
    """Who asked for it, when it is in no annual plan."""
    why: str = ""
    """Reason of its suspension or cancellation."""


@dataclass(frozen=True, slots=True)
class ExternalPart:
    """Findings that an outside body told in one report, for one process."""

    source: PlanSource
    body: str
    report: str
    process: str
    ago: int
    findings: tuple[FindingPart, ...]
    plan: PlanPart = PlanPart()


@dataclass(frozen=True, slots=True)
class Script:
    """Everything that is told. `days` is how long ago it begins."""

    days: int
    audits: tuple[AuditPart, ...]
    externals: tuple[ExternalPart, ...]
    evidence: int = 2
    """How many papers support a critical finding; the others have one."""
    absence: bool = True
    """Whether the head of the office leaves a substitute for the weeks to come."""
