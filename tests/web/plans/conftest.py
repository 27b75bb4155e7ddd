"""What every test of these pages begins with: an office, and a browser for each of its people."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import Engine

from app.context import Context
from tests.plan_world import World, make_world
from tests.web.plan_pages import Browse


@pytest.fixture
def world(ctx: Context) -> World:
    return make_world(ctx)


@pytest.fixture
def browse(app: Flask, world: World) -> Browse:
    return Browse(app, world)


@pytest.fixture
def app_engine(app: Flask) -> Engine:
    from app.extensions import db

    with app.app_context():
        return db.engine
