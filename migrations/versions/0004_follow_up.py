"""Create extensions of the reply term, referrals, activities, windows of progress, letterheads.

Findings tell their risk, their control and the incidences of a body of control.

Revision: 0004_follow_up, after 0003_shares.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004_follow_up"
down_revision = "0003_shares"
branch_labels = None
depends_on = None

FINDING_TEXTS = ("related_risk", "related_control")


def upgrade() -> None:
    for name in FINDING_TEXTS:
        column = sa.Column(name, sa.Text(), nullable=False, server_default="")
        op.add_column("finding", column)
    incidences = sa.Column("incidences", sa.JSON(), nullable=False, server_default="[]")
    op.add_column("finding", incidences)
    op.add_column("finding", sa.Column("fiscal_amount", sa.Numeric(18, 2), nullable=True))
    op.create_table(
        "reply_extension",
        sa.Column("audit_id", sa.Integer(), nullable=False),
        sa.Column("process_id", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("filing_number", sa.String(length=40), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "solicitada",
                "concedida",
                "negada",
                name="extensionstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("requested_by_id", sa.Integer(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_before", sa.JSON(), nullable=False),
        sa.Column("due_after", sa.JSON(), nullable=True),
        sa.Column("days_granted", sa.Integer(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("days > 0", name=op.f("ck_reply_extension_days")),
        sa.ForeignKeyConstraint(
            ["audit_id"], ["audit.id"], name=op.f("fk_reply_extension_audit_id")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user_account.id"], name=op.f("fk_reply_extension_decided_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["process_id"], ["process.id"], name=op.f("fk_reply_extension_process_id")
        ),
        sa.ForeignKeyConstraint(
            ["requested_by_id"],
            ["user_account.id"],
            name=op.f("fk_reply_extension_requested_by_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply_extension")),
    )
    op.create_index(op.f("ix_reply_extension_audit_id"), "reply_extension", ["audit_id"])
    op.create_index(op.f("ix_reply_extension_state"), "reply_extension", ["state"])
    op.create_table(
        "referral",
        sa.Column("finding_id", sa.Integer(), nullable=False),
        sa.Column("audit_id", sa.Integer(), nullable=True),
        sa.Column(
            "authority",
            sa.Enum(
                "procuraduria",
                "personeria",
                "control_disciplinario_interno",
                "contraloria",
                "fiscalia",
                "otra",
                name="referralauthority",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("addressee", sa.String(length=300), nullable=False),
        sa.Column("matter", sa.Text(), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=False),
        sa.Column("filing_number", sa.String(length=40), nullable=False),
        sa.Column("referred_by_id", sa.Integer(), nullable=False),
        sa.Column("referred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("answer_recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_recorded_by_id"],
            ["user_account.id"],
            name=op.f("fk_referral_answer_recorded_by_id"),
        ),
        sa.ForeignKeyConstraint(["audit_id"], ["audit.id"], name=op.f("fk_referral_audit_id")),
        sa.ForeignKeyConstraint(
            ["finding_id"], ["finding.id"], name=op.f("fk_referral_finding_id")
        ),
        sa.ForeignKeyConstraint(
            ["referred_by_id"], ["user_account.id"], name=op.f("fk_referral_referred_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
    )
    op.create_index(op.f("ix_referral_finding_id"), "referral", ["finding_id"])
    create_activities()
    create_letterhead()


def create_activities() -> None:
    op.create_table(
        "activity",
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("unit_of_measure", sa.String(length=100), nullable=False),
        sa.Column("target_quantity", sa.Numeric(14, 2), nullable=True),
        sa.Column("start_date", sa.Date(), nullable=True),
        sa.Column("end_date", sa.Date(), nullable=True),
        sa.Column("responsible", sa.String(length=200), nullable=False),
        sa.Column("done_quantity", sa.Numeric(14, 2), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "end_date IS NULL OR end_date >= start_date", name=op.f("ck_activity_dates")
        ),
        sa.CheckConstraint(
            "target_quantity IS NULL OR target_quantity > 0", name=op.f("ck_activity_target")
        ),
        sa.CheckConstraint("done_quantity >= 0", name=op.f("ck_activity_done")),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name=op.f("fk_activity_action_id")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user_account.id"], name=op.f("fk_activity_created_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
        sa.UniqueConstraint("action_id", "number", name=op.f("uq_activity_action_id_number")),
    )
    op.create_index(op.f("ix_activity_action_id"), "activity", ["action_id"])
    op.create_table(
        "progress_window",
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["user_account.id"], name=op.f("fk_progress_window_changed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_progress_window")),
        sa.UniqueConstraint("first", name=op.f("uq_progress_window_first")),
    )


def create_letterhead() -> None:
    """Written once: an edition is never changed."""
    op.create_table(
        "letterhead",
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user_account.id"], name=op.f("fk_letterhead_created_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letterhead")),
        sa.UniqueConstraint("edition", name=op.f("uq_letterhead_edition")),
    )
    for verb in ("UPDATE", "DELETE"):
        deed = (
            "FOR EACH ROW EXECUTE FUNCTION vigia_refuse()"
            if op.get_bind().dialect.name == "postgresql"
            else "BEGIN SELECT RAISE(ABORT, 'letterhead is append-only'); END"
        )
        op.execute(
            f"CREATE TRIGGER letterhead_no_{verb.lower()} BEFORE {verb} ON letterhead {deed}"
        )


def downgrade() -> None:
    op.drop_table("letterhead")
    op.drop_table("progress_window")
    op.drop_table("activity")
    op.drop_table("referral")
    op.drop_table("reply_extension")
    op.drop_column("finding", "fiscal_amount")
    op.drop_column("finding", "incidences")
    for name in reversed(FINDING_TEXTS):
        op.drop_column("finding", name)
