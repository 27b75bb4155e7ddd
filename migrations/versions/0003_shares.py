"""When a body of control begins to read what is shared with it, and why that ended.

Revision: 0003_shares, after 0002_fieldwork.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003_shares"
down_revision = "0002_fieldwork"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("oversight_share", sa.Column("starts_on", sa.Date(), nullable=True))
    op.add_column("oversight_share", sa.Column("revoked_reason", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("oversight_share", "revoked_reason")
    op.drop_column("oversight_share", "starts_on")
