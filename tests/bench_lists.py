"""What lists cost with many rows: an enlace, the least favoured role, beside the jefe de la OCI.

    python -m tests.bench_lists [--actions 10000] [--repeat 15]

Nothing is asserted about time: figures of one machine are compared with each other. The aims are at
most 12 queries a page, and the enlace within 1.2 times the jefe.
"""

from __future__ import annotations

import argparse
import os
import secrets
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy import insert, select

from app import create_app
from app.cli.runtime import system_context
from app.extensions import db
from app.models.plans import Action, action_executor
from config import Config
from tests import factories, plan_world
from tests.bench_search import say
from tests.web.browsing import counted
from workflows.action import ActionState

PAGES = ("/panel", "/acciones", "/planes", "/hallazgos")
MOST_QUERIES = 12
MOST_TIMES = 1.2
BATCH = 1000


def configuration(folder: Path) -> Config:
    given = {
        "VIGIA_ENV": "test",
        "SECRET_KEY": secrets.token_hex(32),
        "DATA_DIR": str(folder),
        "PATH": os.environ.get("PATH", ""),
    }
    return Config.from_env(given)


def many(app: Flask, number: int) -> dict[str, FlaskClient]:
    """An office whose process has this many running actions; its browsers by role."""
    with app.app_context():
        upgrade(directory=str(Path(__file__).resolve().parents[1] / "migrations"))
    with system_context(app) as ctx:
        world = plan_world.make_world(ctx)
        first = plan_world.make_running_action(world)
        columns = [column for column in Action.__table__.columns if column.name != "id"]
        assert first.end_date is not None
        last_day = first.end_date
        like = {column.name: getattr(first, column.key) for column in columns}
        with world.head.transaction() as session:
            for batch in batches(number):
                rows = [
                    {
                        **like,
                        "code": f"{first.code}-{at}",
                        # Half wait for the office, half for the process: both inboxes are full.
                        "state": ActionState.REPORTED if at % 2 else ActionState.RUNNING,
                        "reported_at": ctx.now() if at % 2 else None,
                        "end_date": last_day + timedelta(days=at % 300),
                    }
                    for at in batch
                ]
                made = session.scalars(insert(Action).returning(Action.id), rows).all()
                executors = [{"action_id": id_, "user_id": world.office.liaison.id} for id_ in made]
                session.execute(insert(action_executor), executors)
            world.head.record("change", "edit", first, {})
        people = {"jefe_oci": world.office.head, "enlace": world.office.liaison}
        emails = {name: user.email for name, user in people.items()}
    # Outside of that context: what a request keeps in it would be shared by all.
    browsers = {}
    for name, email in emails.items():
        browsers[name] = app.test_client()
        form = {"email": email, "password": factories.PASSWORD}
        assert browsers[name].post("/entrar", data=form).status_code == 303
    return browsers


def batches(number: int) -> Iterator[range]:
    for start in range(0, number, BATCH):
        yield range(start, min(start + BATCH, number))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--actions", type=int, default=10_000)
    parser.add_argument("--repeat", type=int, default=15)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vigia-bench-") as folder:
        app = create_app(configuration(Path(folder)))
        app.config["WTF_CSRF_ENABLED"] = False
        browsers = many(app, options.actions)
        with app.app_context():
            engine = db.engine
        with system_context(app) as ctx:
            say(f"{len(ctx.session.scalars(select(Action.id)).all())} actions")
        for page in PAGES:
            medians = {}
            for name, browser in browsers.items():
                with counted(engine) as statements:
                    answer = browser.get(page)
                assert answer.status_code == 200, (page, answer.status, answer.location)
                seconds = []
                for _each in range(options.repeat):
                    began_s = time.perf_counter()
                    browser.get(page)
                    seconds.append(time.perf_counter() - began_s)
                medians[name] = statistics.median(seconds)
                queries = [each for each in statements if not each.startswith("BEGIN")]
                few = "" if len(queries) <= MOST_QUERIES else "   TOO MANY"
                say(
                    f"{page:<22} {name:<10} {len(queries):3d} queries   "
                    f"median {medians[name] * 1000:7.1f} ms{few}"
                )
            ratio = medians["enlace"] / medians["jefe_oci"]
            say(f"{'':<22} enlace / jefe {ratio:.2f}{'' if ratio <= MOST_TIMES else '   TOO SLOW'}")


if __name__ == "__main__":
    main()
