"""A flask command that ends when the process that started it is gone, however that ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

from flask.cli import main as flask_main

CHECK_EVERY_S = 1.0
# Not `-m`: the package is already there when it runs its module again, and Python warns of it.
START = "from app.cli.serve import attached; attached.main()"


def arguments(*command: str) -> list[str]:
    """The command line of a flask command that lives no longer than this process."""
    return [sys.executable, "-c", START, str(os.getpid()), *command]


def run(*command: str) -> int:
    """Run such a command to its end, on the same terminal; answer its exit status."""
    return subprocess.run(arguments(*command), stdin=subprocess.DEVNULL, check=False).returncode


def _watch(parent_pid: int) -> None:
    while os.getppid() == parent_pid:
        time.sleep(CHECK_EVERY_S)
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Run the command of `arguments`, watching the process whose number comes first."""
    _, parent_pid, *command = sys.argv
    threading.Thread(target=_watch, args=(int(parent_pid),), daemon=True).start()
    sys.argv = ["flask", "--app", "wsgi", *command]
    flask_main()
