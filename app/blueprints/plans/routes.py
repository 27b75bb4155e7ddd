"""Plans, actions and change requests: every page and action under /planes, /acciones, /cambios."""

from __future__ import annotations

from app.blueprints.plans import (
    action_form_routes,
    action_routes,
    activity_routes,
    batch_routes,
    cause_routes,
    change_batch_routes,
    change_routes,
    plan_list_routes,
    plan_routes,
    progress_routes,
    remark_routes,
    result_routes,
)
from app.blueprints.plans.blueprint import bp

__all__ = [
    "action_form_routes",
    "action_routes",
    "activity_routes",
    "batch_routes",
    "bp",
    "cause_routes",
    "change_batch_routes",
    "change_routes",
    "plan_list_routes",
    "plan_routes",
    "progress_routes",
    "remark_routes",
    "result_routes",
]
