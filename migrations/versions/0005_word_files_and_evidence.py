"""The Word file of reports beside that of letters, what each piece of evidence is worth, and who
answered for a process before.

Revision: 0005_word_files_and_evidence, after 0004_follow_up.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005_word_files_and_evidence"
down_revision = "0004_follow_up"
branch_labels = None
depends_on = None

VERBS = ("UPDATE", "DELETE")


def upgrade() -> None:
    op.add_column(
        "finding_evidence", sa.Column("qualities", sa.JSON(), nullable=False, server_default="[]")
    )
    op.create_table(
        "past_tie",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("process_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column(
            "tie",
            sa.Enum(
                "lider",
                "enlace",
                "jefe",
                name="processtie",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("ended_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["process_id"], ["process.id"], name=op.f("fk_past_tie_process_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_past_tie_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_tie")),
    )
    op.create_index(op.f("ix_past_tie_process_id"), "past_tie", ["process_id"])
    drop_refusals()
    with op.batch_alter_table("letterhead") as table:
        kind = sa.Column("kind", sa.String(length=40), nullable=False, server_default="carta")
        table.add_column(kind)
        table.drop_constraint("uq_letterhead_edition", type_="unique")
        table.create_unique_constraint("uq_letterhead_kind_edition", ["kind", "edition"])
        table.create_check_constraint(
            op.f("ck_letterhead_letterheadkind"), "kind IN ('carta', 'informe')"
        )
    with op.batch_alter_table("letterhead") as table:
        table.alter_column("kind", server_default=None)
    refuse_changes()


def downgrade() -> None:
    """Editions of the reports' file are lost: before this step there is no place for them."""
    drop_refusals()
    op.execute("DELETE FROM letterhead WHERE kind <> 'carta'")
    with op.batch_alter_table("letterhead") as table:
        table.drop_constraint(op.f("ck_letterhead_letterheadkind"), type_="check")
        table.drop_constraint("uq_letterhead_kind_edition", type_="unique")
        table.drop_column("kind")
        table.create_unique_constraint("uq_letterhead_edition", ["edition"])
    refuse_changes()
    op.drop_table("past_tie")
    op.drop_column("finding_evidence", "qualities")


def is_postgresql() -> bool:
    return bool(op.get_bind().dialect.name == "postgresql")


def drop_refusals() -> None:
    """On SQLite the table is made anew, and its triggers with it."""
    for verb in VERBS:
        place = " ON letterhead" if is_postgresql() else ""
        op.execute(f"DROP TRIGGER letterhead_no_{verb.lower()}{place}")


def refuse_changes() -> None:
    """Written once: an edition is never changed."""
    for verb in VERBS:
        deed = (
            "FOR EACH ROW EXECUTE FUNCTION vigia_refuse()"
            if is_postgresql()
            else "BEGIN SELECT RAISE(ABORT, 'letterhead is append-only'); END"
        )
        op.execute(
            f"CREATE TRIGGER letterhead_no_{verb.lower()} BEFORE {verb} ON letterhead {deed}"
        )
