"""Mis pendientes."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from app import labels
from app.blueprints.due import rules, task_chip
from app.blueprints.web import current_context
from app.services import tasks

bp = Blueprint("panel", __name__)


@bp.get("/panel")
def show() -> ResponseReturnValue:
    ctx = current_context()
    inbox = tasks.inbox(ctx, rules())
    return render_template(
        "panel/show.html",
        inbox=inbox,
        today=ctx.today(),
        task_label=labels.task_label,
        task_url=lambda task: url_for(task.endpoint, **task.arguments),
        task_chip=lambda task: task_chip(task, ctx.today()),
    )
