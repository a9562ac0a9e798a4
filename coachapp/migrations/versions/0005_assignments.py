"""Create the table of assignments."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this revision."""
    op.create_table(
        "assignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("classroom_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("instructions", sa.String(length=4000), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("plan_id", sa.String(length=96), nullable=True),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(item_id IS NULL) <> (plan_id IS NULL)", name=op.f("ck_assignment_one_work")),
        sa.CheckConstraint("closes_at IS NULL OR plan_id IS NOT NULL", name=op.f("ck_assignment_cases_stay_open")),
        sa.ForeignKeyConstraint(
            ["classroom_id"],
            ["classroom.id"],
            name=op.f("fk_assignment_classroom_id_classroom"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_assignment_item_id_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
        # Sittings and accommodations name an assignment by its id: none may come back for another one.
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assignment_classroom_id"), ["classroom_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_assignment_item_id"), ["item_id"], unique=False)


def downgrade() -> None:
    """Take this revision back."""
    op.drop_table("assignment")
