"""Drafts in forms: what the person had typed comes back when the form is opened again."""

from __future__ import annotations

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict

from app.blueprints.forms import whole
from app.context import Context
from app.models.accounts import Draft
from app.services import drafts

VERSION_FIELD = "draft_version"
"""Name of a hidden field with the version of the row that the form was shown with."""


def restore(ctx: Context, form: FlaskForm, name: str, thing: object) -> Draft | None:
    """Fill a form that is about to be shown with the person's draft, if there is one."""
    draft = drafts.find(ctx, name, thing)
    if draft is None:
        return None
    typed: MultiDict[str, str] = MultiDict()
    for field, value in draft.content.items():
        typed.setlist(field, [value] if isinstance(value, str) else list(value))
    form.process(typed)
    return draft


def version_of(draft: Draft | None, current: int) -> int:
    """The version to send with a restored form: the one its text was written over, so that
    what others changed meanwhile is seen and not silently undone."""
    written_over = whole(str(draft.content.get(VERSION_FIELD, ""))) if draft else None
    return current if written_over is None else written_over
