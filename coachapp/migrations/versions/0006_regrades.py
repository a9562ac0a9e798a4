"""Create the table of regrades, and let a grade name the one it was made for."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this revision."""
    op.create_table(
        "regrade",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("to_version_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("judged", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["person.id"], name=op.f("fk_regrade_created_by_id_person"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_regrade_item_id_item")),
        sa.ForeignKeyConstraint(
            ["to_version_id"], ["item_version.id"], name=op.f("fk_regrade_to_version_id_item_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_regrade")),
    )
    with op.batch_alter_table("regrade", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_regrade_item_id"), ["item_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_regrade_to_version_id"), ["to_version_id"], unique=False)

    with op.batch_alter_table("grade", schema=None) as batch_op:
        batch_op.add_column(sa.Column("regrade_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_grade_regrade_id_regrade"), "regrade", ["regrade_id"], ["id"])
        batch_op.create_index(batch_op.f("ix_grade_item_version_id"), ["item_version_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_grade_regrade_id"), ["regrade_id"], unique=False)


def downgrade() -> None:
    """Take this revision back; grades that regrades made stay, and no longer say so."""
    with op.batch_alter_table("grade", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_grade_regrade_id"))
        batch_op.drop_index(batch_op.f("ix_grade_item_version_id"))
        batch_op.drop_constraint(batch_op.f("fk_grade_regrade_id_regrade"), type_="foreignkey")
        batch_op.drop_column("regrade_id")
    op.drop_table("regrade")
