"""Create the tables of memory, standing and practice records."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this revision."""
    op.create_table(
        "prior_snapshot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("learners", sa.Integer(), nullable=False),
        sa.Column("sections", sa.JSON(), nullable=False),
        sa.Column("population", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prior_snapshot")),
    )
    with op.batch_alter_table("prior_snapshot", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_prior_snapshot_computed_at"), ["computed_at"], unique=False)

    op.create_table(
        "memory_state",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("concept_slug", sa.String(length=80), nullable=False),
        sa.Column("phase", sa.String(length=16), nullable=False),
        sa.Column("stability", sa.Double(), nullable=False),
        sa.Column("difficulty", sa.Double(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_review", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviews", sa.Integer(), nullable=False),
        sa.Column("lapses", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["concept_slug"], ["concept.slug"], name=op.f("fk_memory_state_concept_slug_concept")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_memory_state_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "concept_slug", name=op.f("pk_memory_state")),
    )
    with op.batch_alter_table("memory_state", schema=None) as batch_op:
        batch_op.create_index("ix_memory_state_person_due", ["person_id", "due"], unique=False)

    op.create_table(
        "practice_record_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_practice_record_link_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_record_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_practice_record_link_token_hash")),
    )
    with op.batch_alter_table("practice_record_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_practice_record_link_person_id"), ["person_id"], unique=False)

    op.create_table(
        "progress_state",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refresh_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_progress_state_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_progress_state")),
    )
    with op.batch_alter_table("progress_state", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_progress_state_refresh_at"), ["refresh_at"], unique=False)

    op.create_table(
        "standing",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=96), nullable=False),
        sa.Column("mean", sa.Double(), nullable=True),
        sa.Column("low", sa.Double(), nullable=True),
        sa.Column("high", sa.Double(), nullable=True),
        sa.Column("right_weight", sa.Double(), nullable=False),
        sa.Column("wrong_weight", sa.Double(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_standing_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "kind", "key", name=op.f("pk_standing")),
    )
    with op.batch_alter_table("standing", schema=None) as batch_op:
        batch_op.create_index("ix_standing_kind_key", ["kind", "key"], unique=False)

    op.create_table(
        "memory_review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("concept_slug", sa.String(length=80), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("grade_id", sa.Integer(), nullable=False),
        sa.Column("rating", sa.String(length=8), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("helped", sa.Boolean(), nullable=False),
        sa.Column("sure", sa.Boolean(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name=op.f("fk_memory_review_attempt_id_attempt"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["grade_id"], ["grade.id"], name=op.f("fk_memory_review_grade_id_grade"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_memory_review_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memory_review")),
        sa.UniqueConstraint("grade_id", "concept_slug", name=op.f("uq_memory_review_grade_id_concept_slug")),
    )
    with op.batch_alter_table("memory_review", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_memory_review_attempt_id"), ["attempt_id"], unique=False)
        batch_op.create_index(
            "ix_memory_review_person_concept", ["person_id", "concept_slug", "reviewed_at"], unique=False
        )

    # Whoever has worked here before is reckoned once, from the first moment on.
    first = sa.bindparam("first", datetime(1970, 1, 1), sa.DateTime(timezone=True))  # noqa: DTZ001
    op.execute(
        sa.text(
            "INSERT INTO progress_state (person_id, refresh_at) SELECT DISTINCT person_id, :first FROM attempt"
        ).bindparams(first)
    )


def downgrade() -> None:
    """Take this revision back."""
    with op.batch_alter_table("memory_review", schema=None) as batch_op:
        batch_op.drop_index("ix_memory_review_person_concept")
        batch_op.drop_index(batch_op.f("ix_memory_review_attempt_id"))

    op.drop_table("memory_review")
    with op.batch_alter_table("standing", schema=None) as batch_op:
        batch_op.drop_index("ix_standing_kind_key")

    op.drop_table("standing")
    with op.batch_alter_table("progress_state", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_progress_state_refresh_at"))

    op.drop_table("progress_state")
    with op.batch_alter_table("practice_record_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_practice_record_link_person_id"))

    op.drop_table("practice_record_link")
    with op.batch_alter_table("memory_state", schema=None) as batch_op:
        batch_op.drop_index("ix_memory_state_person_due")

    op.drop_table("memory_state")
    with op.batch_alter_table("prior_snapshot", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_prior_snapshot_computed_at"))

    op.drop_table("prior_snapshot")
