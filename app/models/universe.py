"""What can be audited, and in which order each year: the audit universe and its priorities."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import CODE_LENGTH, TITLE_LENGTH, Base, Versioned, enum_type
from app.models.org import Process, Unit
from workflows.enums import AuditableUnitKind, PriorityDecision, RiskLevel


class AuditableUnit(Versioned, Base):
    """Something of the audit universe. Retired with a reason, never deleted.

    `last_audited_on` is what is known from before the audits kept here.
    """

    __tablename__ = "auditable_unit"
    thing = "auditable_unit"
    code: Mapped[str] = mapped_column(String(CODE_LENGTH), unique=True)
    name: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    kind: Mapped[AuditableUnitKind] = mapped_column(enum_type(AuditableUnitKind), index=True)
    process_id: Mapped[int] = mapped_column(ForeignKey("process.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    description: Mapped[str] = mapped_column(Text, default="")
    last_audited_on: Mapped[date | None]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    retired_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    retired_reason: Mapped[str] = mapped_column(Text, default="")
    process: Mapped[Process] = relationship()
    unit: Mapped[Unit | None] = relationship()


class Prioritization(Versioned, Base):
    """The priorities of a year. `weights` by criterion, `cycles` in years by risk level.

    `approved_matrix` is the result as it was approved, row by row: what changes later in the
    universe does not touch it.
    """

    __tablename__ = "prioritization"
    thing = "prioritization"
    year: Mapped[int] = mapped_column(unique=True)
    weights: Mapped[dict[str, Any]]
    cycles: Mapped[dict[str, Any]]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    approved_matrix: Mapped[list[Any]] = mapped_column(default=list)


class UnitPriority(Versioned, Base):
    """What was judged of an auditable unit for a year. `scores` from 0 to 4 by criterion.

    Without `judged_at` it is only what was judged the year before, to be looked at again.
    """

    __tablename__ = "unit_priority"
    __table_args__ = (
        UniqueConstraint("prioritization_id", "auditable_unit_id"),
        CheckConstraint("decision IS NULL OR justification <> ''", name="justified"),
    )
    thing = "unit_priority"
    prioritization_id: Mapped[int] = mapped_column(ForeignKey("prioritization.id"))
    auditable_unit_id: Mapped[int] = mapped_column(ForeignKey("auditable_unit.id"), index=True)
    risk_level: Mapped[RiskLevel | None] = mapped_column(enum_type(RiskLevel))
    risks: Mapped[str] = mapped_column(Text, default="")
    scores: Mapped[dict[str, Any]]
    committee_request: Mapped[str] = mapped_column(Text, default="")
    regulator_request: Mapped[str] = mapped_column(Text, default="")
    decision: Mapped[PriorityDecision | None] = mapped_column(enum_type(PriorityDecision))
    justification: Mapped[str] = mapped_column(Text, default="")
    judged_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    judged_at: Mapped[datetime | None]
