"""What was read out of documents, and the tables of the search index on PostgreSQL."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import CODE_LENGTH, TITLE_LENGTH, Base, enum_type
from app.models.documents import Document

THING_ID_LENGTH = 80


class TextState(StrEnum):
    """How far the reading of a document has come. Its bytes are kept whatever this says."""

    PENDING = "pendiente"
    READ = "leido"
    NO_TEXT = "sin_texto"
    ENCRYPTED = "cifrado"
    DAMAGED = "dañado"
    TOO_LARGE = "demasiado_grande"
    WAITING_OCR = "espera_ocr"
    FAILED = "fallo"


class PageKind(StrEnum):
    """What the pages of a document are; `none` where it has no pages to name."""

    NONE = "ninguna"
    PAGE = "pagina"
    SLIDE = "diapositiva"
    SHEET = "hoja"


class DocumentText(Base):
    """Result of reading one document. `code` says why, in words of labels_texts.py.

    `page_count` counts the pages of the document, read or not; `rules_version` the limits and
    readers that gave this result, so that better ones can read it again.
    """

    __tablename__ = "document_text"
    document_id: Mapped[int] = mapped_column(
        ForeignKey("document.id"), primary_key=True, autoincrement=False
    )
    state: Mapped[TextState] = mapped_column(
        enum_type(TextState), default=TextState.PENDING, index=True
    )
    code: Mapped[str] = mapped_column(String(CODE_LENGTH), default="")
    reader: Mapped[str] = mapped_column(String(CODE_LENGTH), default="")
    page_kind: Mapped[PageKind] = mapped_column(enum_type(PageKind), default=PageKind.NONE)
    page_count: Mapped[int] = mapped_column(default=0)
    characters: Mapped[int] = mapped_column(default=0)
    extracted_at: Mapped[datetime | None]
    rules_version: Mapped[int] = mapped_column(default=0)
    document: Mapped[Document] = relationship()


class DocumentPage(Base):
    """One piece of a document's text. `number` orders them; `page` is the page it stands on
    (0: none), `label` the name of a sheet."""

    __tablename__ = "document_page"
    document_id: Mapped[int] = mapped_column(
        ForeignKey("document.id"), primary_key=True, autoincrement=False
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    page: Mapped[int] = mapped_column(default=0)
    label: Mapped[str] = mapped_column(String(TITLE_LENGTH), default="")
    text: Mapped[str] = mapped_column(Text)


TOKENS = ARRAY(Text).with_variant(JSON(), "sqlite")
TERMS = TSVECTOR().with_variant(Text(), "sqlite")


class _Thing:
    """One thing of the index. Used with PostgreSQL only; on SQLite the index is a folder."""

    id: Mapped[str] = mapped_column(String(THING_ID_LENGTH), primary_key=True)
    version: Mapped[str] = mapped_column(String(CODE_LENGTH))
    stamp: Mapped[str] = mapped_column(String(CODE_LENGTH))
    kind: Mapped[str] = mapped_column(String(CODE_LENGTH))
    year: Mapped[str] = mapped_column(String(4))
    process: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    state: Mapped[str] = mapped_column(String(THING_ID_LENGTH))
    title: Mapped[str] = mapped_column(Text)
    scopes: Mapped[Any] = mapped_column(TOKENS)


class _Part:
    """The terms of a title (number 0) or of a piece of text, with the text to quote."""

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    page: Mapped[int | None]
    label: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    text: Mapped[str] = mapped_column(Text)
    terms: Mapped[Any] = mapped_column(TERMS)


class SearchThing(_Thing, Base):
    __tablename__ = "search_thing"
    __table_args__ = (Index("ix_search_thing_scopes", "scopes", postgresql_using="gin"),)


class SearchPart(_Part, Base):
    __tablename__ = "search_part"
    __table_args__ = (Index("ix_search_part_terms", "terms", postgresql_using="gin"),)

    thing_id: Mapped[str] = mapped_column(
        ForeignKey("search_thing.id", ondelete="CASCADE"), primary_key=True, sort_order=-1
    )


class PubSearchThing(_Thing, Base):
    """The same for what is published: the portal reads no other table of terms."""

    __tablename__ = "pub_search_thing"
    __table_args__ = (Index("ix_pub_search_thing_scopes", "scopes", postgresql_using="gin"),)


class PubSearchPart(_Part, Base):
    __tablename__ = "pub_search_part"
    __table_args__ = (Index("ix_pub_search_part_terms", "terms", postgresql_using="gin"),)

    thing_id: Mapped[str] = mapped_column(
        ForeignKey("pub_search_thing.id", ondelete="CASCADE"), primary_key=True, sort_order=-1
    )
