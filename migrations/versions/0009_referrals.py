"""A referral may be addressed to the legal representative, a person with an account.

Revision: 0009_referrals, after 0008_comments.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009_referrals"
down_revision = "0008_comments"
branch_labels = None
depends_on = None

OUTSIDE = (
    "procuraduria",
    "personeria",
    "control_disciplinario_interno",
    "contraloria",
    "fiscalia",
    "otra",
)
LEGAL_REPRESENTATIVE = "representante_legal"
AUTHORITY = "ck_referral_referralauthority"
ADDRESSEE = "ck_referral_addressee"
IS_A_PERSON = f"(authority = '{LEGAL_REPRESENTATIVE}') = (addressee_id IS NOT NULL)"


def upgrade() -> None:
    with op.batch_alter_table("referral") as table:
        table.add_column(sa.Column("addressee_id", sa.Integer(), nullable=True))
        table.create_foreign_key(
            op.f("fk_referral_addressee_id"), "user_account", ["addressee_id"], ["id"]
        )
        table.create_index(op.f("ix_referral_addressee_id"), ["addressee_id"])
        table.drop_constraint(op.f(AUTHORITY), type_="check")
        table.create_check_constraint(op.f(AUTHORITY), among((LEGAL_REPRESENTATIVE, *OUTSIDE)))
        table.create_check_constraint(op.f(ADDRESSEE), IS_A_PERSON)


def downgrade() -> None:
    """What was told to the legal representative stays, as told to another authority."""
    with op.batch_alter_table("referral") as table:
        table.drop_constraint(op.f(ADDRESSEE), type_="check")
        table.drop_constraint(op.f(AUTHORITY), type_="check")
        table.drop_index(op.f("ix_referral_addressee_id"))
        table.drop_constraint(op.f("fk_referral_addressee_id"), type_="foreignkey")
        table.drop_column("addressee_id")
    op.execute(f"UPDATE referral SET authority = 'otra' WHERE authority = '{LEGAL_REPRESENTATIVE}'")
    with op.batch_alter_table("referral") as table:
        table.create_check_constraint(op.f(AUTHORITY), among(OUTSIDE))


def among(values: tuple[str, ...]) -> str:
    return f"authority IN ({', '.join(map(repr, values))})"
