"""Create the tables of notes, bookmarks and last looks in the code book."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this revision."""
    op.create_table(
        "code_note",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("system", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_code_note_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "system", "code", name=op.f("pk_code_note")),
    )
    op.create_table(
        "code_bookmark",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("system", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_code_bookmark_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "system", "code", name=op.f("pk_code_bookmark")),
    )
    op.create_table(
        "code_recent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("system", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_code_recent_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_recent")),
    )
    with op.batch_alter_table("code_recent", schema=None) as batch_op:
        batch_op.create_index("ix_code_recent_person_id_id", ["person_id", "id"], unique=False)


def downgrade() -> None:
    """Undo this revision."""
    with op.batch_alter_table("code_recent", schema=None) as batch_op:
        batch_op.drop_index("ix_code_recent_person_id_id")

    op.drop_table("code_recent")
    op.drop_table("code_bookmark")
    op.drop_table("code_note")
