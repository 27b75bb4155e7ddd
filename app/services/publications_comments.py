"""What the second line advises on the public version of a report while it is under review.

It binds nobody: the head of the OCI decides. Source: docs/domain.md, "Roles and permissions".
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.context import Context
from app.errors import Invalid
from app.models.accounts import User
from app.models.publications import Publication, PublicationComment
from app.permissions import Permission
from app.services import mails, news, publications_text, submissions
from app.services.transitions import load_for


def comment(ctx: Context, publication_id: int, *, text: str, key: str = "") -> PublicationComment:
    """Leave a comment; the head of the OCI and who prepared the text learn of it in the daily
    digest.

    Raises: NotFound, Forbidden, Invalid.
    """
    with ctx.transaction() as session:
        publication = load_for(ctx, Publication, publication_id, Permission.PUBLICATION_COMMENT)
        earlier = submissions.claim(ctx, key)
        if earlier is not None:
            return session.get_one(PublicationComment, int(earlier))
        if not text.strip():
            raise Invalid("text", "remark.no_comment")
        made = PublicationComment(
            publication_id=publication.id,
            text=text.strip(),
            content_sha256=publications_text.digest(publication.content),
            author_id=ctx.actor.user_id,
            created_at=ctx.now(),
        )
        session.add(made)
        session.flush()
        ctx.record("change", "comment", made, {"publication": publication.id, "text": made.text})
        told = [*mails.heads(session), session.get(User, publication.prepared_by_id)]
        words = f"{ctx.actor.name} comentó la versión pública de «{publication.audit.title}»."
        path = f"/publicaciones/{publication.id}"
        news.tell(ctx, told, f"publication_comment:{made.id}", publication, words, path)
        submissions.finish(ctx, key, made.id)
    return made


def of_publication(ctx: Context, publication: Publication) -> Sequence[PublicationComment]:
    """The comments on a publication, in order. The caller has checked who may read them."""
    return ctx.session.scalars(
        select(PublicationComment)
        .where(PublicationComment.publication_id == publication.id)
        .options(joinedload(PublicationComment.author))
        .order_by(PublicationComment.id)
    ).all()
