"""Machines as the state of a stack has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from components.drift import deployed
from unit import examples
from unit.alibaba.looked_up import cloud
from unit.drift import states

if TYPE_CHECKING:
    from collections.abc import Callable

    from components.drift.deployed import Deployed
    from unit.conftest import Deploy
    from unit.engine import Engine


@pytest.fixture(scope="session")
def known(deploy: Deploy) -> Callable[..., Deployed]:
    """What is known of a stack that a configuration was deployed to."""

    def read(config: Any, *, engine: Engine | None = None, **changes: Any) -> Deployed:
        engine = engine or cloud()
        recording = deploy(examples.changed(config, changes), secret=("secrets", "vm"), engine=engine)
        assert recording.error is None
        return deployed.read(states.state(recording))

    return read
