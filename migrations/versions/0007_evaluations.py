"""Create evaluations of audits by the audited process.

Revision: 0007_evaluations, after 0006_samples.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007_evaluations"
down_revision = "0006_samples"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Written once: an evaluation is never changed."""
    op.create_table(
        "audit_evaluation",
        sa.Column("audit_id", sa.Integer(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("evaluated_by_id", sa.Integer(), nullable=False),
        sa.Column("evaluated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_id"], ["audit.id"], name=op.f("fk_audit_evaluation_audit_id")
        ),
        sa.ForeignKeyConstraint(
            ["evaluated_by_id"],
            ["user_account.id"],
            name=op.f("fk_audit_evaluation_evaluated_by_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_evaluation")),
        sa.UniqueConstraint("audit_id", name=op.f("uq_audit_evaluation_audit_id")),
    )
    for verb in ("UPDATE", "DELETE"):
        deed = (
            "FOR EACH ROW EXECUTE FUNCTION vigia_refuse()"
            if op.get_bind().dialect.name == "postgresql"
            else "BEGIN SELECT RAISE(ABORT, 'audit_evaluation is append-only'); END"
        )
        name = f"audit_evaluation_no_{verb.lower()}"
        op.execute(f"CREATE TRIGGER {name} BEFORE {verb} ON audit_evaluation {deed}")


def downgrade() -> None:
    op.drop_table("audit_evaluation")
