"""Issued letters as documents of the audit, and what a page reads of letters."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.context import Context
from app.errors import NotFound
from app.models.accounts import User
from app.models.audits import Audit, Signature
from app.models.documents import Document, DocumentPurpose
from app.models.fieldwork import Letter
from app.permissions import Permission, can, scope
from app.services import documents, letter_content, letterheads, report_pdf
from app.services.documents import Home, Received
from app.services.letter_content import LetterContent
from app.services.letter_templates import MINUTES
from app.services.letter_text import Block
from app.services.report_words import name
from workflows.enums import LetterheadKind, LetterKind


def subject(letter: Letter, audit: Audit) -> str:
    """What the register of filing numbers says of it."""
    return f"{name(letter.kind)} de la auditoría {audit.code}"[:300]


def purpose(kind: LetterKind) -> DocumentPurpose:
    if kind is LetterKind.ANNOUNCEMENT:
        return DocumentPurpose.ANNOUNCEMENT
    return DocumentPurpose.MINUTES if kind in MINUTES else DocumentPurpose.LETTER


def keep(
    ctx: Context,
    audit: Audit,
    letter: Letter,
    content: LetterContent,
    signature: Signature,
    keys: tuple[str, str],
) -> None:
    """Draw the two files, store them and fix the letter, in the open transaction.

    Raises: StoreUnavailable.
    """
    if content.seal is None:
        raise ValueError("an unsigned letter has no seal")
    content = replace(content, seal=replace(content.seal, content_sha256=signature.content_sha256))
    at, number = ctx.now(), content.seal.filing_number if content.seal else ""
    stem = f"{audit.code}-{letter.kind.value.replace('_', '-')}"
    drawn = (
        (letterheads.draw(ctx, LetterheadKind.LETTER, content, at=at), ".docx"),
        (report_pdf.compile_pdf("letter.typ", content.as_json(), at=at), ".pdf"),
    )
    made: list[Document] = []
    for key, (data, suffix) in zip(keys, drawn, strict=True):
        file = _received(data, f"{stem}{suffix}", documents.ALLOWED_TYPES[suffix])
        ctx.store.put(
            key,
            io.BytesIO(data),
            size_bytes=file.size_bytes,
            sha256=file.sha256,
            media_type=file.media_type,
        )
        title = f"{content.name} {audit.code}"
        made.append(
            documents.finish_intent(
                ctx, key, file, Home(audit=audit), purpose(letter.kind), title,
                filing_number=number,
            )
        )  # fmt: skip
    letter.docx_id, letter.pdf_id = made[0].id, made[1].id
    letter.content, letter.content_sha256 = content.as_json(), signature.content_sha256
    letter.signature_id = signature.id
    letter.issued_at, letter.filing_number = at, number
    ctx.session.flush()


def _received(data: bytes, name: str, media_type: str) -> Received:
    return Received(io.BytesIO(data), name, media_type, len(data), hashlib.sha256(data).hexdigest())


# ------------------------------------------------------------------ reading


def of_audit(ctx: Context, audit: Audit) -> Sequence[Letter]:
    """Letters of an audit that the actor may read, newest first, without discarded drafts."""
    return ctx.session.scalars(
        select(Letter)
        .where(
            Letter.audit_id == audit.id,
            Letter.discarded_at.is_(None),
            scope(ctx.actor, Permission.LETTER_READ, Letter),
        )
        .options(joinedload(Letter.author), joinedload(Letter.template))
        .order_by(Letter.id.desc())
    ).all()


def find(ctx: Context, audit_id: int, letter_id: int) -> Letter:
    """A letter of that audit which the actor may read. Raises: NotFound."""
    letter = ctx.session.scalars(
        select(Letter)
        .where(Letter.id == letter_id, Letter.audit_id == audit_id)
        .options(
            joinedload(Letter.author),
            joinedload(Letter.template),
            joinedload(Letter.signature).joinedload(Signature.user),
            joinedload(Letter.docx).joinedload(Document.uploaded_by),
            joinedload(Letter.pdf).joinedload(Document.uploaded_by),
        )
    ).one_or_none()
    if letter is None or not can(ctx.actor, Permission.LETTER_READ, letter):
        raise NotFound
    return letter


def shown(ctx: Context, letter: Letter) -> tuple[str, tuple[Block, ...]]:
    """Subject and pieces: as issued, or as it would read now."""
    if letter.content is not None:
        told = letter.content
        pieces = tuple(
            Block(each["kind"], each["text"], tuple(each["points"])) for each in told["blocks"]
        )
        return str(told["subject"]), pieces
    content = letter_content.build(ctx, letter_content.audit_of(ctx, letter.audit_id), letter)
    return content.subject, content.blocks


def is_adapted(letter: Letter) -> bool:
    """Whether its text is no longer that of the template from which it was made."""
    return (letter.title, letter.body) != (letter.template.title, letter.template.body)


def absent_signer(ctx: Context, letter: Letter) -> User | None:
    """In whose place it was signed."""
    signature = letter.signature
    if signature is None or signature.on_behalf_of_id is None:
        return None
    return ctx.session.get(User, signature.on_behalf_of_id)
