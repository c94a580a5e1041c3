"""How Alembic runs: on the app's own engine, against the app's own models."""

from __future__ import annotations

from typing import Any

from alembic import context
from flask import current_app


def report(step: Any, **_: Any) -> None:
    """Log one line for each migration that has run."""
    current_app.logger.info("migrated to %s", ", ".join(step.destination_revision_ids) or "base")


def run() -> None:
    """Run the migrations, or print their SQL (`--sql`)."""
    extension = current_app.extensions["migrate"]
    database = extension.db
    options = {"target_metadata": database.metadata, **extension.configure_args}
    if context.is_offline_mode():
        context.configure(dialect_name=database.engine.dialect.name, literal_binds=True, **options)
        with context.begin_transaction():
            context.run_migrations()
        return
    with database.engine.connect() as connection:
        context.configure(connection=connection, on_version_apply=report, **options)
        with context.begin_transaction():
            context.run_migrations()


run()
