"""The real server and worker as `make run` starts them, and a browser to look at them with."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import servers
from tests.live import LiveServer

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_ARGS = [
    "--headless",
    "--no-sandbox",  # root has no sandbox; the only pages are our own
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything below this folder is `e2e`."""
    for item in items:
        if "/tests/e2e/" in item.path.as_posix():
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's own Chromium: nothing is downloaded."""
    path = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    assert path, f"none of {', '.join(CHROMIUM_NAMES)} is installed; `make test` installs it"
    return {**browser_type_launch_args, "executable_path": path, "args": CHROMIUM_ARGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "locale": "es-CO", "timezone_id": "America/Bogota"}


@pytest.fixture(scope="session")
def demo_data() -> Path:
    """A data folder with the small demo entity, its queue worked off; made once for all workers."""
    with servers.locked("demo") as directory:
        data, done = directory / "demo", directory / "demo.done"
        if not done.exists():
            shutil.rmtree(data, ignore_errors=True)
            data.mkdir()
            with LiveServer(data).running("--no-worker"):
                pass
            LiveServer(data).command("worker", "--once").check_returncode()
            (data / "server.log").unlink()
            done.touch()
    return data


@pytest.fixture(scope="module")
def live_server(demo_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """`flask serve` in development: SQLite, a folder, the small demo entity and the worker.

    One for each module of tests: they share its data.
    """
    data = tmp_path_factory.mktemp("live")
    shutil.copytree(demo_data, data, dirs_exist_ok=True)
    with LiveServer(data).running() as server:
        yield server


@pytest.fixture(scope="module")
def live_server_full(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveServer]:
    """The same on PostgreSQL and S3. Tests that use it carry the marks `pg` and `s3`."""
    s3: servers.S3Server = request.getfixturevalue("s3")
    private, public = servers.make_buckets(s3.client())
    with (
        servers.postgres_database(request.getfixturevalue("postgres")) as url,
        LiveServer(
            tmp_path_factory.mktemp("live"),
            DATABASE_URL=url,
            SEARCH_BACKEND="postgresql",
            **s3.settings(private, public),
        ).running() as server,
    ):
        yield server
