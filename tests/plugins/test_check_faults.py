"""What a check refuses, and in which words. Expectations recorded from 1.2.1."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from .harness import Failed, Plugin
from .wire import (
    ARCHIVE,
    COPY,
    COPY_TO,
    HOST,
    IN_MEMORY,
    LOCAL,
    REMOTE,
    REMOTE_ASSET,
    SIG,
    UNKNOWN,
    Props,
    secret,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


class Bad(NamedTuple):
    """Inputs that don't, and what is said of each property."""

    what: str
    kind: str
    given: Props
    said: Sequence[tuple[str, str]]


MISSING_HOST = (
    "An error occurred decoding 'CommandInputs.connection': 1 failures decoding:\n"
    "\thost: Missing required field 'host' on 'remote.Connection'"
)
BAD = [
    Bad("no connection", REMOTE, {},
        [("connection", "Missing required field 'connection' on 'remote.CommandInputs'")]),
    Bad("a connection of null", REMOTE, {"connection": None},
        [("connection", "Missing required field 'connection' on 'remote.CommandInputs'")]),
    Bad("an empty connection", REMOTE, {"connection": {}}, [("connection", MISSING_HOST)]),
    Bad("an empty proxy", REMOTE, {"connection": HOST | {"proxy": {}}},
        [("connection",
          ("An error occurred decoding 'CommandInputs.connection': 1 failures decoding:\n"
          "\tproxy: An error occurred decoding 'Connection.proxy': 1 failures decoding:\n"
          "\thost: Missing required field 'host' on 'remote.ProxyConnection'"))]),
    Bad("a misspelt property", REMOTE, {"connection": HOST, "creates": "x"},
        [("creates", "Unrecognized field 'creates' on 'remote.CommandInputs'")]),
    Bad("a misspelt property of the connection", REMOTE, {"connection": HOST | {"privatekey": "K"}},
        [("connection",
          ("An error occurred decoding 'CommandInputs.connection': 1 failures decoding:\n"
          "\tprivatekey: Unrecognized field 'privatekey' on 'remote.Connection'"))]),
    Bad("a text as connection", REMOTE, {"connection": "root@h"},
        [("connection",
          ("Field 'connection' on 'remote.CommandInputs' must be a 'remote.Connection'; "
           "got 'string' instead"))]),
    Bad("wrong types", REMOTE,
        {"connection": {"host": 5, "port": "22"}, "create": True, "stdin": ["a"], "update": {"a": 1},
         "environment": {"A": 1}, "addPreviousOutputInEnv": "yes", "triggers": "x", "logging": 3},
        [("addPreviousOutputInEnv",
          "Field 'addPreviousOutputInEnv' on 'remote.CommandInputs' must be a 'bool'; got 'string' instead"),
         ("connection",
          ("An error occurred decoding 'CommandInputs.connection': 2 failures decoding:\n"
          "\thost: Field 'host' on 'remote.Connection' must be a 'string'; got 'float64' instead\n"
          "\tport: Field 'port' on 'remote.Connection' must be a 'float64'; got 'string' instead")),
         ("create", "Field 'create' on 'remote.CommandInputs' must be a 'string'; got 'bool' instead"),
         ("environment[A] value",
          "Field 'environment[A] value' on 'remote.CommandInputs' must be a 'string'; got 'float64' instead"),
         ("logging",
          "Field 'logging' on 'remote.CommandInputs' must be a 'remote.Logging'; got 'float64' instead"),
         ("stdin",
          "Field 'stdin' on 'remote.CommandInputs' must be a 'string'; got '[]interface {}' instead"),
         ("triggers",
          "Field 'triggers' on 'remote.CommandInputs' must be a '[]interface {}'; got 'string' instead"),
         ("update",
          ("An error occurred decoding 'CommandInputs.update': Cannot decode Object{} to type string; "
          "it isn't a struct, and no custom decoder exists"))]),
    Bad("wrong types of a local command", LOCAL, {"interpreter": "bash", "x": 1},
        [("interpreter",
          "Field 'interpreter' on 'local.CommandInputs' must be a '[]string'; got 'string' instead"),
         ("x", "Unrecognized field 'x' on 'local.CommandInputs'")]),
    Bad("nothing to copy and nowhere", COPY, {"connection": HOST},
        [("asset", "either asset or archive must be set"),
         ("remotePath", "Missing required field 'remotePath' on 'remote.CopyToRemoteInputs'"),
         ("source", "Missing required field 'source' on 'remote.CopyToRemoteInputs'")]),
    Bad("a source that is not known yet", COPY, {**COPY_TO, "source": UNKNOWN},
        [("asset", "either asset or archive must be set")]),
    Bad("a plain path as source", COPY, {**COPY_TO, "source": "/a"},
        [("asset", "either asset or archive must be set")]),
    Bad("an archive made of assets", COPY, {**COPY_TO, "source": IN_MEMORY},
        [("archive", "archive must be a path to a file or directory")]),
    Bad("a remote asset", COPY, {**COPY_TO, "source": REMOTE_ASSET},
        [("asset", "asset must be a path-based file asset or a text asset")]),
    Bad("a remote archive", COPY, {**COPY_TO, "source": {SIG: ARCHIVE, "uri": "http://e/x", "hash": "h"}},
        [("archive", "archive must be a path to a file or directory")]),
]  # fmt: skip


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.what)
def test_refuses(plugin: Plugin, case: Bad) -> None:
    """Each fault is named in the official words."""
    assert plugin.check(case.kind, case.given)[1] == list(case.said)


def test_a_faulty_connection_stays_secret(plugin: Plugin) -> None:
    """The inputs of a failed check are shown to the user: the connection in them must be secret."""
    inputs, _ = plugin.check(REMOTE, {"connection": {"host": "h", "privatekey": "K"}})
    assert inputs == {"connection": secret({"host": "h", "privatekey": "K"})}


def test_an_unknown_type_is_an_error(plugin: Plugin) -> None:
    """A resource that the provider does not have is refused by name."""
    with pytest.raises(Failed) as caught:
        plugin.check("command:remote:Nope", {})
    assert caught.value == Failed("NOT_FOUND", "Resource 'remote:Nope' not found")
