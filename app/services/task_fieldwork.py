"""Duties of the fieldwork: letters to sign, information to deliver and to review, notes; and what
is asked or told outside it, extensions and referrals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import contains_eager

from app.models.audits import Audit, WorkingPaper
from app.models.fieldwork import InformationRequest, Letter, ReviewNote
from app.models.findings import Referral, ReplyExtension
from app.permissions import Actor, Permission, can
from app.services.information_requests import OPEN_IN, OWED
from app.services.letters import MOMENTS
from app.services.task_rows import LONGER, Desk, Duty, Task, frozen
from app.services.working_papers import OPEN_STATES
from workflows.audit import AuditState
from workflows.enums import ExtensionState, InformationState, LetterKind, Role


def letters(desk: Desk) -> list[Duty]:
    """Letters that the leader signs: those that wait for it, those that came back."""
    if not _concerned(desk.actor):
        return []
    to_sign = and_(Letter.sent_at.is_not(None), desk.may_be(Permission.LETTER_SIGN, Letter))
    returned = and_(Letter.sent_at.is_(None), Letter.returned_note != "")
    if desk.actor is not None:
        returned = and_(returned, Letter.author_id.in_(desk.actor.persons))
    rows = desk.rows(
        select(Letter)
        .join(Letter.audit)
        .options(contains_eager(Letter.audit).joinedload(Audit.process))
        .where(
            Letter.issued_at.is_(None),
            Letter.discarded_at.is_(None),
            or_(*(_in_time(kind) for kind in LetterKind if kind.is_signed_by_leader)),
            or_(to_sign, returned),
        )
        .order_by(Letter.id)
    )
    return [Duty(row, (_letter_step(row),)) for row in rows]


def _in_time(kind: LetterKind) -> ColumnElement[bool]:
    return and_(Letter.kind == kind, Audit.state.in_(sorted(MOMENTS[kind])))


def _letter_step(row: Letter) -> tuple[Callable[[Actor], bool], Task]:
    task = Task(
        "letter.sign",
        f"{row.audit.code} · {row.audit.title}",
        row.audit.process.name,
        "audits.letter",
        {"audit_id": row.audit_id, "letter_id": row.id},
        thing=("letter", row.id),
        unit_id=row.audit.process.unit_id,
    )
    if row.sent_at is not None:
        return partial(_holds, Permission.LETTER_SIGN, row), task
    return partial(_wrote, row), replace(task, event="letter.correct")


def _holds(permission: str, row: object, actor: Actor) -> bool:
    return can(actor, permission, row)


def _wrote(row: Letter, actor: Actor) -> bool:
    return row.author_id in actor.persons and can(actor, Permission.LETTER_WRITE, row)


def information(desk: Desk) -> list[Duty]:
    """What a process must deliver, and what was delivered for the auditor who asked to review."""
    if not (_concerned(desk.actor) or (desk.actor and desk.actor.liaison_processes)):
        return []
    rows = desk.rows(_information(desk).order_by(InformationRequest.due_on))
    return [Duty(row, _information_steps(row)) for row in rows]


def _concerned(actor: Actor | None) -> bool:
    """Whether any letter may be a task of this actor: nothing is read for the others."""
    return actor is None or bool(
        actor.led_processes or actor.member_audits or Role.OCI_HEAD in actor.roles
    )


def _information(desk: Desk) -> Select[InformationRequest]:
    owed = and_(
        InformationRequest.state.in_(sorted(OWED)),
        desk.may_be(Permission.INFORMATION_REQUEST_ANSWER, InformationRequest),
    )
    delivered = InformationRequest.state == InformationState.DELIVERED
    if desk.actor is not None:
        asked = InformationRequest.requested_by_id.in_(desk.actor.persons)
        delivered = and_(delivered, asked)
    return (
        select(InformationRequest)
        .join(InformationRequest.audit)
        .options(contains_eager(InformationRequest.audit).joinedload(Audit.process))
        .where(Audit.state.in_(sorted(OPEN_IN)), or_(owed, delivered))
    )


def _information_steps(row: InformationRequest) -> tuple[tuple[Callable[[Actor], bool], Task], ...]:
    task = Task(
        "information_request.answer",
        f"{row.code} · {row.title}",
        f"{row.audit.code} · {row.audit.process.name}",
        "audits.information",
        {"information_id": row.id},
        thing=("information_request", row.id),
        unit_id=row.audit.process.unit_id,
    )
    if row.state == InformationState.DELIVERED:
        review = replace(task, event="information_request.review")
        return ((partial(_asked_it, row), review),)
    in_term = row.due.get("date") == row.due_on.isoformat()
    dated = (
        frozen(task, row.due_on, row.due)
        if in_term
        else replace(task, due_on=row.due_on, basis=LONGER)
    )
    return ((partial(_holds, Permission.INFORMATION_REQUEST_ANSWER, row), dated),)


def _asked_it(row: InformationRequest, actor: Actor) -> bool:
    mine = row.requested_by_id in actor.persons
    return mine and can(actor, Permission.INFORMATION_REQUEST_REVIEW, row)


def notes(desk: Desk) -> list[Duty]:
    """Review notes that the preparer of a paper must answer, and answers to take as good."""
    actor = desk.actor
    if actor is not None and not (actor.member_audits or Role.OCI_HEAD in actor.roles):
        return []
    statement = (
        select(ReviewNote)
        .join(ReviewNote.paper)
        .join(Audit, Audit.id == ReviewNote.audit_id)
        .options(contains_eager(ReviewNote.paper))
        .where(
            ReviewNote.cleared_at.is_(None),
            WorkingPaper.reviewed_at.is_(None),
            Audit.state.in_(sorted(OPEN_STATES)),
        )
    )
    if actor is not None:
        statement = statement.where(
            or_(
                and_(ReviewNote.answered_at.is_(None), WorkingPaper.author_id.in_(actor.persons)),
                and_(ReviewNote.answered_at.is_not(None), ReviewNote.author_id.in_(actor.persons)),
            )
        )
    rows = desk.rows(statement.order_by(ReviewNote.id))
    return [Duty(row.paper, (_note_step(row),)) for row in rows]


def _note_step(row: ReviewNote) -> tuple[Callable[[Actor], bool], Task]:
    task = Task(
        "review_note.answer",
        f"{row.paper.code} · {row.paper.title}",
        "",
        "audits.paper",
        {"audit_id": row.audit_id, "paper_id": row.paper_id, "_anchor": f"nota-{row.id}"},
        thing=("review_note", row.id),
    )
    if row.answered_at is None:
        return partial(_answers, row), task
    return partial(_clears, row), replace(task, event="review_note.clear")


def _answers(row: ReviewNote, actor: Actor) -> bool:
    mine = row.paper.author_id in actor.persons
    return mine and can(actor, Permission.WORKING_PAPER_EDIT, row.paper)


def _clears(row: ReviewNote, actor: Actor) -> bool:
    mine = row.author_id in actor.persons
    return mine and can(actor, Permission.WORKING_PAPER_REVIEW, row.paper)


def extensions(desk: Desk) -> list[Duty]:
    """Extensions of the reply term without an answer; due while the term still runs."""
    if desk.actor is not None and Role.OCI_HEAD not in desk.actor.roles:
        return []
    rows = desk.rows(
        select(ReplyExtension)
        .join(ReplyExtension.audit)
        .options(contains_eager(ReplyExtension.audit).joinedload(Audit.process))
        .where(
            ReplyExtension.state == ExtensionState.REQUESTED,
            Audit.state == AuditState.CONTRADICTION,
            desk.may_be(Permission.REPLY_EXTENSION_DECIDE, ReplyExtension),
        )
        .order_by(ReplyExtension.id)
    )
    return [Duty(row, (_extension_step(row),)) for row in rows]


def _extension_step(row: ReplyExtension) -> tuple[Callable[[Actor], bool], Task]:
    task = Task(
        "reply_extension.decide",
        f"{row.audit.code} · {row.audit.title}",
        row.audit.process.name,
        "findings.extension",
        {"extension_id": row.id},
        thing=("reply_extension", row.id),
        unit_id=row.audit.process.unit_id,
    )
    task = frozen(task, row.audit.reply_due_on, row.audit.reply_due)
    return partial(_holds, Permission.REPLY_EXTENSION_DECIDE, row), task


def referrals(desk: Desk) -> list[Duty]:
    """What was told to the legal representative and he has not answered; the line says nothing of
    what it is about, for lists are seen over one's shoulder."""
    if desk.actor is not None and Role.TOP_MANAGEMENT not in desk.actor.roles:
        return []
    rows = desk.rows(
        select(Referral)
        .where(
            Referral.addressee_id.is_not(None),
            Referral.answer == "",
            desk.may_be(Permission.REFERRAL_RECORD_ANSWER, Referral),
        )
        .order_by(Referral.id)
    )
    return [Duty(row, (_referral_step(row),)) for row in rows]


def _referral_step(row: Referral) -> tuple[Callable[[Actor], bool], Task]:
    task = Task(
        "referral.record_answer",
        f"{row.filing_number} · Comunicación reservada",
        "Oficina de Control Interno",
        "findings.referral",
        {"referral_id": row.id},
        thing=("referral", row.id),
    )
    return partial(_holds, Permission.REFERRAL_RECORD_ANSWER, row), task
