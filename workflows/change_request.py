"""Life of a request to change an action. Source: docs/domain.md, plan and action states."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from statemachine.states import States

from workflows.base import Facts, Workflow, guard
from workflows.enums import ChangeRequestType


class ChangeRequestState(StrEnum):
    REQUESTED = "solicitada"
    IN_REVIEW = "en_revision"
    APPROVED = "aprobada"
    DENIED = "negada"
    WITHDRAWN = "desistida"


@dataclass(frozen=True, slots=True)
class ChangeRequestFacts(Facts):
    request_type: ChangeRequestType | None = None
    action_is_live: bool = False
    no_pending_request: bool = False
    working_days_left: int | None = None  # from the request to the action's end date
    notice_days: int | None = None  # working days
    extension_count: int | None = None
    max_extensions: int | None = None
    direction_approved: bool = False
    authority_rule_allows: bool = False
    approved_by_other: bool = False
    action_ended: bool = False


class ChangeRequestWorkflow(Workflow):
    """The request's machine. Making one is no event; `check_creation` holds its guards."""

    thing: ClassVar[str] = "change_request"
    facts_type = ChangeRequestFacts
    creation_guards: ClassVar[tuple[str, ...]] = (
        "needs_reason",
        "needs_live_action",
        "needs_no_pending_request",
        "needs_advance_notice",
        "needs_remaining_extension",
    )

    states = States.from_enum(
        ChangeRequestState,
        initial=ChangeRequestState.REQUESTED,
        final=[
            ChangeRequestState.APPROVED,
            ChangeRequestState.DENIED,
            ChangeRequestState.WITHDRAWN,
        ],
    )

    start_review = states.REQUESTED.to(states.IN_REVIEW, validators=["needs_live_action"])
    approve = states.IN_REVIEW.to(
        states.APPROVED,
        validators=[
            "needs_live_action",
            "needs_direction_approval",
            "needs_authority_rule",
            "needs_other_approver",
        ],
    )
    deny = states.IN_REVIEW.to(states.DENIED, validators=["needs_reason"])
    withdraw = states.WITHDRAWN.from_(
        states.REQUESTED, states.IN_REVIEW, validators=["needs_reason"]
    )
    lapse = states.WITHDRAWN.from_(
        states.REQUESTED, states.IN_REVIEW, validators=["needs_ended_action"]
    )

    @guard
    def needs_live_action(self, facts: ChangeRequestFacts) -> bool:
        return facts.action_is_live

    @guard
    def needs_no_pending_request(self, facts: ChangeRequestFacts) -> bool:
        return facts.no_pending_request

    @guard
    def needs_advance_notice(self, facts: ChangeRequestFacts) -> bool:
        if facts.working_days_left is None or facts.notice_days is None:
            return False
        return facts.working_days_left >= facts.notice_days

    @guard
    def needs_remaining_extension(self, facts: ChangeRequestFacts) -> bool:
        """Only a request for more time uses up an extension."""
        if facts.request_type not in (None, ChangeRequestType.EXTENSION):
            return True
        if facts.extension_count is None or facts.max_extensions is None:
            return False
        return facts.extension_count < facts.max_extensions

    @guard
    def needs_direction_approval(self, facts: ChangeRequestFacts) -> bool:
        return facts.direction_approved

    @guard
    def needs_authority_rule(self, facts: ChangeRequestFacts) -> bool:
        return facts.authority_rule_allows

    @guard
    def needs_other_approver(self, facts: ChangeRequestFacts) -> bool:
        return facts.approved_by_other

    @guard
    def needs_ended_action(self, facts: ChangeRequestFacts) -> bool:
        return facts.action_ended
