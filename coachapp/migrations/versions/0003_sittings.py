"""Create the tables of sittings, accommodations, rulings and reported problems; let attempts belong to a sitting."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this revision."""
    op.create_table(
        "accommodation_grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(length=120), nullable=True),
        sa.Column("factor", sa.String(length=8), nullable=True),
        sa.Column("extra", sa.Integer(), nullable=True),
        sa.Column("breaks", sa.Integer(), nullable=True),
        sa.Column("extension", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["person.id"],
            name=op.f("fk_accommodation_grant_created_by_id_person"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_accommodation_grant_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accommodation_grant")),
    )
    with op.batch_alter_table("accommodation_grant", schema=None) as batch_op:
        batch_op.create_index("ix_accommodation_grant_person_scope", ["person_id", "scope"], unique=False)

    op.create_table(
        "sitting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.String(length=96), nullable=False),
        sa.Column("scope", sa.String(length=120), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("paper", sa.JSON(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("window_closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("break_allowance_ms", sa.Integer(), nullable=False),
        sa.Column("break_used_ms", sa.Integer(), nullable=False),
        sa.Column("break_began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("close_reason", sa.String(length=32), nullable=True),
        sa.Column("graded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("right_count", sa.Integer(), nullable=True),
        sa.Column("scored_count", sa.Integer(), nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_sitting_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sitting")),
    )
    with op.batch_alter_table("sitting", schema=None) as batch_op:
        batch_op.create_index("ix_sitting_person_started", ["person_id", "started_at"], unique=False)
        batch_op.create_index("ix_sitting_state_deadline", ["state", "deadline"], unique=False)
        batch_op.create_index(
            "uq_sitting_open",
            ["person_id", "scope"],
            unique=True,
            sqlite_where=sa.text("state IN ('running', 'on_break')"),
            postgresql_where=sa.text("state IN ('running', 'on_break')"),
        )

    op.create_table(
        "item_ruling",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_version_id", sa.Integer(), nullable=False),
        sa.Column("ruling", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["person.id"], name=op.f("fk_item_ruling_created_by_id_person"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["item_version_id"], ["item_version.id"], name=op.f("fk_item_ruling_item_version_id_item_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_ruling")),
    )
    with op.batch_alter_table("item_ruling", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_item_ruling_item_version_id"), ["item_version_id"], unique=False)

    op.create_table(
        "late_save",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["sitting.id"], name=op.f("fk_late_save_sitting_id_sitting"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_late_save")),
    )
    with op.batch_alter_table("late_save", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_late_save_sitting_id"), ["sitting_id"], unique=False)

    op.create_table(
        "problem_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("item_version_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_version_id"], ["item_version.id"], name=op.f("fk_problem_report_item_version_id_item_version")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_problem_report_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_problem_report")),
        sa.UniqueConstraint("person_id", "item_version_id", name=op.f("uq_problem_report_person_id_item_version_id")),
    )
    with op.batch_alter_table("problem_report", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_problem_report_item_version_id"), ["item_version_id"], unique=False)

    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sitting_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("slot", sa.Integer(), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_attempt_sitting_id_slot"), ["sitting_id", "slot"])
        batch_op.create_foreign_key(batch_op.f("fk_attempt_sitting_id_sitting"), "sitting", ["sitting_id"], ["id"])
    op.drop_index("uq_attempt_open", table_name="attempt")
    op.create_index(
        "uq_attempt_open",
        "attempt",
        ["person_id", "item_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open' AND sitting_id IS NULL"),
        postgresql_where=sa.text("state = 'open' AND sitting_id IS NULL"),
    )


def downgrade() -> None:
    """Take this revision back."""
    op.drop_index("uq_attempt_open", table_name="attempt")
    # Answers in sittings cannot be told from other work once their columns are gone.
    op.execute("UPDATE attempt SET state = 'abandoned' WHERE state = 'open' AND sitting_id IS NOT NULL")
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_attempt_sitting_id_sitting"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_attempt_sitting_id_slot"), type_="unique")
        batch_op.drop_column("slot")
        batch_op.drop_column("sitting_id")
    op.create_index(
        "uq_attempt_open",
        "attempt",
        ["person_id", "item_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )

    with op.batch_alter_table("problem_report", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_problem_report_item_version_id"))

    op.drop_table("problem_report")
    with op.batch_alter_table("late_save", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_late_save_sitting_id"))

    op.drop_table("late_save")
    with op.batch_alter_table("item_ruling", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_item_ruling_item_version_id"))

    op.drop_table("item_ruling")
    with op.batch_alter_table("sitting", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_sitting_open",
            sqlite_where=sa.text("state IN ('running', 'on_break')"),
            postgresql_where=sa.text("state IN ('running', 'on_break')"),
        )
        batch_op.drop_index("ix_sitting_state_deadline")
        batch_op.drop_index("ix_sitting_person_started")

    op.drop_table("sitting")
    with op.batch_alter_table("accommodation_grant", schema=None) as batch_op:
        batch_op.drop_index("ix_accommodation_grant_person_scope")

    op.drop_table("accommodation_grant")
