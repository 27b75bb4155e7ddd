"""Letters and minutes of an audit: drafted from a text with variables, issued with number and
signature, kept as documents. The letters of engagement and of representation are signed by the
process leader, who thereby commits himself and declares.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select

from app.context import Context
from app.errors import Invalid, NotFound, OutOfPlace
from app.models.accounts import User
from app.models.audits import Audit
from app.models.documents import Document
from app.models.fieldwork import Letter
from app.models.org import Process
from app.permissions import Permission, can
from app.services import (
    accounts,
    audit_program,
    documents,
    drafts,
    edits,
    filing,
    letter_content,
    letter_mails,
    letter_store,
    letter_templates,
    submissions,
)
from app.services.letter_templates import MINUTES
from app.services.report_content import Seal
from app.services.report_words import moment
from app.services.transitions import load, load_for
from workflows.audit import AuditState
from workflows.enums import LetterKind

FORM = "letter"
TEXTS = ("title", "body")
OF_MEETING = ("place", "attendees", "topics", "agreements")
WORKING = frozenset({AuditState.PLANNING, AuditState.FIELDWORK})
MOMENTS: Mapping[LetterKind, frozenset[AuditState]] = {
    LetterKind.ANNOUNCEMENT: frozenset({AuditState.PLANNING}),
    LetterKind.ENGAGEMENT: WORKING,
    LetterKind.OPENING: WORKING,
    LetterKind.REPRESENTATION: WORKING
    | {AuditState.DRAFT_REPORT, AuditState.CONTRADICTION, AuditState.FINAL_REPORT},
    LetterKind.CLOSING: frozenset({AuditState.FIELDWORK, AuditState.DRAFT_REPORT}),
}
"""In which states of the audit a letter of the kind may be drafted and issued."""


def is_time_for(audit: Audit, kind: LetterKind) -> bool:
    """Whether a letter of this kind has its place now; an audit is announced once."""
    if kind is LetterKind.ANNOUNCEMENT and audit.announced_at is not None:
        return False
    return audit.state in MOMENTS[kind]


def may_draft(ctx: Context, audit: Audit) -> list[LetterKind]:
    """The kinds that this actor may draft now."""
    if not can(ctx.actor, Permission.LETTER_WRITE, audit):
        return []
    return [kind for kind in LetterKind if is_time_for(audit, kind)]


@dataclass(frozen=True, slots=True)
class Step:
    """What this actor may do with a letter now, and what still keeps it from being issued."""

    may_edit: bool
    may_issue: bool
    may_send: bool
    may_sign: bool
    unready: Invalid | None


def step(ctx: Context, audit: Audit, letter: Letter) -> Step:
    """What the page of a letter offers; nothing of what is issued or dropped."""
    live = letter.issued_at is None and letter.discarded_at is None
    in_time = live and is_time_for(audit, letter.kind)
    by_office, sent = not letter.kind.is_signed_by_leader, letter.sent_at is not None
    issues = in_time and not sent and can(ctx.actor, Permission.LETTER_ISSUE, letter)
    writes = live and not sent and can(ctx.actor, Permission.LETTER_WRITE, letter)
    unready = None
    if writes and in_time:
        try:
            _demand_ready(ctx, audit, letter)
        except Invalid as error:
            unready = error
    return Step(
        may_edit=writes,
        may_issue=issues and by_office,
        may_send=issues and not by_office,
        may_sign=in_time and sent and can(ctx.actor, Permission.LETTER_SIGN, letter),
        unready=unready,
    )


def draft(ctx: Context, audit_id: int, kind: LetterKind, *, key: str = "") -> Letter:
    """Begin a letter from the text in force. Raises: NotFound, Forbidden, OutOfPlace, Invalid."""
    with ctx.transaction() as session:
        audit = load_for(ctx, Audit, audit_id, Permission.LETTER_WRITE)
        earlier = submissions.claim(ctx, key)
        if earlier is not None:
            return session.get_one(Letter, int(earlier))
        _demand_moment(audit, kind)
        template = letter_templates.current(session, kind)
        letter = Letter(
            audit_id=audit.id,
            process_id=audit.process_id,
            kind=kind,
            template_id=template.id,
            title=template.title,
            body=template.body,
            author_id=ctx.actor.user_id,
            created_at=ctx.now(),
        )
        session.add(letter)
        session.flush()
        body = {"audit": audit.id, "kind": kind.value, "edition": template.edition}
        ctx.record("change", "create", letter, body)
        submissions.finish(ctx, key, letter.id)
    return letter


def edit(ctx: Context, letter_id: int, values: Mapping[str, Any], *, version: int | None) -> Letter:
    """Change the draft of a letter, or one that its signer sent back.

    Raises: NotFound, Forbidden, OutOfPlace, StaleVersion, Invalid.
    """
    with ctx.transaction():
        letter, _audit = _to_change(ctx, letter_id, Permission.LETTER_WRITE)
        if letter.sent_at is not None:
            raise OutOfPlace
        texts = _texts(letter.kind, values)
        edits.check_version(letter, version, texts)
        letter_templates.check(letter.kind, texts["title"], texts["body"])
        changed = edits.apply(letter, texts)
        drafts.drop(ctx, FORM, letter.id)
        if changed:
            ctx.record("change", "edit", letter, changed)
    return letter


def _texts(kind: LetterKind, values: Mapping[str, Any]) -> dict[str, Any]:
    names = (*TEXTS, *OF_MEETING) if kind in MINUTES else TEXTS
    texts: dict[str, Any] = {name: str(values.get(name) or "").strip() for name in names}
    if kind in MINUTES:
        held_on = values.get("held_on")
        texts["held_on"] = held_on if isinstance(held_on, date) else None
    return texts


def discard(ctx: Context, letter_id: int, *, reason: str, version: int | None) -> Letter:
    """Drop a draft; it stays in the record.

    Raises: NotFound, Forbidden, OutOfPlace, StaleVersion, Invalid (no reason).
    """
    with ctx.transaction():
        letter, _audit = _to_change(ctx, letter_id, Permission.LETTER_WRITE, in_time=False)
        edits.check_version(letter, version, {})
        if not reason.strip():
            raise Invalid("reason", "needs_reason")
        letter.discarded_at, letter.discarded_reason = ctx.now(), reason.strip()
        letter.sent_at = None
        ctx.record("change", "discard", letter, {"reason": letter.discarded_reason})
    return letter


# ------------------------------------------------------------------ the leader's own letter


def send(ctx: Context, letter_id: int, *, version: int | None) -> Letter:
    """Put the letter of engagement or of representation before the leader, to sign it.

    Raises: NotFound, Forbidden, OutOfPlace, StaleVersion, Invalid (something is blank).
    """
    with ctx.transaction():
        letter, audit = _to_change(ctx, letter_id, Permission.LETTER_ISSUE)
        edits.check_version(letter, version, {})
        if not letter.kind.is_signed_by_leader or letter.sent_at is not None:
            raise OutOfPlace
        _demand_ready(ctx, audit, letter)
        letter.sent_at, letter.returned_note = ctx.now(), ""
        ctx.record("change", "send", letter, {"audit": audit.id})
        letter_mails.to_sign(ctx, audit, letter)
    return letter


def send_back(ctx: Context, letter_id: int, *, reason: str, version: int | None) -> Letter:
    """The leader does not sign it as it reads, and says why.

    Raises: NotFound, Forbidden, OutOfPlace, StaleVersion, Invalid (no reason).
    """
    with ctx.transaction():
        letter, audit = _to_change(ctx, letter_id, Permission.LETTER_SIGN)
        edits.check_version(letter, version, {})
        if not reason.strip():
            raise Invalid("reason", "needs_reason")
        letter.returned_note, letter.sent_at = reason.strip(), None
        ctx.record("change", "send_back", letter, {"reason": letter.returned_note})
        letter_mails.sent_back(ctx, audit, letter)
    return letter


# ------------------------------------------------------------------ issue


def issue(ctx: Context, letter_id: int, *, password: str, version: int | None) -> Letter:
    """Sign and file a letter or minutes of the office; the announcement is told by it.

    Raises: NotFound, Forbidden, OutOfPlace, StaleVersion, Invalid (something is blank),
    WrongPassword, Throttled, StoreUnavailable.
    """
    return _issue(ctx, letter_id, Permission.LETTER_ISSUE, password, version)


def sign(ctx: Context, letter_id: int, *, password: str, version: int | None) -> Letter:
    """The leader of the process signs the letter that was put before him.

    Raises: as `issue`.
    """
    return _issue(ctx, letter_id, Permission.LETTER_SIGN, password, version)


def _issue(
    ctx: Context, letter_id: int, permission: str, password: str, version: int | None
) -> Letter:
    # Asked first without writing: nobody gives a password for a step that cannot be taken.
    letter, audit = _to_issue(ctx, letter_id, permission, version)
    accounts.verify_password(ctx, password)
    keys = (documents.reserve_key(ctx), documents.reserve_key(ctx))
    with ctx.transaction():
        letter, audit = _to_issue(ctx, letter_id, permission, version)
        number = filing.next_number(
            ctx, subject=letter_store.subject(letter, audit), thing=letter
        ).number
        by_leader = permission == Permission.LETTER_SIGN
        absent = _absent_leader(ctx, audit) if by_leader else _absent_head(ctx, audit)
        content = letter_content.build(ctx, letter_content.audit_of(ctx, audit.id), letter)
        content = replace(content, seal=_seal(ctx, number, absent))
        signature = filing.sign(
            ctx,
            letter,
            purpose=letter.kind.value,
            content_sha256=filing.content_hash(content.as_json()),
            on_behalf_of=absent,
        )
        letter_store.keep(ctx, audit, letter, content, signature, keys)
        body = {"kind": letter.kind.value, "audit": audit.id, "filing_number": number}
        ctx.record("change", "issue", letter, body)
        _told(ctx, audit, letter)
    return letter


def _told(ctx: Context, audit: Audit, letter: Letter) -> None:
    if letter.kind is LetterKind.ANNOUNCEMENT:
        audit_program.record_announcement(
            ctx, audit, letter.filing_number or "", ctx.session.get(Document, letter.pdf_id)
        )
    elif letter.kind.is_signed_by_leader:
        letter_mails.signed(ctx, audit, letter)
    else:
        letter_mails.issued(ctx, audit, letter)


def _to_issue(
    ctx: Context, letter_id: int, permission: str, version: int | None
) -> tuple[Letter, Audit]:
    letter, audit = _to_change(ctx, letter_id, permission)
    edits.check_version(letter, version, {})
    by_leader = permission == Permission.LETTER_SIGN
    if by_leader is not letter.kind.is_signed_by_leader:
        raise OutOfPlace
    if not by_leader and letter.sent_at is not None:
        raise OutOfPlace
    _demand_ready(ctx, audit, letter)
    return letter, audit


def _demand_ready(ctx: Context, audit: Audit, letter: Letter) -> None:
    """Raises: Invalid (nobody to tell, not announced yet, something blank, a date to come)."""
    process = ctx.session.get_one(Process, audit.process_id)
    if process.leader is None or process.leader.disabled_at is not None:
        raise Invalid("letter", "audit.no_recipient")
    if letter.kind is not LetterKind.ANNOUNCEMENT and audit.announced_at is None:
        raise Invalid("letter", "letter.not_announced")
    blank = letter_content.missing(ctx, letter_content.audit_of(ctx, audit.id), letter)
    if blank:
        told = letter_templates.variables(letter.kind)
        raise Invalid("letter", "letter.blank", names="; ".join(told[each] for each in blank))
    if letter.held_on is not None and letter.held_on > ctx.today():
        raise Invalid("letter", "letter.future_meeting")


def _to_change(
    ctx: Context, letter_id: int, permission: str, *, in_time: bool = True
) -> tuple[Letter, Audit]:
    """A letter not issued yet and its audit, locked in that order of things.

    Raises: NotFound, Forbidden, OutOfPlace.
    """
    audit_id = ctx.session.scalar(select(Letter.audit_id).where(Letter.id == letter_id))
    if audit_id is None:
        raise NotFound
    audit = load(ctx.session, Audit, audit_id, lock=True)
    letter = load_for(ctx, Letter, letter_id, permission)
    if letter.issued_at is not None or letter.discarded_at is not None:
        raise OutOfPlace(state=str(audit.state))
    if in_time:
        _demand_moment(audit, letter.kind)
    return letter, audit


def _demand_moment(audit: Audit, kind: LetterKind) -> None:
    if not is_time_for(audit, kind):
        raise OutOfPlace(state=str(audit.state))


def _seal(ctx: Context, number: str, absent: User | None) -> Seal:
    user = ctx.session.get_one(User, ctx.actor.user_id)
    return Seal(
        filing_number=number,
        signed_at=moment(ctx.now(), ctx.config.time_zone),
        signer=user.name,
        signer_position=user.position,
        on_behalf_of=absent.name if absent else "",
    )


def _absent_leader(ctx: Context, audit: Audit) -> User | None:
    """The leader, when another person signs with his right."""
    leader = ctx.session.get_one(Process, audit.process_id).leader
    return leader if leader is not None and leader.id != ctx.actor.user_id else None


def _absent_head(ctx: Context, audit: Audit) -> User | None:
    """The head of the office, when his right is used: not by the lead of this audit."""
    lead = next((m for m in audit.members if m.is_lead and m.removed_at is None), None)
    if lead is not None and lead.user_id == ctx.actor.user_id:
        return None
    return filing.absent_head(ctx)
