"""The audit universe, the priorities of each year, and the weeks of the phases of an audit.

Revision: 0011_universe, after 0010_change_drafts.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011_universe"
down_revision = "0010_change_drafts"
branch_labels = None
depends_on = None

KINDS = (
    "proceso",
    "procedimiento",
    "dependencia",
    "sede",
    "proyecto",
    "contrato",
    "sistema_informacion",
    "politica_mipg",
    "informe_ley",
    "tema",
)
# Columns are added to `audit` by plain statements: on SQLite the alternative makes the table anew,
# which the many rows that point to it forbid.
PHASES = (
    "(fieldwork_start IS NULL) = (communication_start IS NULL) AND (fieldwork_start IS NULL OR "
    "(fieldwork_start >= planned_start AND communication_start >= fieldwork_start "
    "AND planned_end >= communication_start))"
)


def one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    create_universe()
    create_priorities()
    op.add_column("annual_plan", sa.Column("risks", sa.Text(), nullable=False, server_default=""))
    op.add_column("audit", sa.Column("fieldwork_start", sa.Date(), nullable=True))
    op.execute(
        "ALTER TABLE audit ADD COLUMN communication_start DATE "
        f"CONSTRAINT ck_audit_phases CHECK ({PHASES})"
    )
    op.execute(
        "ALTER TABLE audit ADD COLUMN auditable_unit_id INTEGER "
        "CONSTRAINT fk_audit_auditable_unit_id REFERENCES auditable_unit (id)"
    )
    op.create_index(op.f("ix_audit_auditable_unit_id"), "audit", ["auditable_unit_id"])


def create_universe() -> None:
    op.create_table(
        "auditable_unit",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("kind", one_of("auditableunitkind", *KINDS), nullable=False),
        sa.Column("process_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("last_audited_on", sa.Date(), nullable=True),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_by_id", sa.Integer(), nullable=True),
        sa.Column("retired_reason", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user_account.id"], name=op.f("fk_auditable_unit_created_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["process_id"], ["process.id"], name=op.f("fk_auditable_unit_process_id")
        ),
        sa.ForeignKeyConstraint(
            ["retired_by_id"], ["user_account.id"], name=op.f("fk_auditable_unit_retired_by_id")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_auditable_unit_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_auditable_unit")),
        sa.UniqueConstraint("code", name=op.f("uq_auditable_unit_code")),
    )
    op.create_index(op.f("ix_auditable_unit_kind"), "auditable_unit", ["kind"])
    op.create_index(op.f("ix_auditable_unit_process_id"), "auditable_unit", ["process_id"])


def create_priorities() -> None:
    op.create_table(
        "prioritization",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("weights", sa.JSON(), nullable=False),
        sa.Column("cycles", sa.JSON(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_matrix", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["user_account.id"], name=op.f("fk_prioritization_approved_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user_account.id"], name=op.f("fk_prioritization_created_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prioritization")),
        sa.UniqueConstraint("year", name=op.f("uq_prioritization_year")),
    )
    op.create_table(
        "unit_priority",
        sa.Column("prioritization_id", sa.Integer(), nullable=False),
        sa.Column("auditable_unit_id", sa.Integer(), nullable=False),
        sa.Column(
            "risk_level", one_of("risklevel", "extremo", "alto", "moderado", "bajo"), nullable=True
        ),
        sa.Column("risks", sa.Text(), nullable=False),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.Column("committee_request", sa.Text(), nullable=False),
        sa.Column("regulator_request", sa.Text(), nullable=False),
        sa.Column("decision", one_of("prioritydecision", "incluir", "excluir"), nullable=True),
        sa.Column("justification", sa.Text(), nullable=False),
        sa.Column("judged_by_id", sa.Integer(), nullable=True),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "decision IS NULL OR justification <> ''", name=op.f("ck_unit_priority_justified")
        ),
        sa.ForeignKeyConstraint(
            ["auditable_unit_id"],
            ["auditable_unit.id"],
            name=op.f("fk_unit_priority_auditable_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["prioritization_id"],
            ["prioritization.id"],
            name=op.f("fk_unit_priority_prioritization_id"),
        ),
        sa.ForeignKeyConstraint(
            ["judged_by_id"], ["user_account.id"], name=op.f("fk_unit_priority_judged_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_priority")),
        sa.UniqueConstraint(
            "prioritization_id",
            "auditable_unit_id",
            name=op.f("uq_unit_priority_prioritization_id_auditable_unit_id"),
        ),
    )
    op.create_index(
        op.f("ix_unit_priority_auditable_unit_id"), "unit_priority", ["auditable_unit_id"]
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_audit_auditable_unit_id"), "audit")
    for column in ("auditable_unit_id", "communication_start", "fieldwork_start"):
        op.execute(f"ALTER TABLE audit DROP COLUMN {column}")
    op.execute("ALTER TABLE annual_plan DROP COLUMN risks")
    op.drop_table("unit_priority")
    op.drop_table("prioritization")
    op.drop_table("auditable_unit")
