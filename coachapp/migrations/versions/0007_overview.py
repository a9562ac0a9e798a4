"""Let every standing be reckoned again when it is next wanted, for what all answers say together is part of it now."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this revision."""
    state = sa.table("progress_state", sa.column("computed_at"), sa.column("refresh_at"))
    op.execute(state.update().where(state.c.computed_at.is_not(None)).values(refresh_at=state.c.computed_at))


def downgrade() -> None:
    """Take this revision back."""
    standing = sa.table("standing", sa.column("kind", sa.String()))
    op.execute(standing.delete().where(standing.c.kind == "overview"))
