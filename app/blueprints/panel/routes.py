"""Mis pendientes."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from app import labels
from app.blueprints.due import DueChip, chip, plain_chip
from app.blueprints.web import current_context
from app.services import tasks

bp = Blueprint("panel", __name__)


@bp.get("/panel")
def show() -> ResponseReturnValue:
    ctx = current_context()
    inbox = tasks.inbox(ctx)
    return render_template(
        "panel/show.html",
        inbox=inbox,
        today=ctx.today(),
        task_label=labels.task_label,
        task_url=lambda task: url_for(task.endpoint, **task.arguments),
        task_chip=lambda task: _chip(task, ctx.today()),
    )


def _chip(task: tasks.Task, today: date) -> DueChip | None:
    return chip(task.due, today) or plain_chip(task.due_on, today)
