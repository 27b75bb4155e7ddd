"""What `make run` starts: prepares once, says what it does, ends as a whole."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import stat
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from app.cli.demo import UNFINISHED
from tests.live import LiveServer, children
from tests.servers import wait_until


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def worker_of(server: LiveServer) -> int:
    assert server.process is not None
    parent = server.process.pid
    wait_until(lambda: bool(children(parent)), what="the worker")
    return children(parent)[0]


def test_a_second_start_keeps_the_data_and_tells_the_same_accounts(
    demo_data: Path, tmp_path: Path
) -> None:
    """`demo_data` is what the first start left."""
    shutil.copytree(demo_data, tmp_path, dirs_exist_ok=True)
    server = LiveServer(tmp_path)
    with server.running():
        accounts = server.passwords
    told = server.log.read_text()
    assert len(accounts) > 3
    assert len(set(accounts.values())) == len(accounts)
    assert "Cargo la entidad de ejemplo" not in told
    for name in ("secret_key", "demo_accounts.txt"):
        assert (tmp_path / name).read_bytes() == (demo_data / name).read_bytes()
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


@pytest.mark.long
def test_a_demo_whose_load_was_cut_short_is_told_anew(tmp_path: Path) -> None:
    server = LiveServer(tmp_path)
    accounts = tmp_path / "demo_accounts.txt"
    server.launch("--no-worker")
    wait_until(accounts.exists, what="the load of the demo", timeout_s=60)
    server.kill()
    loader_is_gone = unlocked(tmp_path / UNFINISHED)
    wait_until(loader_is_gone, what="the end of the loader", timeout_s=30)
    first = accounts.read_text()

    with server.running("--no-worker"):
        pass
    assert "se interrumpió" in server.log.read_text()
    (aside,) = tmp_path.glob("interrumpida-*")
    assert (aside / "demo_accounts.txt").read_text() == first
    assert (aside / "vigia.sqlite3").exists()
    assert not (tmp_path / UNFINISHED).exists()
    assert accounts.read_text() != first
    assert server.command("demo", "load").returncode == 1  # the new one is whole: not loaded twice


def unlocked(path: Path) -> Callable[[], bool]:
    def test() -> bool:
        with path.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

    return test


def test_the_end_of_the_server_is_the_end_of_its_worker(tmp_path: Path) -> None:
    server = LiveServer(tmp_path, VIGIA_ENV="test", SECRET_KEY=os.urandom(32).hex())
    server.start()
    worker = worker_of(server)
    assert server.stop() == 0
    assert is_gone(worker)

    server.start()
    worker = worker_of(server)
    server.kill()
    wait_until(lambda: is_gone(worker), what="the end of the worker")


def test_a_worker_that_dies_is_started_again(tmp_path: Path) -> None:
    server = LiveServer(tmp_path, VIGIA_ENV="test", SECRET_KEY=os.urandom(32).hex())
    with server.running():
        first = worker_of(server)
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: is_gone(first) and worker_of(server) != first, what="a new worker")


def test_a_taken_port_is_told_before_any_work(tmp_path: Path) -> None:
    server = LiveServer(tmp_path)
    with socket.create_server(("127.0.0.1", server.port)):
        answer = server.command("serve", "--port", str(server.port))
    assert answer.returncode == 1
    assert f"No se puede usar el puerto {server.port}" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not list(tmp_path.glob("*.sqlite3"))


def test_production_does_not_change_its_database_by_itself(tmp_path: Path) -> None:
    server = LiveServer(tmp_path, VIGIA_ENV="production", SECRET_KEY=os.urandom(32).hex())
    answer = server.command("serve", "--port", "0")
    assert answer.returncode == 1
    assert "flask --app wsgi db upgrade" in answer.stderr


@pytest.mark.pg
@pytest.mark.s3
def test_the_same_on_postgresql_and_s3(live_server_full: LiveServer) -> None:
    with urllib.request.urlopen(f"{live_server_full.url}/readyz", timeout=30) as answer:
        assert answer.status == 200
    assert len(live_server_full.passwords) > 3
    assert not list(live_server_full.data_dir.glob("*.sqlite3"))
