"""A flask command that ends when the process that started it is gone, however that ended.

python -m app.cli.serve.attached PARENT_PID COMMAND [ARGUMENT...]
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

from flask.cli import main as flask_main

CHECK_EVERY_S = 1.0


def arguments(*command: str) -> list[str]:
    """The command line of a flask command that lives no longer than this process."""
    return [sys.executable, "-m", "app.cli.serve.attached", str(os.getpid()), *command]


def run(*command: str) -> int:
    """Run such a command to its end, on the same terminal; answer its exit status."""
    return subprocess.run(arguments(*command), stdin=subprocess.DEVNULL, check=False).returncode


def _watch(parent_pid: int) -> None:
    while os.getppid() == parent_pid:
        time.sleep(CHECK_EVERY_S)
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    _, parent_pid, *command = sys.argv
    threading.Thread(target=_watch, args=(int(parent_pid),), daemon=True).start()
    sys.argv = ["flask", "--app", "wsgi", *command]
    flask_main()


if __name__ == "__main__":
    main()
