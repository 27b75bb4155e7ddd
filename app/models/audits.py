"""Annual audit plan, audits, their teams, papers, reports and signatures."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.accounts import User
from app.models.base import (
    CODE_LENGTH,
    TITLE_LENGTH,
    Base,
    Traced,
    UTCDateTime,
    Versioned,
    enum_type,
)
from app.models.documents import Document
from app.models.org import Process
from app.models.universe import AuditableUnit
from workflows.annual_plan import AnnualPlanState
from workflows.audit import AuditState
from workflows.enums import AuditLineType, CommitteeDecisionType, OciRole

PHASES_IN_ORDER = (
    "(fieldwork_start IS NULL) = (communication_start IS NULL) AND (fieldwork_start IS NULL OR "
    "(fieldwork_start >= planned_start AND communication_start >= fieldwork_start "
    "AND planned_end >= communication_start))"
)


class AnnualPlan(Versioned, Base):
    """Plan Anual de Auditoría of one year (one row per version of the plan).

    `public_content` is what was decided about it for the portal: the public texts, and of each
    audit its public title and whether it is shown.
    """

    __tablename__ = "annual_plan"
    __table_args__ = (UniqueConstraint("year", "edition"),)
    thing = "annual_plan"
    year: Mapped[int] = mapped_column(index=True)
    edition: Mapped[int] = mapped_column(default=1)
    objective: Mapped[str] = mapped_column(Text, default="")
    scope: Mapped[str] = mapped_column(Text, default="")
    criteria: Mapped[str] = mapped_column(Text, default="")
    resources: Mapped[str] = mapped_column(Text, default="")
    risks: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[AnnualPlanState] = mapped_column(
        enum_type(AnnualPlanState), default=AnnualPlanState.DRAFT
    )
    minutes_number: Mapped[str] = mapped_column(String(CODE_LENGTH), default="")
    minutes_date: Mapped[date | None]
    approved_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    created_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    public_content: Mapped[dict[str, Any] | None]
    published_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class AuditCounter(Base):
    """Last audit number given in a year; its row is locked while the year's plan or audits grow."""

    __tablename__ = "audit_counter"
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(default=0)


class Audit(Versioned, Base):
    """An audit engagement. `code` is AAAA-AUD-NN; terms are frozen JSON of DueDate."""

    __tablename__ = "audit"
    __table_args__ = (
        CheckConstraint("planned_end >= planned_start", name="dates"),
        CheckConstraint(PHASES_IN_ORDER, name="phases"),
        CheckConstraint("annual_plan_id IS NOT NULL OR special_authorization <> ''", name="origin"),
    )
    thing = "audit"
    code: Mapped[str] = mapped_column(String(CODE_LENGTH), unique=True)
    year: Mapped[int] = mapped_column(index=True)
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    type: Mapped[AuditLineType] = mapped_column(enum_type(AuditLineType))
    oci_role: Mapped[OciRole] = mapped_column(enum_type(OciRole))
    process_id: Mapped[int] = mapped_column(ForeignKey("process.id"), index=True)
    annual_plan_id: Mapped[int | None] = mapped_column(ForeignKey("annual_plan.id"), index=True)
    special_authorization: Mapped[str] = mapped_column(Text, default="")
    objective: Mapped[str] = mapped_column(Text, default="")
    scope: Mapped[str] = mapped_column(Text, default="")
    criteria: Mapped[str] = mapped_column(Text, default="")
    risks: Mapped[str] = mapped_column(Text, default="")
    tests: Mapped[str] = mapped_column(Text, default="")
    sample: Mapped[str] = mapped_column(Text, default="")
    schedule: Mapped[str] = mapped_column(Text, default="")
    methodology: Mapped[str] = mapped_column(Text, default="")
    limitations: Mapped[str] = mapped_column(Text, default="")
    conclusions: Mapped[str] = mapped_column(Text, default="")
    planned_start: Mapped[date]
    fieldwork_start: Mapped[date | None]  # planning ends the day before; both or neither
    communication_start: Mapped[date | None]
    planned_end: Mapped[date]
    auditable_unit_id: Mapped[int | None] = mapped_column(
        ForeignKey("auditable_unit.id"), index=True
    )
    state: Mapped[AuditState] = mapped_column(
        enum_type(AuditState), default=AuditState.SCHEDULED, index=True
    )
    previous_state: Mapped[str] = mapped_column(String(CODE_LENGTH), default="")
    program_signature_id: Mapped[int | None] = mapped_column(ForeignKey("signature.id"))
    announced_at: Mapped[datetime | None]
    announced_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    announcement_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    announcement_number: Mapped[str] = mapped_column(String(CODE_LENGTH), default="")
    draft_issued_at: Mapped[datetime | None]
    reply_due_on: Mapped[date | None]
    reply_due: Mapped[dict[str, Any] | None]
    final_issued_at: Mapped[datetime | None]
    plan_due_on: Mapped[date | None]
    plan_due: Mapped[dict[str, Any] | None]
    suspended_at: Mapped[datetime | None]
    suspensions: Mapped[list[Any]] = mapped_column(default=list)  # [[first, last], ...] as ISO days
    case_file_closed_at: Mapped[datetime | None]
    case_file_index: Mapped[dict[str, Any] | None]
    closed_at: Mapped[datetime | None]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    process: Mapped[Process] = relationship()
    annual_plan: Mapped[AnnualPlan | None] = relationship()
    auditable_unit: Mapped[AuditableUnit | None] = relationship()
    members: Mapped[list[AuditMember]] = relationship(back_populates="audit")

    @property
    def audit_id(self) -> int:
        """The audit's own id, so that scope rules read the same name on every thing."""
        return self.id


class AuditMember(Traced, Base):
    """A person of the team with the conflict-of-interest declaration; removed, never deleted."""

    __tablename__ = "audit_member"
    __table_args__ = (
        Index(
            "uq_audit_member_person",
            "audit_id",
            "user_id",
            unique=True,
            sqlite_where=text("removed_at IS NULL"),
            postgresql_where=text("removed_at IS NULL"),
        ),
        Index(
            "uq_audit_member_lead",
            "audit_id",
            unique=True,
            sqlite_where=text("is_lead AND removed_at IS NULL"),
            postgresql_where=text("is_lead AND removed_at IS NULL"),
        ),
    )
    thing = "audit_member"
    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    is_lead: Mapped[bool] = mapped_column(default=False)
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    declared_at: Mapped[datetime | None]
    has_conflict: Mapped[bool] = mapped_column(default=False)
    conflict_text: Mapped[str] = mapped_column(Text, default="")
    declaration_signature_id: Mapped[int | None] = mapped_column(ForeignKey("signature.id"))
    resolution: Mapped[str] = mapped_column(Text, default="")
    resolved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    resolved_at: Mapped[datetime | None]
    audit: Mapped[Audit] = relationship(back_populates="members")
    user: Mapped[User] = relationship(foreign_keys=[user_id])


class WorkingPaper(Versioned, Base):
    """Papel de trabajo: prepared by one person, reviewed by another."""

    __tablename__ = "working_paper"
    __table_args__ = (UniqueConstraint("audit_id", "code"),)
    thing = "working_paper"
    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id"), index=True)
    code: Mapped[str] = mapped_column(String(CODE_LENGTH))
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    objective: Mapped[str] = mapped_column(Text, default="")
    procedure: Mapped[str] = mapped_column(Text, default="")
    population: Mapped[str] = mapped_column(Text, default="")
    sample: Mapped[str] = mapped_column(Text, default="")
    result: Mapped[str] = mapped_column(Text, default="")
    conclusion: Mapped[str] = mapped_column(Text, default="")
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    reviewed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    reviewed_at: Mapped[datetime | None]
    review_note: Mapped[str] = mapped_column(Text, default="")
    author: Mapped[User] = relationship(foreign_keys=[author_id])
    reviewed_by: Mapped[User | None] = relationship(foreign_keys=[reviewed_by_id])
    document: Mapped[Document | None] = relationship()


class ReportKind(StrEnum):
    DRAFT = "preliminar"
    FINAL = "final"


class Report(Traced, Base):
    """A generated report; each generation is a new row. Filed ones are never changed."""

    __tablename__ = "report"
    thing = "report"
    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id"), index=True)
    kind: Mapped[ReportKind] = mapped_column(enum_type(ReportKind))
    content: Mapped[dict[str, Any]]  # what both files say; `content_sha256` is its hash
    content_sha256: Mapped[str] = mapped_column(String(64))
    docx_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    pdf_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    generated_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    generated_at: Mapped[datetime]
    signature_id: Mapped[int | None] = mapped_column(ForeignKey("signature.id"))
    filing_number: Mapped[str | None] = mapped_column(String(CODE_LENGTH), unique=True)
    communicated_at: Mapped[datetime | None]
    docx: Mapped[Document] = relationship(foreign_keys=[docx_id])
    pdf: Mapped[Document] = relationship(foreign_keys=[pdf_id])


class Signature(Traced, Base):
    """Simple electronic signature: the person gave the password again for this content."""

    __tablename__ = "signature"
    thing = "signature"
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    signed_at: Mapped[datetime]
    content_sha256: Mapped[str] = mapped_column(String(64))
    purpose: Mapped[str] = mapped_column(String(CODE_LENGTH))
    thing_kind: Mapped[str] = mapped_column(String(CODE_LENGTH))
    thing_id: Mapped[str] = mapped_column(String(CODE_LENGTH))
    on_behalf_of_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    user: Mapped[User] = relationship(foreign_keys=[user_id])


class AuditEvaluation(Traced, Base):
    """What the leader of the audited process says of the audit; sent once, never changed.

    `answers`: score from 1 to 5 of each EvaluationStatement, by its value.
    """

    __tablename__ = "audit_evaluation"
    thing = "audit_evaluation"
    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id"), unique=True)
    answers: Mapped[dict[str, Any]]
    comment: Mapped[str] = mapped_column(Text, default="")
    evaluated_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    evaluated_at: Mapped[datetime]
    evaluated_by: Mapped[User] = relationship()


class CommitteeDecision(Traced, Base):
    """A decision of the CICCI about a thing, with the number and date of its minutes."""

    __tablename__ = "committee_decision"
    thing = "committee_decision"
    type: Mapped[CommitteeDecisionType] = mapped_column(enum_type(CommitteeDecisionType))
    minutes_number: Mapped[str] = mapped_column(String(CODE_LENGTH))
    minutes_date: Mapped[date]
    text: Mapped[str] = mapped_column(Text)
    thing_kind: Mapped[str] = mapped_column(String(CODE_LENGTH), index=True)
    thing_id: Mapped[str] = mapped_column(String(CODE_LENGTH))
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime())
