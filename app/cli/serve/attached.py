"""A flask command that ends when the process that started it is gone, however that ended.

python -m app.cli.serve.attached PARENT_PID COMMAND [ARGUMENT...]
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

from flask.cli import main as flask_main

CHECK_EVERY_S = 1.0


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
