"""Publication decisions (inside) and the publication tables (all that the portal can read)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from app.models.accounts import User
from app.models.audits import Audit
from app.models.base import CODE_LENGTH, TITLE_LENGTH, Base, Traced, Versioned, enum_type
from app.models.documents import SHA256_HEX_LENGTH, Document
from workflows.enums import Classification
from workflows.publication import PublicationState

PUBLIC_PREFIX = "pub_"


class Publication(Versioned, Base):
    """One version of the public version of a report: classified, masked, approved, published.

    `content` is the public text proposed (report summary and one story per finding); with the
    SHA-256 of the copy it gives `approved_sha256`, so that a change after approval is seen.
    `accepted` lists the personal data that may stay, each with its reason. `hidden_count` is
    what the copy carries out of sight.
    """

    __tablename__ = "publication"
    __table_args__ = (UniqueConstraint("audit_id", "edition"),)
    thing = "publication"
    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id"), index=True)
    edition: Mapped[int] = mapped_column(default=1)
    state: Mapped[PublicationState] = mapped_column(
        enum_type(PublicationState), default=PublicationState.PENDING_CLASSIFICATION, index=True
    )
    classification: Mapped[Classification | None] = mapped_column(enum_type(Classification))
    legal_ground: Mapped[str] = mapped_column(Text, default="")
    restricted_until: Mapped[date | None]
    restriction_unlimited: Mapped[bool] = mapped_column(default=False)
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH), default="")
    content: Mapped[dict[str, Any]]
    accepted: Mapped[list[Any]] = mapped_column(default=list)
    open_marks: Mapped[int] = mapped_column(default=0)
    pdf_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    pdf_content_sha256: Mapped[str] = mapped_column(String(SHA256_HEX_LENGTH), default="")
    hidden_count: Mapped[int] = mapped_column(default=0)
    prepared_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    approved_at: Mapped[datetime | None]
    approved_sha256: Mapped[str] = mapped_column(String(SHA256_HEX_LENGTH), default="")
    published_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    public_code: Mapped[str] = mapped_column(String(CODE_LENGTH), default="")
    audit: Mapped[Audit] = relationship()
    pdf: Mapped[Document | None] = relationship()
    prepared_by: Mapped[User] = relationship(foreign_keys=[prepared_by_id])
    approved_by: Mapped[User | None] = relationship(foreign_keys=[approved_by_id])


class PublicationComment(Traced, Base):
    """What the second line advises on a public version under review; nothing waits for it.

    `content_sha256`: of the text it speaks of, by which a later change is seen. Never changed.
    """

    __tablename__ = "publication_comment"
    thing = "publication_comment"
    publication_id: Mapped[int] = mapped_column(ForeignKey("publication.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    content_sha256: Mapped[str] = mapped_column(String(SHA256_HEX_LENGTH))
    author_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    author: Mapped[User] = relationship()


class PublicIntent(Base):
    """Written before bytes go to the public store: what a failed publication leaves is found."""

    __tablename__ = "public_intent"
    store_key: Mapped[str] = mapped_column(String(100), primary_key=True)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publication.id"))
    created_at: Mapped[datetime] = mapped_column(index=True)
    done_at: Mapped[datetime | None]
    cleared_at: Mapped[datetime | None]


class PublicCounter(Base):
    """Last public code given per kind and year: numbers of published things only."""

    __tablename__ = "public_counter"
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(default=0)


class PublicCode(Base):
    """Which inside thing carries which public code; the same thing keeps its code for ever."""

    __tablename__ = "public_code"
    code: Mapped[str] = mapped_column(String(CODE_LENGTH), primary_key=True)
    thing_kind: Mapped[str] = mapped_column(String(CODE_LENGTH))
    thing_id: Mapped[int]

    __table_args__ = (UniqueConstraint("thing_kind", "thing_id"),)


class PubEntity(Base):
    """The entity as the portal shows it."""

    __tablename__ = "pub_entity"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    contact: Mapped[dict[str, Any]]


class PubReport(Base):
    """A published report. `pdf_key` is its object in the public store, blank while the file is
    withdrawn because it quotes a finding that is no longer public. `content` holds objective,
    scope and conclusions; the findings are rows of their own.
    """

    __tablename__ = "pub_report"
    code: Mapped[str] = mapped_column(String(CODE_LENGTH), primary_key=True)
    edition: Mapped[int]
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    summary: Mapped[str] = mapped_column(Text)
    process: Mapped[str] = mapped_column(String(TITLE_LENGTH), index=True)
    unit: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    year: Mapped[int] = mapped_column(index=True)
    filing_number: Mapped[str] = mapped_column(String(CODE_LENGTH))
    report_date: Mapped[date]
    published_at: Mapped[datetime] = mapped_column(index=True)
    updated_at: Mapped[datetime]
    content: Mapped[dict[str, Any]]
    finding_count: Mapped[int] = mapped_column(default=0)
    pdf_key: Mapped[str] = mapped_column(String(100))
    pdf_sha256: Mapped[str] = mapped_column(String(SHA256_HEX_LENGTH))
    pdf_size_bytes: Mapped[int]


class PubFile(Base):
    """Every file published with a report, so that a copy kept by anyone can be recognised.

    `replaced_at`: a newer edition took its place. Withdrawn files have no row.
    """

    __tablename__ = "pub_file"
    sha256: Mapped[str] = mapped_column(String(SHA256_HEX_LENGTH), primary_key=True)
    report_code: Mapped[str] = mapped_column(ForeignKey("pub_report.code"), index=True)
    edition: Mapped[int]
    published_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]


class PubFinding(Base):
    """A published finding told as a story, with the present state of its promises.

    `story`: found, why, criterion, recommendation.
    """

    __tablename__ = "pub_finding"
    code: Mapped[str] = mapped_column(String(CODE_LENGTH), primary_key=True)
    report_code: Mapped[str] = mapped_column(ForeignKey("pub_report.code"), index=True)
    position: Mapped[int] = mapped_column(default=1)
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    type: Mapped[str] = mapped_column(String(CODE_LENGTH))
    severity: Mapped[str] = mapped_column(String(CODE_LENGTH))
    process: Mapped[str] = mapped_column(String(TITLE_LENGTH), index=True)
    year: Mapped[int] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(String(CODE_LENGTH), index=True)
    story: Mapped[dict[str, Any]]
    closed_on: Mapped[date | None]
    published_at: Mapped[datetime] = mapped_column(index=True)
    updated_at: Mapped[datetime]


class PubPlan(Base):
    """The improvement plan of a published report."""

    __tablename__ = "pub_plan"
    code: Mapped[str] = mapped_column(String(CODE_LENGTH), primary_key=True)
    report_code: Mapped[str] = mapped_column(ForeignKey("pub_report.code"), index=True)
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    process: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    year: Mapped[int] = mapped_column(index=True)
    source: Mapped[str] = mapped_column(String(CODE_LENGTH))
    state: Mapped[str] = mapped_column(String(CODE_LENGTH))
    approved_on: Mapped[date]
    updated_at: Mapped[datetime]


class PubAction(Base):
    """A promise: what, by when, how far it is, verified or not.

    `progress_pct` counts only progress that has the visto bueno; `verified_on` is the day the
    OCI verified it; `effectiveness` is told once the evaluation has ended.
    """

    __tablename__ = "pub_action"
    code: Mapped[str] = mapped_column(String(CODE_LENGTH), primary_key=True)
    finding_code: Mapped[str] = mapped_column(ForeignKey("pub_finding.code"), index=True)
    plan_code: Mapped[str] = mapped_column(ForeignKey("pub_plan.code"), index=True)
    replaces_code: Mapped[str] = mapped_column(String(CODE_LENGTH), default="")
    description: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    position: Mapped[str] = mapped_column(String(200))
    start_date: Mapped[date]
    end_date: Mapped[date] = mapped_column(index=True)
    original_end_date: Mapped[date]
    progress_pct: Mapped[int]
    state: Mapped[str] = mapped_column(String(CODE_LENGTH), index=True)
    effectiveness: Mapped[str] = mapped_column(String(CODE_LENGTH))
    by_exception: Mapped[bool] = mapped_column(default=False)
    verified_on: Mapped[date | None]
    evaluated_on: Mapped[date | None]
    updated_at: Mapped[datetime]


class PubAnnualPlan(Base):
    """The edition of a year's Plan Anual de Auditoría that the portal shows."""

    __tablename__ = "pub_annual_plan"
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    edition: Mapped[int]
    objective: Mapped[str] = mapped_column(Text)
    scope: Mapped[str] = mapped_column(Text)
    criteria: Mapped[str] = mapped_column(Text)
    approved_on: Mapped[date]
    published_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class PubAnnualAudit(Base):
    """An audit of a published annual plan and how far it is.

    `special`: authorised by itself, outside the plan that the committee approved. `report_code`
    is that of its published report; what it leads to is asked of `report`, which is there only
    while it is published.
    """

    __tablename__ = "pub_annual_audit"
    code: Mapped[str] = mapped_column(String(CODE_LENGTH), primary_key=True)
    year: Mapped[int] = mapped_column(ForeignKey("pub_annual_plan.year"), index=True)
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    process: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    type: Mapped[str] = mapped_column(String(CODE_LENGTH))
    role: Mapped[str] = mapped_column(String(CODE_LENGTH))
    planned_start: Mapped[date]
    planned_end: Mapped[date]
    special: Mapped[bool] = mapped_column(default=False)
    phase: Mapped[str] = mapped_column(String(CODE_LENGTH))
    report_code: Mapped[str] = mapped_column(String(CODE_LENGTH), default="")
    updated_at: Mapped[datetime]
    plan: Mapped[PubAnnualPlan] = relationship(lazy="joined", innerjoin=True)
    report: Mapped[PubReport | None] = relationship(
        primaryjoin=lambda: foreign(PubAnnualAudit.report_code) == PubReport.code,
        lazy="joined",
        viewonly=True,
    )


class PubTombstone(Base):
    """A public address whose content was withdrawn: date and legal ground only."""

    __tablename__ = "pub_tombstone"
    code: Mapped[str] = mapped_column(String(CODE_LENGTH), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    withdrawn_at: Mapped[datetime]
    ground: Mapped[str] = mapped_column(Text)
