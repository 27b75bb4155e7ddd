"""What searching costs: time from upload to findable, time of the pages, time of a big index.

    python -m tests.bench_search [--demo small|whole] [--uploads 20] [--things 2000]

Nothing is asserted: figures of one machine are compared with each other. The aims are 3 s from
upload to findable (95th percentile) and 150 ms for a page of results at the size of the demo.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import cast
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import select

from app import create_app
from app.adapters.search import FACETS, Change, split_text
from app.adapters.search.query import parse
from app.adapters.search.whoosh_index import WhooshIndex
from app.cli.runtime import system_context
from app.models.accounts import User
from app.models.audits import Audit, AuditMember
from app.services import outbox
from config import Config
from tests import factories, files, search_world
from tests.bench import Browser
from tests.live import LiveServer
from workflows.audit import AuditState

ASKED = ("contrato", "supervisión contratos", '"plan de mejoramiento"', "contrat*", "xyzzyq")
REPEAT = 15
POLL_S = 0.02
GIVE_UP_S = 60.0
WORDS = re.findall(
    r"\w+",
    """contrato supervisión pago recibo garantía póliza obra acta comité riesgo control plan
    mejoramiento evidencia auditoría hallazgo causa efecto criterio norma meta indicador avance
    término réplica informe anexo folio sede proceso líder entidad vigencia presupuesto""",
)


def say(text: str = "") -> None:
    sys.stdout.write(text + "\n")


def told(name: str, seconds: list[float], aim_s: float | None = None) -> None:
    ordered = sorted(seconds)
    p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    aim = (
        ""
        if aim_s is None
        else f"   aim {aim_s * 1000:.0f} ms: {'met' if p95 <= aim_s else 'NOT met'}"
    )
    median = statistics.median(ordered)
    say(f"{name:<44} median {median * 1000:8.1f} ms   p95 {p95 * 1000:8.1f} ms{aim}")


def timed(work: Callable[[], object]) -> float:
    began_s = time.perf_counter()
    work()
    return time.perf_counter() - began_s


def times(work: Callable[[], object]) -> list[float]:
    return [timed(work) for _each in range(REPEAT)]


# ---------------------------------------------------------------- the demo, over the real server


def bench_demo(size: str, uploads: int) -> None:
    with tempfile.TemporaryDirectory(prefix="vigia-bench-") as folder:
        server = LiveServer(Path(folder))
        with server.running(demo=size):
            app = create_app(Config.from_env(server.environment()))
            wait_for_queue(app)
            pages(server)
            findable(app, uploads)


def wait_for_queue(app: Flask) -> None:
    """Until the worker has read and indexed the whole demo."""
    began_s = time.perf_counter()
    while True:
        with system_context(app) as ctx:
            left = outbox.waiting(ctx.session, ctx.now())
        if not left:
            break
        time.sleep(0.5)
    say(f"the demo is read and indexed {time.perf_counter() - began_s:.1f} s after the first page")


def pages(server: LiveServer) -> None:
    email = next(e for e in server.passwords if e.startswith("jefe_oci"))
    browser = Browser(server.url)
    browser.sign_in(email, server.passwords[email])
    public = Browser(server.url)
    for asked in ASKED:
        address = f"/buscar?{urlencode({'q': asked})}"
        told(f"/buscar {asked}", times(partial(browser.get, address)), 0.15)
        outside = f"/transparencia{address}"
        told(f"/transparencia/buscar {asked}", times(partial(public.get, outside)), 0.15)


def findable(app: Flask, uploads: int) -> None:
    """From before the upload until a search of another person gives the document."""
    with system_context(app) as ctx:
        audit = (
            ctx.session.scalars(select(Audit).where(Audit.state == AuditState.FIELDWORK)).first()
            or ctx.session.scalars(select(Audit)).first()
        )
        assert audit is not None
        member = ctx.session.scalars(
            select(User)
            .join(AuditMember, AuditMember.user_id == User.id)
            .where(AuditMember.audit_id == audit.id, AuditMember.removed_at.is_(None))
        ).first()
        assert member is not None
        person = factories.acting(ctx, member)
        waits = []
        for number in range(uploads):
            word = f"palabraunica{number}{random.randrange(10**6)}"
            pdf = files.pdf(*(f"{word} página {page}" for page in range(10)))
            began_s = time.perf_counter()
            search_world.upload(person, audit.id, pdf, f"prueba-{number}.pdf")
            while not search_world.find(person, word).total:
                if time.perf_counter() - began_s > GIVE_UP_S:
                    raise SystemExit(f"{word} is not findable after {GIVE_UP_S:.0f} s")
                time.sleep(POLL_S)
            waits.append(time.perf_counter() - began_s)
    told(f"findable after upload ({uploads} PDF of 10 pages)", waits, 3.0)


# ---------------------------------------------------------------- a big index, by itself


def bench_index(things: int) -> None:
    with tempfile.TemporaryDirectory(prefix="vigia-bench-") as folder:
        index = WhooshIndex(Path(folder), "bench")
        say(f"\n{things} things of 400 words in a folder index")
        say(f"made in {timed(partial(index.replace_all, made(things))):.1f} s")
        scopes = frozenset({"head"})
        for asked in ASKED:
            find = partial(index.find, parse(asked), scopes, facets=FACETS)
            told(f"find {asked}", times(find))
        one = next(made(1))
        told("apply one thing", times(partial(index.apply, [one])))


def made(number: int) -> Iterator[Change]:
    rng = random.Random(3)
    for at in range(number):
        text = " ".join(rng.choice(WORDS) + rng.choice(["", "", "s"]) for _word in range(400))
        yield Change(
            id=f"document:{at}",
            kind=rng.choice(["document", "finding"]),
            title=" ".join(rng.choices(WORDS, k=6)),
            scopes=frozenset({"head", f"team={at % 50}"}),
            stamp="1",
            year=str(2020 + at % 7),
            process=str(at % 12),
            state=f"finding.{at % 5}",
            parts=split_text(text),
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--demo", default="small", choices=("small", "whole"))
    parser.add_argument("--uploads", type=int, default=20)
    parser.add_argument("--things", type=int, default=2000)
    options = parser.parse_args()
    bench_demo(cast(str, options.demo), options.uploads)
    bench_index(options.things)


if __name__ == "__main__":
    main()
