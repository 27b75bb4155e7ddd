"""Every workflow at random, over the services and both databases."""

from __future__ import annotations

import pytest

from app.context import Context
from tests import finding_world
from tests.lives import Life, play
from tests.lives_of_things import FAR


@pytest.mark.long
@pytest.mark.parametrize("life", list(FAR), ids=lambda life: life.thing)
def test_over_the_services(ctx: Context, life: type[Life]) -> None:
    world = finding_world.make_world(ctx)
    reached = play(life, ctx, world.office, world.users["stranger"])
    assert reached >= FAR[life]
