"""The entity: units, processes, catalogues, terms and days that are not working days."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Column, ForeignKey, String, Table, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.accounts import User
from app.models.base import CODE_LENGTH, TITLE_LENGTH, Base, Traced, Versioned, enum_type
from workflows.enums import NormStatus, ProcessTie, ProcessType

process_liaison = Table(
    "process_liaison",
    Base.metadata,
    Column("process_id", ForeignKey("process.id"), primary_key=True),
    Column("user_id", ForeignKey("user_account.id"), primary_key=True),
)


class Entity(Versioned, Base):
    """The public body that runs this installation; one row."""

    __tablename__ = "entity"
    thing = "entity"
    name: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    nit: Mapped[str] = mapped_column(String(20), default="")
    address: Mapped[str] = mapped_column(String(TITLE_LENGTH), default="")
    city: Mapped[str] = mapped_column(String(100), default="")
    phone: Mapped[str] = mapped_column(String(100), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    judicial_email: Mapped[str] = mapped_column(String(254), default="")
    website: Mapped[str] = mapped_column(String(TITLE_LENGTH), default="")


class CatalogueRow(Versioned):
    """A row of a catalogue: loaded from a versioned file, editable by the administrator.

    `edited_at` is set by an edit; the loader never overwrites such a row.
    """

    code: Mapped[str] = mapped_column(String(CODE_LENGTH), unique=True)
    name: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    active: Mapped[bool] = mapped_column(default=True)
    edited_at: Mapped[datetime | None]


class Unit(CatalogueRow, Base):
    """Dependencia."""

    __tablename__ = "unit"
    thing = "unit"
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    head_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    head: Mapped[User | None] = relationship(foreign_keys=[head_id])


class Process(CatalogueRow, Base):
    """Proceso of the operating model, with its leader and liaisons."""

    __tablename__ = "process"
    thing = "process"
    type: Mapped[ProcessType] = mapped_column(enum_type(ProcessType))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    leader_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    unit: Mapped[Unit | None] = relationship(foreign_keys=[unit_id])
    leader: Mapped[User | None] = relationship(foreign_keys=[leader_id])
    liaisons: Mapped[list[User]] = relationship(secondary=process_liaison)


class PastTie(Base):
    """Who answered for a process until a day; written once, beside the ledger of the change."""

    __tablename__ = "past_tie"
    id: Mapped[int] = mapped_column(primary_key=True)
    process_id: Mapped[int] = mapped_column(ForeignKey("process.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    tie: Mapped[ProcessTie] = mapped_column(enum_type(ProcessTie))
    ended_on: Mapped[date]


class MipgDimension(CatalogueRow, Base):
    __tablename__ = "mipg_dimension"
    thing = "mipg_dimension"


class MipgPolicy(CatalogueRow, Base):
    __tablename__ = "mipg_policy"
    thing = "mipg_policy"
    dimension_id: Mapped[int] = mapped_column(ForeignKey("mipg_dimension.id"), index=True)
    dimension: Mapped[MipgDimension] = relationship()


class MeciComponentRow(CatalogueRow, Base):
    """MECI component (code as in MeciComponent) with its guidelines, one a line."""

    __tablename__ = "meci_component"
    thing = "meci_component"
    guidelines: Mapped[str] = mapped_column(Text, default="")


class Norm(CatalogueRow, Base):
    __tablename__ = "norm"
    thing = "norm"
    status: Mapped[NormStatus] = mapped_column(enum_type(NormStatus))
    summary: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text, default="")


class TermRule(CatalogueRow, Base):
    """A term or limit: amount, kind of days, start event and legal ground.

    `kind`: working_days, calendar_days, months, count or flag.
    """

    __tablename__ = "term_rule"
    thing = "term_rule"
    amount: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    start_event: Mapped[str] = mapped_column(String(TITLE_LENGTH), default="")
    legal_ground: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text, default="")


class RecordSeries(CatalogueRow, Base):
    """Serie and subserie of the retention schedule (TRD): years in office and central archive."""

    __tablename__ = "record_series"
    thing = "record_series"
    office_years: Mapped[int] = mapped_column(default=0)
    central_years: Mapped[int] = mapped_column(default=0)
    disposition: Mapped[str] = mapped_column(String(2), default="CT")


class NonWorkingDay(Versioned, Base):
    """A day of the entity's own on which terms do not run, with the act that says so."""

    __tablename__ = "non_working_day"
    thing = "non_working_day"
    day: Mapped[date] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    legal_ground: Mapped[str] = mapped_column(Text, default="")
    active: Mapped[bool] = mapped_column(default=True)


class FilingCounter(Base):
    """Last filing number given in a year; its row is locked in the transaction that files."""

    __tablename__ = "filing_counter"
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(default=0)


class Filing(Traced, Base):
    """Radicado: the register of what was filed, AAAA-OCI-NNNNNN, without gaps."""

    __tablename__ = "filing"
    thing = "filing"
    number: Mapped[str] = mapped_column(String(CODE_LENGTH), unique=True)
    filed_at: Mapped[datetime]
    filed_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    subject: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    thing_kind: Mapped[str] = mapped_column(String(CODE_LENGTH))
    thing_id: Mapped[str] = mapped_column(String(CODE_LENGTH))
