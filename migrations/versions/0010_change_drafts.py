"""Change requests prepared for the leader of the process, and who prepared what was sent; comments
on a public version under review.

Revision: 0010_change_drafts, after 0009_referrals.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010_change_drafts"
down_revision = "0009_referrals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "change_draft",
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.Column(
            "type",
            sa.Enum(
                "prorroga_fecha",
                "cambio_meta",
                "cambio_responsable",
                "reformulacion",
                "anulacion",
                name="changerequesttype",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed", sa.JSON(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("request_id", sa.Integer(), nullable=True),
        sa.Column("discard_reason", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["action_id"], ["action.id"], name=op.f("fk_change_draft_action_id")
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user_account.id"], name=op.f("fk_change_draft_author_id")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["change_request.id"], name=op.f("fk_change_draft_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_draft")),
    )
    op.create_index(op.f("ix_change_draft_action_id"), "change_draft", ["action_id"])
    is_open = sa.text("closed_at IS NULL")
    op.create_index(
        "uq_change_draft_open",
        "change_draft",
        ["action_id"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    with op.batch_alter_table("change_request") as table:
        table.add_column(sa.Column("drafted_by_id", sa.Integer(), nullable=True))
        table.create_foreign_key(
            op.f("fk_change_request_drafted_by_id"), "user_account", ["drafted_by_id"], ["id"]
        )
    create_publication_comments()


def create_publication_comments() -> None:
    op.create_table(
        "publication_comment",
        sa.Column("publication_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["publication_id"],
            ["publication.id"],
            name=op.f("fk_publication_comment_publication_id"),
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user_account.id"], name=op.f("fk_publication_comment_author_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication_comment")),
    )
    op.create_index(
        op.f("ix_publication_comment_publication_id"), "publication_comment", ["publication_id"]
    )


def downgrade() -> None:
    """What was prepared and not sent is lost, and who prepared what was; and every comment."""
    op.drop_table("publication_comment")
    op.drop_table("change_draft")
    with op.batch_alter_table("change_request") as table:
        table.drop_constraint(op.f("fk_change_request_drafted_by_id"), type_="foreignkey")
        table.drop_column("drafted_by_id")
