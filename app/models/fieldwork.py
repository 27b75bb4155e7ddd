"""What passes between the office and the auditee, and what fills a working paper: letters and
minutes, requests of information, review notes, checklists and samples."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.accounts import User
from app.models.audits import Audit, Signature, WorkingPaper
from app.models.base import CODE_LENGTH, TITLE_LENGTH, Base, Traced, Versioned, enum_type
from app.models.documents import Document
from app.models.org import CatalogueRow
from workflows.enums import (
    ChecklistAnswer,
    InformationState,
    LetterheadKind,
    LetterKind,
    SampleResult,
    SamplingMethod,
)

SEED_LENGTH = 64


class LetterTemplate(Traced, Base):
    """One edition of the text from which letters of a kind are made; a change makes the next.

    `created_by_id` is empty on the texts that come with the program.
    """

    __tablename__ = "letter_template"
    __table_args__ = (UniqueConstraint("kind", "edition"),)
    thing = "letter_template"
    kind: Mapped[LetterKind] = mapped_column(enum_type(LetterKind))
    edition: Mapped[int]
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    body: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text, default="")
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    created_by: Mapped[User | None] = relationship()


class Letterhead(Traced, Base):
    """One edition of the Word file in which letters, or reports, are written; never changed."""

    __tablename__ = "letterhead"
    __table_args__ = (UniqueConstraint("kind", "edition"),)
    thing = "letterhead"
    kind: Mapped[LetterheadKind] = mapped_column(enum_type(LetterheadKind))
    edition: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(Text, default="")
    created_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    created_by: Mapped[User] = relationship()


class Letter(Versioned, Base):
    """A letter or minutes of an audit. Until `issued_at` its text still holds variables; what
    was issued is `content`, whose hash was signed, drawn in two files.

    `sent_at`: it waits for the signature of the process leader (letters of representation).
    """

    __tablename__ = "letter"
    __table_args__ = (
        CheckConstraint("(issued_at IS NULL) = (filing_number IS NULL)", name="issued"),
        CheckConstraint("issued_at IS NULL OR discarded_at IS NULL", name="discarded"),
    )
    thing = "letter"
    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id"), index=True)
    process_id: Mapped[int] = mapped_column(ForeignKey("process.id"), index=True)
    kind: Mapped[LetterKind] = mapped_column(enum_type(LetterKind))
    template_id: Mapped[int] = mapped_column(ForeignKey("letter_template.id"))
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    body: Mapped[str] = mapped_column(Text)
    held_on: Mapped[date | None]
    place: Mapped[str] = mapped_column(String(TITLE_LENGTH), default="")
    attendees: Mapped[str] = mapped_column(Text, default="")
    topics: Mapped[str] = mapped_column(Text, default="")
    agreements: Mapped[str] = mapped_column(Text, default="")
    author_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    returned_note: Mapped[str] = mapped_column(Text, default="")
    discarded_at: Mapped[datetime | None]
    discarded_reason: Mapped[str] = mapped_column(Text, default="")
    issued_at: Mapped[datetime | None]
    filing_number: Mapped[str | None] = mapped_column(String(CODE_LENGTH), unique=True)
    signature_id: Mapped[int | None] = mapped_column(ForeignKey("signature.id"))
    content: Mapped[dict[str, Any] | None]
    content_sha256: Mapped[str] = mapped_column(String(64), default="")
    docx_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    pdf_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    audit: Mapped[Audit] = relationship()
    template: Mapped[LetterTemplate] = relationship()
    author: Mapped[User] = relationship(foreign_keys=[author_id])
    signature: Mapped[Signature | None] = relationship()
    docx: Mapped[Document | None] = relationship(foreign_keys=[docx_id])
    pdf: Mapped[Document | None] = relationship(foreign_keys=[pdf_id])


class InformationRequest(Versioned, Base):
    """Something the team asks of the audited process; `due` is the frozen arithmetic of its term.

    `closed_note`: what the auditor said when accepting it, or why it was withdrawn.
    """

    __tablename__ = "information_request"
    __table_args__ = (UniqueConstraint("audit_id", "code"),)
    thing = "information_request"
    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id"), index=True)
    process_id: Mapped[int] = mapped_column(ForeignKey("process.id"), index=True)
    code: Mapped[str] = mapped_column(String(CODE_LENGTH))
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    description: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[InformationState] = mapped_column(
        enum_type(InformationState), default=InformationState.PENDING, index=True
    )
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    requested_at: Mapped[datetime]
    due_on: Mapped[date]
    due: Mapped[dict[str, Any]]
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    closed_note: Mapped[str] = mapped_column(Text, default="")
    audit: Mapped[Audit] = relationship()
    requested_by: Mapped[User] = relationship(foreign_keys=[requested_by_id])
    closed_by: Mapped[User | None] = relationship(foreign_keys=[closed_by_id])
    deliveries: Mapped[list[InformationDelivery]] = relationship(
        back_populates="request", order_by="InformationDelivery.id"
    )


delivery_document = Table(
    "information_delivery_document",
    Base.metadata,
    Column("delivery_id", ForeignKey("information_delivery.id"), primary_key=True),
    Column("document_id", ForeignKey("document.id"), primary_key=True),
)


class InformationDelivery(Traced, Base):
    """What the process delivered once, and what the auditor answered if it was returned."""

    __tablename__ = "information_delivery"
    thing = "information_delivery"
    request_id: Mapped[int] = mapped_column(ForeignKey("information_request.id"), index=True)
    text: Mapped[str] = mapped_column(Text, default="")
    delivered_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    delivered_at: Mapped[datetime]
    returned_at: Mapped[datetime | None]
    returned_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    returned_note: Mapped[str] = mapped_column(Text, default="")
    request: Mapped[InformationRequest] = relationship(back_populates="deliveries")
    delivered_by: Mapped[User] = relationship(foreign_keys=[delivered_by_id])
    returned_by: Mapped[User | None] = relationship(foreign_keys=[returned_by_id])
    documents: Mapped[list[Document]] = relationship(
        secondary=delivery_document, order_by=Document.id
    )


class ReviewNote(Versioned, Base):
    """What a reviewer asks about a paper, what its preparer answered, and who cleared it."""

    __tablename__ = "review_note"
    thing = "review_note"
    paper_id: Mapped[int] = mapped_column(ForeignKey("working_paper.id"), index=True)
    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    answered_at: Mapped[datetime | None]
    cleared_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    cleared_at: Mapped[datetime | None]
    paper: Mapped[WorkingPaper] = relationship()
    author: Mapped[User] = relationship(foreign_keys=[author_id])
    answered_by: Mapped[User | None] = relationship(foreign_keys=[answered_by_id])
    cleared_by: Mapped[User | None] = relationship(foreign_keys=[cleared_by_id])


class Checklist(CatalogueRow, Base):
    """Lista de verificación to use again: its questions, one a line."""

    __tablename__ = "checklist"
    thing = "checklist"
    questions: Mapped[str] = mapped_column(Text, default="")


class ChecklistItem(Traced, Base):
    """A question asked on a working paper, with its answer; removed, never deleted."""

    __tablename__ = "checklist_item"
    __table_args__ = (UniqueConstraint("paper_id", "number"),)
    thing = "checklist_item"
    paper_id: Mapped[int] = mapped_column(ForeignKey("working_paper.id"), index=True)
    number: Mapped[int]
    question: Mapped[str] = mapped_column(Text)
    answer: Mapped[ChecklistAnswer | None] = mapped_column(enum_type(ChecklistAnswer))
    observation: Mapped[str] = mapped_column(Text, default="")
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    answered_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    answered_by: Mapped[User | None] = relationship()


class SampleDraw(Traced, Base):
    """A sample of a working paper. Population, parameters and seed give it again; one chosen by
    judgement has no seed, its numbers and criterion are among the parameters.

    `population` is {"size": N} or {"elements": [[id, cents, stratum], ...]}; `selection` what
    `sampling.draw` answered. Rows are never changed: another draw is another row.
    """

    __tablename__ = "sample_draw"
    thing = "sample_draw"
    paper_id: Mapped[int] = mapped_column(ForeignKey("working_paper.id"), index=True)
    method: Mapped[SamplingMethod] = mapped_column(enum_type(SamplingMethod))
    description: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    seed: Mapped[str] = mapped_column(String(SEED_LENGTH))
    parameters: Mapped[dict[str, Any]]
    population: Mapped[dict[str, Any]]
    population_sha256: Mapped[str] = mapped_column(String(64))
    selection: Mapped[dict[str, Any]]
    drawn_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    drawn_at: Mapped[datetime]
    drawn_by: Mapped[User] = relationship()


class SampleCheck(Traced, Base):
    """What the examination of one element of a sample showed; `place` counts from 1.

    `result` is empty again when the answer was taken back.
    """

    __tablename__ = "sample_check"
    __table_args__ = (UniqueConstraint("draw_id", "place"),)
    thing = "sample_check"
    draw_id: Mapped[int] = mapped_column(ForeignKey("sample_draw.id"), index=True)
    place: Mapped[int]
    result: Mapped[SampleResult | None] = mapped_column(enum_type(SampleResult))
    note: Mapped[str] = mapped_column(String(TITLE_LENGTH), default="")
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    recorded_at: Mapped[datetime]
