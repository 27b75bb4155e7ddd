"""`flask serve`: prepares what is missing, then runs the web server and the worker together."""

from __future__ import annotations

import logging
import signal
import socket
from types import FrameType
from typing import NoReturn

import click

from app.cli.runtime import running_app
from app.cli.serve import http, prepare
from app.cli.serve.worker import Worker
from app.extensions import db
from config import Config

ANY_FREE_PORT = 0


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Dirección en la que escucha.")
@click.option("--port", default=8000, show_default=True, help="Puerto; 0 toma uno libre.")
@click.option("--worker/--no-worker", default=True, help="Correr también el trabajador.")
@click.option(
    "--demo",
    type=click.Choice(prepare.DEMO_SIZES),
    default="whole",
    show_default=True,
    help="Entidad de ejemplo que se carga si no hay datos (solo en desarrollo).",
)
def serve(host: str, port: int, worker: bool, demo: prepare.DemoSize) -> None:
    """Prepara la base de datos y abre Vigía; termina con Ctrl-C."""
    app = running_app()
    config: Config = app.extensions["vigia"].config
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    with _reserve(host, port) as listener:
        if config.is_production:
            prepare.demand_current_database()
        else:
            prepare.prepare(config, demo)
        db.session.remove()
        _run(app, config, listener, host, Worker() if worker else None)


def _run(
    app: http.WSGIApplication,
    config: Config,
    listener: socket.socket,
    host: str,
    worker: Worker | None,
) -> None:
    server = http.make_server(app, config, listener)
    if worker is not None:
        prepare.say("Inicio el trabajador (índices, textos, correos)")
        worker.start()
    port = listener.getsockname()[1]
    shown = f"[{host}]" if ":" in host else host
    click.secho(f"\nVigía está en http://{shown}:{port}   (Ctrl-C para terminar)\n", bold=True)
    logging.getLogger("vigia").info("serving on port %d", port)
    try:
        server.run()  # returns after SystemExit, which our signal handler raises
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        http.close_all(server)
        if worker is not None:
            worker.stop()
        prepare.say("Vigía terminó")


def _reserve(host: str, port: int) -> socket.socket:
    """Take the port before any work is done, so that a taken one is told at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise click.ClickException(
            f"No se puede usar el puerto {port} de {host} ({error.strerror}). "
            f"Puede que Vigía ya esté abierta; si no, elija otro puerto: "
            f"PORT={port + 1 if port < 65_535 else 8001} make run"
        ) from error
    return listener


def _leave(signum: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


COMMANDS = (serve,)
