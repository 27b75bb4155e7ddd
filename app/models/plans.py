"""Improvement plans, root causes, actions, progress, remarks and change requests."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Numeric,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.accounts import User
from app.models.base import CODE_LENGTH, TITLE_LENGTH, Base, Traced, Versioned, enum_type
from app.models.documents import Document
from app.models.findings import Finding
from app.models.org import Process, Unit
from workflows.action import ActionState
from workflows.change_request import ChangeRequestState
from workflows.enums import (
    ActionType,
    ChangeRequestType,
    Effectiveness,
    Efficacy,
    PlanSource,
    RootCauseMethod,
)
from workflows.plan import PlanState

QUANTITY = Numeric(14, 2)

action_executor = Table(
    "action_executor",
    Base.metadata,
    Column("action_id", ForeignKey("action.id"), primary_key=True),
    Column("user_id", ForeignKey("user_account.id"), primary_key=True, index=True),
)


class PlanCounter(Base):
    """Last plan number given in a year; its row is locked in the transaction that takes one."""

    __tablename__ = "plan_counter"
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(default=0)


class Plan(Versioned, Base):
    """Plan de mejoramiento of one process; formulated by the first line."""

    __tablename__ = "plan"
    thing = "plan"
    code: Mapped[str] = mapped_column(String(CODE_LENGTH), unique=True)
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    source: Mapped[PlanSource] = mapped_column(enum_type(PlanSource))
    audit_id: Mapped[int | None] = mapped_column(ForeignKey("audit.id"), index=True)
    process_id: Mapped[int] = mapped_column(ForeignKey("process.id"), index=True)
    state: Mapped[PlanState] = mapped_column(
        enum_type(PlanState), default=PlanState.DRAFT, index=True
    )
    due_on: Mapped[date | None]
    due: Mapped[dict[str, Any] | None]
    formulated_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    first_submitted_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    submitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    late_by_days: Mapped[int] = mapped_column(default=0)  # working days, at the last submission
    returned_count: Mapped[int] = mapped_column(default=0)
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    consolidated_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    consolidated_at: Mapped[datetime | None]
    consolidation_note: Mapped[str] = mapped_column(Text, default="")
    approved_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    transmission_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    authority_act: Mapped[str] = mapped_column(Text, default="")
    authority_result: Mapped[str] = mapped_column(Text, default="")
    closed_at: Mapped[datetime | None]
    process: Mapped[Process] = relationship()
    formulated_by: Mapped[User] = relationship(foreign_keys=[formulated_by_id])
    consolidated_by: Mapped[User | None] = relationship(foreign_keys=[consolidated_by_id])
    items: Mapped[list[PlanFinding]] = relationship(back_populates="plan")
    actions: Mapped[list[Action]] = relationship(back_populates="plan", order_by="Action.code")
    remarks: Mapped[list[Remark]] = relationship(order_by="Remark.id")


class PlanFinding(Traced, Base):
    """A finding that a plan answers; only one live plan may hold it (checked in the service)."""

    __tablename__ = "plan_finding"
    __table_args__ = (UniqueConstraint("plan_id", "finding_id"),)
    thing = "plan_finding"
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), index=True)
    finding_id: Mapped[int] = mapped_column(ForeignKey("finding.id"), index=True)
    plan: Mapped[Plan] = relationship(back_populates="items")
    finding: Mapped[Finding] = relationship()
    causes: Mapped[list[RootCause]] = relationship(back_populates="item", order_by="RootCause.id")


class RootCause(Versioned, Base):
    """Causa raíz found by the first line; `analysis` keeps the steps of the method."""

    __tablename__ = "root_cause"
    thing = "root_cause"
    plan_finding_id: Mapped[int] = mapped_column(ForeignKey("plan_finding.id"), index=True)
    method: Mapped[RootCauseMethod] = mapped_column(enum_type(RootCauseMethod))
    text: Mapped[str] = mapped_column(Text)
    analysis: Mapped[dict[str, Any]]
    removed_at: Mapped[datetime | None]
    item: Mapped[PlanFinding] = relationship(back_populates="causes")


class Action(Versioned, Base):
    """Acción of a plan. `vencida` and `por_vencer` are computed, never stored."""

    __tablename__ = "action"
    __table_args__ = (
        CheckConstraint("end_date IS NULL OR end_date > start_date", name="dates"),
        CheckConstraint("target_quantity IS NULL OR target_quantity > 0", name="target"),
    )
    thing = "action"
    code: Mapped[str] = mapped_column(String(CODE_LENGTH), unique=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), index=True)
    finding_id: Mapped[int] = mapped_column(ForeignKey("finding.id"), index=True)
    audit_id: Mapped[int | None] = mapped_column(ForeignKey("audit.id"), index=True)
    process_id: Mapped[int] = mapped_column(ForeignKey("process.id"), index=True)
    root_cause_id: Mapped[int | None] = mapped_column(ForeignKey("root_cause.id"))
    type: Mapped[ActionType] = mapped_column(enum_type(ActionType))
    description: Mapped[str] = mapped_column(Text)
    objective: Mapped[str] = mapped_column(Text, default="")
    indicator_name: Mapped[str] = mapped_column(String(TITLE_LENGTH), default="")
    indicator_formula: Mapped[str] = mapped_column(Text, default="")
    unit_of_measure: Mapped[str] = mapped_column(String(100), default="")
    target_quantity: Mapped[Decimal | None] = mapped_column(QUANTITY)
    start_date: Mapped[date | None]
    end_date: Mapped[date | None] = mapped_column(index=True)
    original_end_date: Mapped[date | None]
    extension_count: Mapped[int] = mapped_column(default=0)
    responsible_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    responsible_position: Mapped[str] = mapped_column(String(200), default="")
    expected_evidence: Mapped[str] = mapped_column(Text, default="")
    resources: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[ActionState] = mapped_column(
        enum_type(ActionState), default=ActionState.FORMULATED, index=True
    )
    formulated_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    accepted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    accepted_at: Mapped[datetime | None]
    declined_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    declined_at: Mapped[datetime | None]
    declined_reason: Mapped[str] = mapped_column(Text, default="")
    consolidated_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    consolidated_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    approved_at: Mapped[datetime | None]
    reported_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    reported_at: Mapped[datetime | None]
    verifier_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    efficacy: Mapped[Efficacy] = mapped_column(enum_type(Efficacy), default=Efficacy.NOT_EVALUATED)
    efficacy_note: Mapped[str] = mapped_column(Text, default="")
    verified_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    verified_at: Mapped[datetime | None]
    evaluator_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    effectiveness: Mapped[Effectiveness] = mapped_column(
        enum_type(Effectiveness), default=Effectiveness.NOT_EVALUATED
    )
    effectiveness_note: Mapped[str] = mapped_column(Text, default="")
    evaluated_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closing_exception: Mapped[str] = mapped_column(Text, default="")
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("action.id"), index=True)
    authority_result: Mapped[str] = mapped_column(Text, default="")
    plan: Mapped[Plan] = relationship(back_populates="actions")
    finding: Mapped[Finding] = relationship(foreign_keys=[finding_id])
    process: Mapped[Process] = relationship()
    root_cause: Mapped[RootCause | None] = relationship()
    responsible_unit: Mapped[Unit | None] = relationship()
    verifier: Mapped[User | None] = relationship(foreign_keys=[verifier_id])
    evaluator: Mapped[User | None] = relationship(foreign_keys=[evaluator_id])
    executors: Mapped[list[User]] = relationship(secondary=action_executor)
    progress: Mapped[list[Progress]] = relationship(back_populates="action", order_by="Progress.id")


class Activity(Versioned, Base):
    """Actividad: a step of an action, with its figure and dates; removed, never deleted.

    `done_quantity` is what the first line says is done of it, up to `done_on`, in its unit.
    """

    __tablename__ = "activity"
    __table_args__ = (
        CheckConstraint("end_date IS NULL OR end_date >= start_date", name="dates"),
        CheckConstraint("target_quantity IS NULL OR target_quantity > 0", name="target"),
        CheckConstraint("done_quantity >= 0", name="done"),
        UniqueConstraint("action_id", "number"),
    )
    thing = "activity"
    action_id: Mapped[int] = mapped_column(ForeignKey("action.id"), index=True)
    number: Mapped[int]
    description: Mapped[str] = mapped_column(Text)
    unit_of_measure: Mapped[str] = mapped_column(String(100), default="")
    target_quantity: Mapped[Decimal | None] = mapped_column(QUANTITY)
    start_date: Mapped[date | None]
    end_date: Mapped[date | None]
    responsible: Mapped[str] = mapped_column(String(200), default="")
    done_quantity: Mapped[Decimal] = mapped_column(QUANTITY, default=Decimal(0))
    done_on: Mapped[date | None]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    action: Mapped[Action] = relationship()


class ProgressWindow(Versioned, Base):
    """Until when the progress of a period is registered, when the administrator says so."""

    __tablename__ = "progress_window"
    thing = "progress_window"
    first: Mapped[date] = mapped_column(unique=True)
    closes_on: Mapped[date]
    reason: Mapped[str] = mapped_column(Text)
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    changed_at: Mapped[datetime]


class Progress(Traced, Base):
    """Avance of an action: quantity done so far in this entry, narrative and evidence.

    Counts only once the unit head has given the visto bueno (`approved_at`).
    """

    __tablename__ = "progress"
    __table_args__ = (CheckConstraint("quantity >= 0", name="quantity"),)
    thing = "progress"
    action_id: Mapped[int] = mapped_column(ForeignKey("action.id"), index=True)
    day: Mapped[date]
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    narrative: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    approved_at: Mapped[datetime | None]
    rejected_at: Mapped[datetime | None]
    rejection_reason: Mapped[str] = mapped_column(Text, default="")
    action: Mapped[Action] = relationship(back_populates="progress")
    author: Mapped[User] = relationship(foreign_keys=[author_id])
    approved_by: Mapped[User | None] = relationship(foreign_keys=[approved_by_id])
    evidence: Mapped[list[ProgressEvidence]] = relationship(back_populates="progress")


class ProgressEvidence(Base):
    __tablename__ = "progress_evidence"
    progress_id: Mapped[int] = mapped_column(ForeignKey("progress.id"), primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), primary_key=True)
    progress: Mapped[Progress] = relationship(back_populates="evidence")
    document: Mapped[Document] = relationship()


PROGRESS_COMMENT, CHANGE_COMMENT = "progress", "change"
COMMENTS = (PROGRESS_COMMENT, CHANGE_COMMENT)
"""What remarks are about that bind nobody, on what was agreed already: nothing waits for them."""


class Remark(Traced, Base):
    """Observación of the second line or the OCI on a plan or one of its actions; or a comment on
    the progress of one, or on a change asked for one."""

    __tablename__ = "remark"
    thing = "remark"
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), index=True)
    action_id: Mapped[int | None] = mapped_column(ForeignKey("action.id"), index=True)
    change_request_id: Mapped[int | None] = mapped_column(
        ForeignKey("change_request.id"), index=True
    )
    field: Mapped[str] = mapped_column(String(CODE_LENGTH), default="")
    text: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    answered_at: Mapped[datetime | None]
    author: Mapped[User] = relationship(foreign_keys=[author_id])

    @property
    def is_comment(self) -> bool:
        """Whether nothing waits for its answer."""
        return self.field in COMMENTS


class ChangeDraft(Versioned, Base):
    """A change request that somebody of the process prepared for its leader to send. Open until it
    is sent (`request_id`) or discarded."""

    __tablename__ = "change_draft"
    __table_args__ = (
        Index(
            "uq_change_draft_open",
            "action_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )
    thing = "change_draft"
    action_id: Mapped[int] = mapped_column(ForeignKey("action.id"), index=True)
    type: Mapped[ChangeRequestType] = mapped_column(enum_type(ChangeRequestType))
    reason: Mapped[str] = mapped_column(Text)
    proposed: Mapped[dict[str, Any]]
    author_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    request_id: Mapped[int | None] = mapped_column(ForeignKey("change_request.id"))
    discard_reason: Mapped[str] = mapped_column(Text, default="")
    action: Mapped[Action] = relationship()
    author: Mapped[User] = relationship()


class ChangeRequest(Versioned, Base):
    """Solicitud de cambio of an action, with what it was and what is asked."""

    __tablename__ = "change_request"
    thing = "change_request"
    action_id: Mapped[int] = mapped_column(ForeignKey("action.id"), index=True)
    audit_id: Mapped[int | None] = mapped_column(ForeignKey("audit.id"), index=True)
    process_id: Mapped[int] = mapped_column(ForeignKey("process.id"), index=True)
    type: Mapped[ChangeRequestType] = mapped_column(enum_type(ChangeRequestType))
    reason: Mapped[str] = mapped_column(Text)
    before: Mapped[dict[str, Any]]
    proposed: Mapped[dict[str, Any]]
    state: Mapped[ChangeRequestState] = mapped_column(
        enum_type(ChangeRequestState), default=ChangeRequestState.REQUESTED, index=True
    )
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    requested_at: Mapped[datetime]
    drafted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    direction_approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    direction_approved_at: Mapped[datetime | None]
    authority_rule: Mapped[str] = mapped_column(Text, default="")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str] = mapped_column(Text, default="")
    action: Mapped[Action] = relationship()
    requested_by: Mapped[User] = relationship(foreign_keys=[requested_by_id])
    drafted_by: Mapped[User | None] = relationship(foreign_keys=[drafted_by_id])
