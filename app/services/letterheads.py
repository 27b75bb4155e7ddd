"""The Word files in which letters and reports are written: the entity's paper, fonts and order.

Each one uploaded is the next edition of its kind and none is lost.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import BinaryIO

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.context import Context
from app.errors import StaleVersion
from app.models.fieldwork import Letterhead
from app.permissions import Permission, authorize
from app.services.letter_word import LETTER
from app.services.report_word import REPORT
from app.services.word import Headed
from app.services.word_templates import MAX_BYTES, WordTemplate
from workflows.enums import LetterheadKind

TEMPLATES: Mapping[LetterheadKind, WordTemplate] = {
    LetterheadKind.LETTER: LETTER,
    LetterheadKind.REPORT: REPORT,
}


def in_force(ctx: Context, kind: LetterheadKind) -> tuple[int, bytes]:
    """(edition, file) used today; edition 0 comes with the program."""
    last = ctx.session.scalars(
        select(Letterhead)
        .where(Letterhead.kind == kind)
        .order_by(Letterhead.edition.desc())
        .limit(1)
    ).first()
    return (0, TEMPLATES[kind].built_in()) if last is None else (last.edition, last.content)


def draw(ctx: Context, kind: LetterheadKind, content: Headed, *, at: datetime) -> bytes:
    """The document in the paper in force; `at` is the time written into its properties."""
    _edition, paper = in_force(ctx, kind)
    return TEMPLATES[kind].render(paper, content, at=at)


def editions(ctx: Context) -> dict[LetterheadKind, list[Letterhead]]:
    """Those uploaded of each kind, newest first. Raises: Forbidden."""
    authorize(ctx.actor, Permission.LETTER_TEMPLATE_MANAGE)
    statement = select(Letterhead).options(joinedload(Letterhead.created_by))
    rows = ctx.session.scalars(statement.order_by(Letterhead.edition.desc())).all()
    return {kind: [row for row in rows if row.kind is kind] for kind in LetterheadKind}


def save(
    ctx: Context, kind: LetterheadKind, stream: BinaryIO, *, note: str, edition: int
) -> Letterhead:
    """Keep a file as the next edition; what was issued already does not change.

    `edition`: the one that the page showed. Raises: Forbidden, Invalid, StaleVersion.
    """
    authorize(ctx.actor, Permission.LETTER_TEMPLATE_MANAGE)
    data = stream.read(MAX_BYTES + 1)
    TEMPLATES[kind].check(data, at=ctx.now())
    with ctx.transaction() as session:
        newest = select(func.max(Letterhead.edition)).where(Letterhead.kind == kind)
        last = session.scalar(newest) or 0
        if last != edition:
            raise StaleVersion(expected=edition, actual=last)
        letterhead = Letterhead(
            kind=kind,
            edition=last + 1,  # unique: of two people at once the second is refused
            content=data,
            sha256=hashlib.sha256(data).hexdigest(),
            note=note.strip(),
            created_by_id=ctx.actor.user_id,
            created_at=ctx.now(),
        )
        session.add(letterhead)
        session.flush()
        body = {
            "kind": kind.value,
            "edition": letterhead.edition,
            "sha256": letterhead.sha256,
            "note": note.strip(),
        }
        ctx.record("change", "save", letterhead, body)
    return letterhead
