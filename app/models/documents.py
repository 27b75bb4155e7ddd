"""Supporting documents: upload intents, the documents themselves and where they belong."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.accounts import User
from app.models.base import CODE_LENGTH, TITLE_LENGTH, Base, Traced, enum_type
from workflows.enums import Classification
from workflows.enums import DocumentPurpose as DocumentPurpose

SHA256_HEX_LENGTH = 64
UUID_LENGTH = 36


class IntentState(StrEnum):
    PENDING = "pendiente"
    DONE = "hecho"
    ABANDONED = "abandonado"


class UploadIntent(Base):
    """Written before the bytes go to the store, so that a crash leaves a trace to sweep."""

    __tablename__ = "upload_intent"
    id: Mapped[int] = mapped_column(primary_key=True)
    store_key: Mapped[str] = mapped_column(String(100), unique=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    sha256: Mapped[str] = mapped_column(String(SHA256_HEX_LENGTH))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[IntentState] = mapped_column(enum_type(IntentState), default=IntentState.PENDING)
    created_at: Mapped[datetime] = mapped_column(index=True)


class Document(Traced, Base):
    """A stored file. Its bytes never change; a correction is a new document that replaces it."""

    __tablename__ = "document"
    __table_args__ = (CheckConstraint("size_bytes >= 0", name="size"),)
    thing = "document"
    uuid: Mapped[str] = mapped_column(String(UUID_LENGTH), unique=True)
    store_key: Mapped[str] = mapped_column(String(100), unique=True)
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    filename: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(150))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(SHA256_HEX_LENGTH), index=True)
    purpose: Mapped[DocumentPurpose] = mapped_column(enum_type(DocumentPurpose), index=True)
    classification: Mapped[Classification] = mapped_column(
        enum_type(Classification), default=Classification.RESERVED
    )
    audit_id: Mapped[int | None] = mapped_column(ForeignKey("audit.id", use_alter=True), index=True)
    finding_id: Mapped[int | None] = mapped_column(
        ForeignKey("finding.id", use_alter=True), index=True
    )
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("plan.id", use_alter=True), index=True)
    action_id: Mapped[int | None] = mapped_column(
        ForeignKey("action.id", use_alter=True), index=True
    )
    process_id: Mapped[int | None] = mapped_column(
        ForeignKey("process.id", use_alter=True), index=True
    )
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    uploaded_at: Mapped[datetime] = mapped_column(index=True)
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    filing_number: Mapped[str] = mapped_column(String(CODE_LENGTH), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str] = mapped_column(Text, default="")
    uploaded_by: Mapped[User] = relationship()
