"""The real server as a subprocess, for tests that must see what a person sees."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from email import message_from_string, policy
from email.message import EmailMessage
from pathlib import Path

from tests.servers import ROOT, ServerNotStarted, free_port, stop, tail, wait_until

LATER = """\
from datetime import UTC, datetime, timedelta

import time_machine

time_machine.travel(datetime.now(UTC) + timedelta(days={days})).start()
"""
READY_TIMEOUT_S = 120.0  # includes loading the demo entity on two busy cores
STOP_TIMEOUT_S = 20.0
ACCOUNT = re.compile(r"^(\S+@\S+)\s+(\S+)$", re.MULTILINE)
MAIL_RULE = re.compile(r"^={78}$", re.MULTILINE)
KEPT_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")


class LiveServer:
    """`flask serve` on a free port with a data folder of its own.

    `settings` are environment variables of the application. `log` holds all that the server and
    its worker print; `passwords` those of the demo accounts, by mail address.
    """

    def __init__(self, data_dir: Path, **settings: str) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = data_dir / "server.log"
        self.settings: Mapping[str, str] = {
            "VIGIA_ENV": "development",
            "DATA_DIR": str(data_dir),
            "PUBLIC_URL": self.url,
            **settings,
        }
        self.process: subprocess.Popen[bytes] | None = None

    @contextlib.contextmanager
    def running(self, *options: str, demo: str = "small") -> Iterator[LiveServer]:
        self.start(*options, demo=demo)
        try:
            yield self
        finally:
            self.stop()

    def start(self, *options: str, demo: str = "small") -> None:
        """Return when pages are served. Raises: ServerNotStarted with the end of the log."""
        self.launch(*options, demo=demo)
        try:
            wait_until(self._answers, what="/healthz", timeout_s=READY_TIMEOUT_S)
        except TimeoutError as error:
            self.stop()
            raise ServerNotStarted(f"{error}\n{tail(self.log)}") from error

    def launch(self, *options: str, demo: str = "small") -> None:
        """Begin to start, and return at once."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self._flask("serve", "--port", str(self.port), "--demo", demo, *options),
                cwd=ROOT,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def stop(self) -> int:
        """As Ctrl-C or the service manager does. Gives the exit status."""
        assert self.process is not None
        return stop(self.process, timeout_s=STOP_TIMEOUT_S)

    def kill(self) -> None:
        """As a power cut of this one process does."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def later(self, days: int) -> None:
        """From its next start the server, its worker and its commands live so many days ahead.

        Python itself runs `sitecustomize` at the start of each of those processes.
        """
        folder = self.data_dir / "later"
        folder.mkdir(exist_ok=True)
        (folder / "sitecustomize.py").write_text(LATER.format(days=days))
        self.settings = {**self.settings, "PYTHONPATH": str(folder)}

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `flask ARGUMENTS` with the settings of this server."""
        return subprocess.run(
            self._flask(*arguments),
            cwd=ROOT,
            env=self.environment(),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
            timeout=READY_TIMEOUT_S,
        )

    def environment(self) -> dict[str, str]:
        """Only what the application was told here, not what the developer's shell holds."""
        kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
        return {**kept, "PYTHONUNBUFFERED": "1", **self.settings}

    @property
    def passwords(self) -> dict[str, str]:
        return dict(ACCOUNT.findall(self.log.read_text(errors="replace")))

    def mails(self) -> list[EmailMessage]:
        """The mails that left so far, oldest first."""
        path = self.data_dir / "mail.log"
        if not path.exists():
            return []
        blocks = MAIL_RULE.split(path.read_text())[1:]
        return [message_from_string(block.lstrip("\n"), policy=policy.default) for block in blocks]

    def _flask(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]

    def _answers(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise ServerNotStarted(f"ended with {self.process.returncode}:\n{tail(self.log)}")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()


def children(pid: int) -> list[int]:
    """Processes that a process started, in any of its threads, and that still run."""
    listed = Path(f"/proc/{pid}/task").glob("*/children")
    with contextlib.suppress(FileNotFoundError):
        return [int(child) for path in listed for child in path.read_text().split()]
    return []
