"""The small demonstration entity, for tests that walk over it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from flask import Flask

from tests import servers
from tests.web.browsing import Browse
from tests.web.route_walk import Walk, make_demo


@pytest.fixture(scope="session")
def demo_folder(sqlite_template: Path) -> Path:
    """Loaded once for all workers of a run; a test's `config` is `route_walk.copy_of` it."""
    with servers.locked("walk") as directory:
        folder, done = directory / "walk", directory / "walk.done"
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            make_demo(folder, sqlite_template)
            done.touch()
    return folder


@pytest.fixture
def browse(app: Flask) -> Browse:
    """A browser for each person."""
    return Browse(app)


@pytest.fixture
def walk(app: Flask, tmp_path: Path) -> Walk:
    # An error that nobody foresaw is a page here, as it would be for the person.
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return Walk(app, tmp_path)
