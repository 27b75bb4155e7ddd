"""Migrations run forwards and back on both databases, and their head is what the models say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import DatabaseError

from app.context import Context
from app.models import Base
from app.models.org import Entity
from tests.conftest import dispose, make_config
from tests.servers import ROOT


@contextmanager
def migrating(url: str, data_dir: Path) -> Iterator[AlembicConfig]:
    from app import create_app

    app = create_app(make_config(url, data_dir))
    try:
        with app.app_context():
            config = AlembicConfig(str(ROOT / "migrations" / "alembic.ini"))
            config.set_main_option("script_location", str(ROOT / "migrations"))
            yield config
    finally:
        dispose(app)


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, backend: str, tmp_path: Path) -> str:
    if backend == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    return str(request.getfixturevalue("empty_postgres_database"))


def test_up_and_down_leaves_nothing_behind(empty_url: str, tmp_path: Path) -> None:
    from app.extensions import db

    with migrating(empty_url, tmp_path) as config:
        command.upgrade(config, "head")
        assert "ledger_event" in inspect(db.engine).get_table_names()
        command.downgrade(config, "base")
        assert inspect(db.engine).get_table_names() == ["alembic_version"]
        command.upgrade(config, "head")


def test_head_equals_the_models(empty_url: str, tmp_path: Path) -> None:
    from app.extensions import db

    with migrating(empty_url, tmp_path) as config:
        command.upgrade(config, "head")
        with db.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": False})
            assert compare_metadata(context, Base.metadata) == []


def test_editions_of_the_letters_file_survive_and_stay_unchangeable(
    empty_url: str, tmp_path: Path
) -> None:
    from app.extensions import db

    with migrating(empty_url, tmp_path) as config:
        command.upgrade(config, "0004_follow_up")
        with db.engine.begin() as connection:
            connection.execute(text(AUTHOR), {"now": NOW})
            connection.execute(text(EDITION), {"now": NOW, "content": b"x"})
        for turn in range(2):
            command.upgrade(config, "head")
            with db.engine.connect() as connection:
                rows = connection.execute(text("SELECT kind, edition, note FROM letterhead"))
                assert rows.all() == [("carta", 1, "nota")], turn
                for deed in ("UPDATE letterhead SET note = 'x'", "DELETE FROM letterhead"):
                    with pytest.raises(DatabaseError, match="append-only"):
                        connection.execute(text(deed))
                    connection.rollback()
            command.downgrade(config, "0004_follow_up")


NOW = datetime(2027, 3, 1, tzinfo=UTC)
AUTHOR = """
INSERT INTO user_account
    (id, email, name, position, password_hash, disabled_reason, created_at, version)
VALUES (1, 'a@b.co', 'Ana', '', '', '', :now, 1)
"""
PAPER = (
    """
    INSERT INTO process (id, type, code, name, active, version)
    VALUES (1, 'apoyo', 'P', 'Proceso', TRUE, 1)
    """,
    """
    INSERT INTO audit
        (id, code, year, title, type, oci_role, process_id, special_authorization, objective,
         scope, criteria, risks, tests, sample, schedule, methodology, limitations, conclusions,
         planned_start, planned_end, state, previous_state, announcement_number, suspensions,
         created_by_id, created_at, version)
    VALUES (1, '2027-AUD-01', 2027, 'Auditoría', 'auditoria_especial',
        'evaluacion_seguimiento', 1, 'Sí', '', '', '', '', '', '', '', '', '', '', '2027-03-01',
        '2027-06-01', 'en_ejecucion', '', '', '[]', 1, :now, 1)
    """,
    """
    INSERT INTO working_paper
        (id, audit_id, code, title, objective, procedure, population, sample, result,
         conclusion, author_id, created_at, review_note, version)
    VALUES (1, 1, 'PT-01', 'Papel', '', '', '', '', '', '', 1, :now, '', 1)
    """,
)
SAMPLE = """
INSERT INTO sample_draw
    (id, paper_id, method, description, seed, parameters, population, population_sha256,
     selection, drawn_by_id, drawn_at)
VALUES (:id, 1, :method, 'Contratos', '', '{}', '{}', '', '{}', 1, :now)
"""
CHECK = """
INSERT INTO sample_check (draw_id, place, result, note, recorded_by_id, recorded_at)
VALUES (2, 1, 'con_desviacion', 'Sin acta.', 1, :now)
"""
PLAN = """
INSERT INTO plan
    (id, code, title, source, process_id, state, formulated_by_id, created_at, late_by_days,
     returned_count, consolidation_note, authority_act, authority_result, version)
VALUES (1, 'P-1', 'Plan', 'auditoria_interna', 1, 'borrador', 1, :now, 0, 0, '', '', '', 1)
"""
REMARK = """
INSERT INTO remark (plan_id, field, text, author_id, created_at, answer)
VALUES (1, :field, :text, 1, :now, '')
"""
FINDING = """
INSERT INTO finding
    (id, code, audit_id, type, title, severity, condition, criterion, norm_article, cause, effect,
     recommendation, source, source_report, process_id, state, author_id, created_at, analysis,
     decision_reason, authority_result, annulment_number, annulment_authority, related_risk,
     related_control, incidences, version)
VALUES (1, 'H-1', 1, 'hallazgo', 'Hallazgo', 'mayor', '', '', '', '', '', '', 'auditoria_interna',
    '', 1, 'en_firme', 1, :now, '', '', '', '', '', '', '', '[]', 1)
"""
REFERRAL = """
INSERT INTO referral
    (finding_id, authority, addressee, matter, sent_on, filing_number, referred_by_id,
     referred_at, answer, version{addressee})
VALUES (1, :authority, 'Alguien', 'Hechos', '2027-03-01', '2027-OCI-000001', 1, :now, '',
    1{person})
"""
EDITION = """
INSERT INTO letterhead (edition, content, sha256, note, created_by_id, created_at)
VALUES (1, :content, 'x', 'nota', 1, :now)
"""


def test_samples_survive_and_stay_unchangeable_while_their_methods_grow(
    empty_url: str, tmp_path: Path
) -> None:
    from app.extensions import db

    def insert(sample_id: int, method: str) -> None:
        with db.engine.begin() as connection:
            connection.execute(text(SAMPLE), {"now": NOW, "id": sample_id, "method": method})

    def methods() -> list[str]:
        with db.engine.connect() as connection:
            found = connection.execute(text("SELECT method FROM sample_draw ORDER BY id")).scalars()
            return list(found)

    before = "0005_word_files_and_evidence"
    with migrating(empty_url, tmp_path) as config:
        command.upgrade(config, before)
        with db.engine.begin() as connection:
            for statement in (AUTHOR, *PAPER):
                connection.execute(text(statement), {"now": NOW})
        insert(1, "sistematico")
        for turn in range(2):
            with pytest.raises(DatabaseError):
                insert(9, "a_juicio")
            command.upgrade(config, "head")
            insert(2, "a_juicio")
            with pytest.raises(DatabaseError):
                insert(9, "a ojo")
            assert methods() == ["sistematico", "a_juicio"], turn
            with db.engine.begin() as connection:
                connection.execute(text(CHECK), {"now": NOW})
            with db.engine.connect() as connection:
                for deed in ("UPDATE sample_draw SET seed = 'x'", "DELETE FROM sample_draw"):
                    with pytest.raises(DatabaseError, match="append-only"):
                        connection.execute(text(deed))
                    connection.rollback()
            command.downgrade(config, before)
            assert methods() == ["sistematico"], turn
        with db.engine.connect() as connection, pytest.raises(DatabaseError, match="append-only"):
            connection.execute(text("UPDATE sample_draw SET seed = 'x'"))


def test_comments_go_back_and_remarks_stay(empty_url: str, tmp_path: Path) -> None:
    """Before, a comment would be a remark that its plan waits for."""
    from app.extensions import db

    def texts() -> list[str]:
        with db.engine.connect() as connection:
            return list(connection.execute(text("SELECT text FROM remark ORDER BY id")).scalars())

    with migrating(empty_url, tmp_path) as config:
        command.upgrade(config, "0006_samples")
        with db.engine.begin() as connection:
            for statement in (AUTHOR, PAPER[0], PLAN, REMARK):
                values = {"now": NOW, "field": "dates", "text": "Es mucho plazo."}
                connection.execute(text(statement), values)
        command.upgrade(config, "head")
        with db.engine.begin() as connection:
            values = {"now": NOW, "field": "progress", "text": "Falta el soporte."}
            connection.execute(text(REMARK), values)
        assert texts() == ["Es mucho plazo.", "Falta el soporte."]
        command.downgrade(config, "0006_samples")
        assert texts() == ["Es mucho plazo."]


def test_what_was_told_to_the_legal_representative_stays(empty_url: str, tmp_path: Path) -> None:
    """Before, there was no such addressee: it is told as to another authority."""
    from app.extensions import db

    def told() -> list[tuple[str, str]]:
        with db.engine.connect() as connection:
            rows = connection.execute(text("SELECT authority, matter FROM referral ORDER BY id"))
            return [(row[0], row[1]) for row in rows]

    before = "0008_comments"
    outside = text(REFERRAL.format(addressee="", person=""))
    his = text(REFERRAL.format(addressee=", addressee_id", person=", 1"))
    with migrating(empty_url, tmp_path) as config:
        command.upgrade(config, before)
        with db.engine.begin() as connection:
            for statement in (AUTHOR, *PAPER, FINDING):
                connection.execute(text(statement), {"now": NOW})
            connection.execute(outside, {"now": NOW, "authority": "fiscalia"})
        for turn in range(2):
            command.upgrade(config, "head")
            with db.engine.connect() as connection:
                for authority in ("fiscalia", "nadie"):
                    with pytest.raises(DatabaseError):
                        connection.execute(his, {"now": NOW, "authority": authority})
                    connection.rollback()
            with db.engine.begin() as connection:
                connection.execute(his, {"now": NOW, "authority": "representante_legal"})
            command.downgrade(config, before)
            assert told() == [("fiscalia", "Hechos"), *([("otra", "Hechos")] * (turn + 1))]
            with db.engine.connect() as connection, pytest.raises(DatabaseError):
                connection.execute(outside, {"now": NOW, "authority": "representante_legal"})


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory(str(ROOT / "migrations")).get_heads()) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_event SET action = 'x'",
        "DELETE FROM ledger_event",
        "UPDATE history SET reason = 'x'",
        "DELETE FROM history",
        "UPDATE ledger_body SET body = 'x'",
    ],
)
def test_the_database_refuses_to_rewrite_the_trace(ctx: Context, statement: str) -> None:
    with ctx.transaction() as session:
        row = Entity(id=1, name="Entidad")
        session.add(row)
        ctx.record_transition(row, event="begin", source="", target="lista")
    assert ctx.session.scalar(text("SELECT count(*) FROM ledger_event")) == 1
    ctx.session.rollback()
    with pytest.raises(DatabaseError, match="append-only"):
        ctx.session.execute(text(statement))
    ctx.session.rollback()
