"""The demonstration entity: an invented town hall with two years of work in its archive.

Everything is done through the services, by the person whose turn it is, on the day it happens:
what it leaves behind is what real work would leave. The same seed on the same day gives the same
story; passwords are made at random in each load and are never the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from sqlalchemy import func, select

from app.context import Context
from app.errors import Invalid
from app.models.accounts import User
from app.services.demo import people
from app.services.demo.people import DemoAccount
from app.services.demo.script_small import SMALL
from app.services.demo.script_whole import WHOLE
from app.services.demo.stage import Progress, open_stage
from app.services.demo.story_year import absence, external, plan_years, readings

__all__ = ["DemoAccount", "Size", "load"]

Size = Literal["small", "whole"]
SCRIPTS = {"small": SMALL, "whole": WHOLE}


def load(
    ctx: Context,
    *,
    size: Size = "whole",
    seed: int = 1,
    progress: Progress = lambda _done, _all: None,
    ready: Callable[[list[DemoAccount]], None] = lambda _accounts: None,
) -> list[DemoAccount]:
    """Load the entity into an empty installation; answer an account for each role.

    `progress` is told the days played and the days in all. `ready` is told the accounts as soon
    as they exist: should the load be interrupted, what there is can still be looked at.
    Raises: Invalid (in production, or when there are people already).
    """
    if ctx.config.is_production:
        raise Invalid("env", "demo.production")
    if ctx.session.scalar(select(func.count(User.id))):
        raise Invalid("users", "demo.not_empty")
    script = SCRIPTS[size]
    stage = open_stage(ctx, seed=seed, days=script.days)
    accounts = people.settle(stage)
    ready(accounts)
    plan_years(stage, script)
    for part in script.externals:
        stage.play(external(stage, part), stage.on(stage.ago(part.ago)))
    if script.absence:
        stage.play(absence(stage), stage.on(stage.ago(4)))
    stage.play(readings(stage), stage.on(stage.ago(9)))
    stage.run(progress)
    return accounts
