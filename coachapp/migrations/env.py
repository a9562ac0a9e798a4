"""Alembic's entry point: runs the migrations on the connection handed over by coachapp.models.schema."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from coachapp.models import db
from coachapp.models.base import EnumText, UtcDateTime


def render_item(kind: str, item: Any, autogen_context: AutogenContext) -> str | Literal[False]:
    """Write our column types as the plain types they are stored as, so that no migration imports the package."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, EnumText):
        return f"sa.String(length={item.length})"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=db.metadata,
    render_as_batch=True,
    render_item=render_item,
    compare_type=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
