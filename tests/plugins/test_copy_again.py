"""When a copy is made again, and what a deletion does. Expectations recorded from 1.2.1."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .wire import COPY, Props, file_asset, secret, text_asset, without

if TYPE_CHECKING:
    from pathlib import Path

    from .harness import Plugin
    from .sshd import Sshd

UPDATES: list[tuple[str, Props, str]] = [
    ("the same", {}, "changed since"),
    ("another machine is no reason", {"connection": {"port": 1}}, "changed since"),
    (
        "another file of the same hash is no reason",
        {"source": {"hash": "h1", "path": "/nope"}},
        "changed since",
    ),
    ("triggers alone are no reason", {"triggers": [1]}, "changed since"),
    ("another hash", {"source": {"hash": "h2"}}, "A"),
]


@pytest.mark.parametrize(("given", "then"), [u[1:] for u in UPDATES], ids=[u[0] for u in UPDATES])
def test_update(plugin: Plugin, machine: Sshd, tmp_path: Path, given: Props, then: str) -> None:
    """A copy is made again only for another hash or another destination."""
    (tmp_path / "a").write_text("A")
    inputs = {
        "connection": machine.connection(),
        "source": file_asset(tmp_path / "a"),
        "remotePath": f"{tmp_path}/f",
    }
    state = plugin.create(COPY, inputs)[1]
    assert state["connection"] == secret(state["connection"]["value"])
    (tmp_path / "f").write_text("changed since")
    merged = {k: inputs[k] | v if k in {"connection", "source"} else v for k, v in given.items()}
    after = plugin.update(COPY, state, inputs | merged)
    assert (tmp_path / "f").read_text() == then
    assert without(after, "connection", "source", "triggers") == {"remotePath": f"{tmp_path}/f"}


def test_another_destination(plugin: Plugin, machine: Sshd, tmp_path: Path) -> None:
    """The file is copied to the new path, and stays at the old one, also after a deletion."""
    inputs = {"connection": machine.connection(), "source": text_asset("x"), "remotePath": f"{tmp_path}/f"}
    state = plugin.create(COPY, inputs)[1]
    plugin.update(COPY, state, inputs | {"remotePath": f"{tmp_path}/g"})
    plugin.delete(COPY, state)
    assert ((tmp_path / "f").read_text(), (tmp_path / "g").read_text()) == ("x", "x")


def test_a_deletion_needs_nothing(plugin: Plugin) -> None:
    """Not even a state that could be read."""
    plugin.delete(COPY, {"connection": {"host": "nowhere.invalid"}})
