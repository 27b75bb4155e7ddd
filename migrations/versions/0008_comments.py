"""Remarks may be about a change request.

Revision: 0008_comments, after 0007_evaluations.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008_comments"
down_revision = "0007_evaluations"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("remark") as table:
        table.add_column(sa.Column("change_request_id", sa.Integer(), nullable=True))
        table.create_foreign_key(
            op.f("fk_remark_change_request_id"), "change_request", ["change_request_id"], ["id"]
        )
        table.create_index(op.f("ix_remark_change_request_id"), ["change_request_id"])


def downgrade() -> None:
    """Comments are lost: before this step they would be open remarks that a plan waits for."""
    op.execute("DELETE FROM remark WHERE field IN ('progress', 'change')")
    with op.batch_alter_table("remark") as table:
        table.drop_index(op.f("ix_remark_change_request_id"))
        table.drop_constraint(op.f("fk_remark_change_request_id"), type_="foreignkey")
        table.drop_column("change_request_id")
