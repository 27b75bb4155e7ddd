"""Findings, their frozen texts, evidence, replies and decisions."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Numeric, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.accounts import User
from app.models.audits import Audit, CommitteeDecision
from app.models.base import CODE_LENGTH, TITLE_LENGTH, Base, Traced, Versioned, enum_type
from app.models.documents import Document
from app.models.org import MipgPolicy, Norm, Process, Unit
from workflows.enums import (
    EvidenceType,
    ExtensionState,
    FindingType,
    MeciComponent,
    PlanSource,
    ReferralAuthority,
    ReplyStance,
    WithdrawalGround,
)
from workflows.enums import Severity as SeverityLevel
from workflows.finding import FindingState


class Finding(Versioned, Base):
    """Hallazgo. Born in an audit, or registered from an oversight body (`source` other than
    auditoria_interna, no audit). The text in these columns is the current one; each
    communicated text is kept in FindingText.
    """

    __tablename__ = "finding"
    __table_args__ = (
        CheckConstraint("audit_id IS NOT NULL OR source <> 'auditoria_interna'", name="origin"),
    )
    thing = "finding"
    code: Mapped[str] = mapped_column(String(CODE_LENGTH), unique=True)
    audit_id: Mapped[int | None] = mapped_column(ForeignKey("audit.id"), index=True)
    source: Mapped[PlanSource] = mapped_column(enum_type(PlanSource))
    source_report: Mapped[str] = mapped_column(String(TITLE_LENGTH), default="")
    source_report_date: Mapped[date | None]
    type: Mapped[FindingType] = mapped_column(enum_type(FindingType))
    severity: Mapped[SeverityLevel] = mapped_column(enum_type(SeverityLevel))
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    condition: Mapped[str] = mapped_column(Text, default="")
    criterion: Mapped[str] = mapped_column(Text, default="")
    cause: Mapped[str] = mapped_column(Text, default="")
    effect: Mapped[str] = mapped_column(Text, default="")
    recommendation: Mapped[str] = mapped_column(Text, default="")
    related_risk: Mapped[str] = mapped_column(Text, default="", server_default="")
    related_control: Mapped[str] = mapped_column(Text, default="", server_default="")
    incidences: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    fiscal_amount: Mapped[Decimal | None] = mapped_column(Numeric(18, 2))  # pesos
    norm_id: Mapped[int | None] = mapped_column(ForeignKey("norm.id"))
    norm_article: Mapped[str] = mapped_column(String(TITLE_LENGTH), default="")
    mipg_policy_id: Mapped[int | None] = mapped_column(ForeignKey("mipg_policy.id"))
    meci_component: Mapped[MeciComponent | None] = mapped_column(enum_type(MeciComponent))
    process_id: Mapped[int] = mapped_column(ForeignKey("process.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    repeats_id: Mapped[int | None] = mapped_column(ForeignKey("finding.id"))
    state: Mapped[FindingState] = mapped_column(
        enum_type(FindingState), default=FindingState.DRAFT, index=True
    )
    author_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    reviewed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    reviewed_at: Mapped[datetime | None]
    communicated_at: Mapped[datetime | None]
    analysis: Mapped[str] = mapped_column(Text, default="")
    analysed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    analysed_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decision_reason: Mapped[str] = mapped_column(Text, default="")
    escalated_at: Mapped[datetime | None]
    committee_decision_id: Mapped[int | None] = mapped_column(ForeignKey("committee_decision.id"))
    withdrawal_ground: Mapped[WithdrawalGround | None] = mapped_column(enum_type(WithdrawalGround))
    risk_acceptance_id: Mapped[int | None] = mapped_column(ForeignKey("committee_decision.id"))
    reopening_action_id: Mapped[int | None] = mapped_column(ForeignKey("action.id", use_alter=True))
    authority_result: Mapped[str] = mapped_column(Text, default="")
    authority_result_on: Mapped[date | None]
    annulment_authority: Mapped[str] = mapped_column(String(TITLE_LENGTH), default="")
    annulment_number: Mapped[str] = mapped_column(String(CODE_LENGTH), default="")
    annulment_date: Mapped[date | None]
    confirmed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    audit: Mapped[Audit | None] = relationship()
    process: Mapped[Process] = relationship()
    unit: Mapped[Unit | None] = relationship()
    norm: Mapped[Norm | None] = relationship()
    mipg_policy: Mapped[MipgPolicy | None] = relationship()
    author: Mapped[User] = relationship(foreign_keys=[author_id])
    reviewed_by: Mapped[User | None] = relationship(foreign_keys=[reviewed_by_id])
    analysed_by: Mapped[User | None] = relationship(foreign_keys=[analysed_by_id])
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])
    committee_decision: Mapped[CommitteeDecision | None] = relationship(
        foreign_keys=[committee_decision_id]
    )
    risk_acceptance: Mapped[CommitteeDecision | None] = relationship(
        foreign_keys=[risk_acceptance_id]
    )
    repeats: Mapped[Finding | None] = relationship(
        foreign_keys=[repeats_id], remote_side="Finding.id"
    )
    evidence: Mapped[list[FindingEvidence]] = relationship(back_populates="finding")
    replies: Mapped[list[Reply]] = relationship(
        back_populates="finding", order_by="Reply.submitted_at"
    )
    texts: Mapped[list[FindingText]] = relationship(order_by="FindingText.id")


class FindingText(Traced, Base):
    """The finding's text as it stood when a report was communicated. Never changed."""

    __tablename__ = "finding_text"
    __table_args__ = (UniqueConstraint("finding_id", "stage", "frozen_at"),)
    thing = "finding_text"
    finding_id: Mapped[int] = mapped_column(ForeignKey("finding.id"), index=True)
    stage: Mapped[str] = mapped_column(String(20))  # preliminar, final
    content: Mapped[dict[str, Any]]
    sha256: Mapped[str] = mapped_column(String(64))
    frozen_at: Mapped[datetime]


class FindingEvidence(Traced, Base):
    """A document that supports a finding; the same document may support several."""

    __tablename__ = "finding_evidence"
    __table_args__ = (UniqueConstraint("finding_id", "document_id"),)
    thing = "finding_evidence"
    finding_id: Mapped[int] = mapped_column(ForeignKey("finding.id"), index=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), index=True)
    type: Mapped[EvidenceType] = mapped_column(enum_type(EvidenceType))
    qualities: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    note: Mapped[str] = mapped_column(Text, default="")
    added_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    finding: Mapped[Finding] = relationship(back_populates="evidence")
    document: Mapped[Document] = relationship()


class Reply(Traced, Base):
    """Réplica of the auditee to one finding; filed at once and never changed."""

    __tablename__ = "reply"
    thing = "reply"
    finding_id: Mapped[int] = mapped_column(ForeignKey("finding.id"), index=True)
    stance: Mapped[ReplyStance] = mapped_column(enum_type(ReplyStance))
    arguments: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    submitted_at: Mapped[datetime]
    filing_number: Mapped[str] = mapped_column(String(CODE_LENGTH), default="")
    finding: Mapped[Finding] = relationship(back_populates="replies")
    author: Mapped[User] = relationship()


class ReplyProposal(Traced, Base):
    """A reply that a liaison writes for the leader of the process, who alone may file it."""

    __tablename__ = "reply_proposal"
    thing = "reply_proposal"
    finding_id: Mapped[int] = mapped_column(ForeignKey("finding.id"), index=True)
    stance: Mapped[ReplyStance] = mapped_column(enum_type(ReplyStance))
    arguments: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    author: Mapped[User] = relationship()


class ReplyExtension(Versioned, Base):
    """More time to reply to a preliminary report: asked by the leader, decided by the OCI's head.

    `days` are of the kind of the term; the term before and after are kept with their arithmetic.
    """

    __tablename__ = "reply_extension"
    __table_args__ = (CheckConstraint("days > 0", name="days"),)
    thing = "reply_extension"
    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id"), index=True)
    process_id: Mapped[int] = mapped_column(ForeignKey("process.id"))
    days: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    filing_number: Mapped[str] = mapped_column(String(CODE_LENGTH))
    state: Mapped[ExtensionState] = mapped_column(
        enum_type(ExtensionState), default=ExtensionState.REQUESTED, index=True
    )
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    requested_at: Mapped[datetime]
    due_before: Mapped[dict[str, Any]]
    due_after: Mapped[dict[str, Any] | None]
    days_granted: Mapped[int | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str] = mapped_column(Text, default="")
    audit: Mapped[Audit] = relationship()
    requested_by: Mapped[User] = relationship(foreign_keys=[requested_by_id])
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])


class Referral(Versioned, Base):
    """Traslado: what a finding shows, told to the authority that is competent for it.

    It does not end the finding's cycle. Reserved: Ley 1712 de 2014, art. 19 d. The legal
    representative is a person with an account (`addressee_id`), who reads it and answers here.
    """

    __tablename__ = "referral"
    __table_args__ = (
        CheckConstraint(
            "(authority = 'representante_legal') = (addressee_id IS NOT NULL)", name="addressee"
        ),
    )
    thing = "referral"
    finding_id: Mapped[int] = mapped_column(ForeignKey("finding.id"), index=True)
    audit_id: Mapped[int | None] = mapped_column(ForeignKey("audit.id"))
    authority: Mapped[ReferralAuthority] = mapped_column(enum_type(ReferralAuthority))
    addressee: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    addressee_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    matter: Mapped[str] = mapped_column(Text)
    sent_on: Mapped[date]
    filing_number: Mapped[str] = mapped_column(String(CODE_LENGTH))
    referred_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    referred_at: Mapped[datetime]
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_on: Mapped[date | None]
    answer_recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    finding: Mapped[Finding] = relationship()
    referred_by: Mapped[User] = relationship(foreign_keys=[referred_by_id])


class ExternalFindingCounter(Base):
    """Last number given in a year to a finding that belongs to no audit (AAAA-EXT-HNNN)."""

    __tablename__ = "external_finding_counter"
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(default=0)
