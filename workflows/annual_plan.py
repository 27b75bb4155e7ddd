"""Life of one version of the Plan Anual de Auditoría. Source: docs/domain.md."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar

from statemachine.states import States

from workflows.base import Facts, Workflow, guard, is_given


class AnnualPlanState(StrEnum):
    DRAFT = "borrador"
    IN_REVIEW = "en_revision_oci"
    PRESENTED = "presentado_cicci"
    RETURNED = "devuelto"
    APPROVED = "aprobado"
    RUNNING = "en_ejecucion"
    CLOSED = "cerrado"


@dataclass(frozen=True, slots=True)
class AnnualPlanFacts(Facts):
    line_count: int = 0
    minutes_number: str = ""
    minutes_date: date | None = None


class AnnualPlanWorkflow(Workflow):
    """The annual plan's machine: it runs only after the CICCI approved it, with its minutes."""

    thing: ClassVar[str] = "annual_plan"
    facts_type = AnnualPlanFacts

    states = States.from_enum(
        AnnualPlanState, initial=AnnualPlanState.DRAFT, final=AnnualPlanState.CLOSED
    )

    submit = states.IN_REVIEW.from_(states.DRAFT, states.RETURNED)
    present = states.IN_REVIEW.to(states.PRESENTED, validators=["needs_lines"])
    approve = states.PRESENTED.to(states.APPROVED, validators=["needs_minutes"])
    send_back = states.PRESENTED.to(states.RETURNED, validators=["needs_reason"])
    start_execution = states.APPROVED.to(states.RUNNING)
    close = states.RUNNING.to(states.CLOSED, validators=["needs_reason"])

    @guard
    def needs_lines(self, facts: AnnualPlanFacts) -> bool:
        return facts.line_count > 0

    @guard
    def needs_minutes(self, facts: AnnualPlanFacts) -> bool:
        return is_given(facts.minutes_number) and facts.minutes_date is not None
