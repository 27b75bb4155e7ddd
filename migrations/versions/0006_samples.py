"""Samples may be chosen by judgement, and each element tells what its examination showed.

Revision: 0006_samples, after 0005_word_files_and_evidence.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006_samples"
down_revision = "0005_word_files_and_evidence"
branch_labels = None
depends_on = None

VERBS = ("UPDATE", "DELETE")
METHODS = ("aleatorio_simple", "sistematico", "estratificado", "unidad_monetaria")
JUDGEMENT = "a_juicio"


def upgrade() -> None:
    drop_refusals()
    allow_methods((*METHODS, JUDGEMENT))
    refuse_changes()
    op.create_table(
        "sample_check",
        sa.Column("draw_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column(
            "result",
            sa.Enum(
                "sin_desviacion",
                "con_desviacion",
                name="sampleresult",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["draw_id"], ["sample_draw.id"], name=op.f("fk_sample_check_draw_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"],
            ["user_account.id"],
            name=op.f("fk_sample_check_recorded_by_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample_check")),
        sa.UniqueConstraint("draw_id", "place", name=op.f("uq_sample_check_draw_id_place")),
    )
    op.create_index(op.f("ix_sample_check_draw_id"), "sample_check", ["draw_id"])


def downgrade() -> None:
    """Results, and samples chosen by judgement, are lost: there is no place for them before."""
    op.drop_table("sample_check")
    drop_refusals()
    op.execute(f"DELETE FROM sample_draw WHERE method = '{JUDGEMENT}'")
    allow_methods(METHODS)
    refuse_changes()


def is_postgresql() -> bool:
    return bool(op.get_bind().dialect.name == "postgresql")


def allow_methods(methods: tuple[str, ...]) -> None:
    """SQLite changes no constraint: the table is made anew, and what is not told is not kept."""
    name = op.f("ck_sample_draw_samplingmethod")
    rule = f"method IN ({', '.join(map(repr, methods))})"
    if is_postgresql():
        op.drop_constraint(name, "sample_draw", type_="check")
        op.create_check_constraint(name, "sample_draw", rule)
        return
    # Checks are not read from a SQLite table: the old one is left behind, only the new one goes in.
    with op.batch_alter_table("sample_draw", recreate="always") as table:
        table.create_check_constraint(name, rule)


def drop_refusals() -> None:
    """On SQLite the table is made anew, and its triggers with it."""
    for verb in VERBS:
        place = " ON sample_draw" if is_postgresql() else ""
        op.execute(f"DROP TRIGGER sample_draw_no_{verb.lower()}{place}")


def refuse_changes() -> None:
    """Written once: another draw is another row."""
    for verb in VERBS:
        deed = (
            "FOR EACH ROW EXECUTE FUNCTION vigia_refuse()"
            if is_postgresql()
            else "BEGIN SELECT RAISE(ABORT, 'sample_draw is append-only'); END"
        )
        op.execute(
            f"CREATE TRIGGER sample_draw_no_{verb.lower()} BEFORE {verb} ON sample_draw {deed}"
        )
