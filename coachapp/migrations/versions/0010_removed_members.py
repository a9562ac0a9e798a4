"""Create the table of students taken out of classes, who need approval to come back."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this revision."""
    op.create_table(
        "removed_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("classroom_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["classroom_id"],
            ["classroom.id"],
            name=op.f("fk_removed_member_classroom_id_classroom"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_removed_member_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_removed_member")),
        sa.UniqueConstraint("classroom_id", "person_id", name=op.f("uq_removed_member_classroom_id_person_id")),
    )
    with op.batch_alter_table("removed_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_removed_member_person_id"), ["person_id"], unique=False)


def downgrade() -> None:
    """Take this revision back; those who were taken out can join by the code again."""
    op.drop_table("removed_member")
