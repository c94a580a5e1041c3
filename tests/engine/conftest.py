"""What the tests of the engine's commands share."""

from collections.abc import Iterator

import pytest

from sandbox import database, machines


@pytest.fixture(scope="session", autouse=True)
def _no_database_runs_on() -> Iterator[None]:
    """Rehearsals share a database machine and leave it on; tests leave it as they found it."""
    before = machines.find(database.MACHINE)
    yield
    started = machines.find(database.MACHINE)
    if started is not None and before is None:
        machines.poweroff(started)
