"""Filing numbers have no gaps and no repeats, also with eight writers at once."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.context import Context
from app.models.audits import Audit
from app.models.org import Filing
from app.services import filing
from tests import factories
from tests.conftest import Clock


def give(ctx: Context, audit_id: int, *, fail: bool = False) -> str:
    with ctx.transaction() as session:
        number = filing.next_number(
            ctx, subject="Informe", thing=session.get_one(Audit, audit_id)
        ).number
        if fail:
            raise RuntimeError("after the number was taken")
    return number


def test_numbers_follow_each_other_and_begin_anew_each_year(ctx: Context, clock: Clock) -> None:
    team = factories.make_audit_team(ctx)
    before = len(ctx.session.scalars(select(Filing)).all())
    numbers = [give(team.head, team.audit_id) for _ in range(2)]
    year = ctx.today().year
    assert numbers == [f"{year}-OCI-{before + n:06d}" for n in (1, 2)]
    clock.advance(days=366)
    assert give(team.head, team.audit_id) == f"{year + 1}-OCI-000001"


def test_a_failure_gives_its_number_back(ctx: Context) -> None:
    team = factories.make_audit_team(ctx)
    first = give(team.head, team.audit_id)
    with pytest.raises(RuntimeError):
        give(team.head, team.audit_id, fail=True)
    second = give(team.head, team.audit_id)
    assert int(second[-6:]) == int(first[-6:]) + 1


def test_eight_writers_leave_no_gap(ctx: Context, engine: Engine, clock: Clock) -> None:
    team = factories.make_audit_team(ctx)
    clock.advance(days=366)  # a year without a row yet: they also race to make it
    errors: list[BaseException] = []

    def write() -> None:
        try:
            with Session(engine) as session:
                mine = replace(team.head, session=session)
                for turn in range(6):
                    if turn == 3:
                        with pytest.raises(RuntimeError):
                            give(mine, team.audit_id, fail=True)
                    else:
                        give(mine, team.audit_id)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    year = ctx.today().year
    ctx.session.rollback()
    given = sorted(
        ctx.session.scalars(select(Filing.number).where(Filing.number.startswith(f"{year}-")))
    )
    assert given == [f"{year}-OCI-{n:06d}" for n in range(1, 41)]
