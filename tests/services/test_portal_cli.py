"""`flask portal`: the role that reads, and the tables written anew."""

from __future__ import annotations

import secrets

from flask import Flask
from sqlalchemy import Engine, delete, select, text

from app.context import Context
from app.models.publications import PubAction, PubFinding, PubReport
from config import Config
from tests import publication_world as pw


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    """As the `flask` command does it: inside the application's context."""
    with app.app_context():
        result = app.test_cli_runner().invoke(args=["portal", *arguments])
    return result.exit_code, result.output


def test_grant_gives_reading_of_what_is_published(
    app: Flask, config: Config, engine: Engine
) -> None:
    role = f"lector_{secrets.token_hex(4)}"
    if config.is_sqlite:
        status, told = run(app, "grant", role)
        assert status == 1
        assert "no hace falta" in told
        return
    with engine.begin() as connection:
        connection.execute(text(f"CREATE ROLE {role}"))
    try:
        status, told = run(app, "grant", role)
        assert status == 0, told
        assert f'GRANT SELECT ON pub_report TO "{role}";' in told
        may = text("SELECT has_table_privilege(:role, :name, 'SELECT')")
        with engine.connect() as connection:
            answers = {
                name: connection.execute(may, {"role": role, "name": name}).scalar()
                for name in ("pub_report", "pub_finding", "finding", "publication", "outbox")
            }
        assert {name for name, allowed in answers.items() if allowed} == {
            "pub_report",
            "pub_finding",
        }
        assert run(app, "grant", "x; DROP TABLE finding")[0] == 1
    finally:
        with engine.begin() as connection:
            connection.execute(text(f"DROP OWNED BY {role}"))
            connection.execute(text(f"DROP ROLE {role}"))


def test_refresh_writes_the_portal_anew(app: Flask, ctx: Context) -> None:
    _publication, found = pw.make_published(pw.make_world(ctx))
    with ctx.transaction() as session:
        session.execute(delete(PubAction))
        session.execute(delete(PubFinding))
        ctx.record("system", "test", ("portal", "1"), {})
    assert run(app, "refresh") == (0, "Informes al día: 1\n")
    ctx.session.rollback()
    assert len(ctx.session.scalars(select(PubFinding)).all()) == len(found)
    assert ctx.session.scalars(select(PubReport)).one().finding_count == len(found)


def test_sweep_says_how_many(app: Flask) -> None:
    assert run(app, "sweep") == (0, "Archivos sobrantes retirados: 0\n")
