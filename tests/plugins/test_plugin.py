"""The plugin as a process: start, end, settings, cancel."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2

from .harness import Failed, Plugin
from .sshd import free_port
from .wire import LOCAL, REMOTE, Props, urn

if TYPE_CHECKING:
    from .sshd import Sshd

PROVIDER = "pulumi:providers:command"


def test_the_version(plugin: Plugin) -> None:
    """The engine takes the plugin for the official 1.2.1."""
    assert plugin.other("GetPluginInfo").version == "1.2.1"


def test_the_providers_settings(plugin: Plugin) -> None:
    """Anything is accepted, and the library's version recorded beside it."""
    news: Props = {"version": "1.2.1", "foo": "x"}
    request = provider_pb2.CheckRequest(
        urn=urn(PROVIDER), news=json_format.ParseDict(news, struct_pb2.Struct())
    )
    reply = plugin.other("CheckConfig", request)
    assert dict(reply.inputs) == news | {"__pulumi-go-provider-version": "1.2.0"}
    assert list(reply.failures) == []


def test_what_is_understood(plugin: Plugin) -> None:
    """Secrets, outputs, resources and previews."""
    reply = plugin.other("Configure", provider_pb2.ConfigureRequest())
    assert (reply.acceptSecrets, reply.acceptOutputs, reply.acceptResources, reply.supportsPreview) == (
        True,
    ) * 4


@pytest.mark.parametrize(
    ("method", "request_"),
    [
        ("DiffConfig", provider_pb2.DiffRequest(urn=urn(PROVIDER))),
        ("Handshake", provider_pb2.ProviderHandshakeRequest()),
        ("GetMapping", provider_pb2.GetMappingRequest(key="terraform")),
    ],
)
def test_what_is_left_to_the_engine(plugin: Plugin, method: str, request_: object) -> None:
    """These are not implemented, which the engine has an answer for."""
    with pytest.raises(Failed) as caught:
        plugin.other(method, request_)
    assert caught.value.code == "UNIMPLEMENTED"


def test_attach(own_plugin: Plugin, plugin: Plugin) -> None:
    """An engine that did not start the plugin is told from then on."""
    own_plugin.other("Attach", plugin_pb2.PluginAttach(address=plugin.engine_address))
    own_plugin.create(LOCAL, {"create": "echo a"})
    assert (plugin.engine.said(), own_plugin.engine.said()) == (["a"], [])


def test_a_refresh_sees_what_is_recorded(plugin: Plugin) -> None:
    """Nothing is looked up."""
    state = json_format.ParseDict({"create": "x", "stdout": "o", "stderr": ""}, struct_pb2.Struct())
    inputs = json_format.ParseDict({"create": "x"}, struct_pb2.Struct())
    request = provider_pb2.ReadRequest(id="i", urn=urn(LOCAL), properties=state, inputs=inputs)
    reply = plugin.other("Read", request)
    assert (reply.id, reply.properties, reply.inputs) == ("i", state, inputs)


def test_cancel(own_plugin: Plugin, machine: Sshd) -> None:
    """Attempts to connect end at once, as do commands here; one on a machine runs to its end."""
    outcomes: dict[str, object] = {}

    def run(what: str, kind: str, given: Props) -> None:
        try:
            outcomes[what] = own_plugin.create(kind, given)[1]["stdout"]
        except Failed as failed:
            outcomes[what] = failed

    dead = machine.connection(port=free_port(), dialErrorLimit=-1)
    runs = [
        ("dial", REMOTE, {"connection": dead, "create": "true"}),
        ("here", LOCAL, {"create": "exec sleep 9"}),
        ("there", REMOTE, {"connection": machine.connection(), "create": "sleep 2; echo done"}),
    ]
    threads = [threading.Thread(target=run, args=args) for args in runs]
    for thread in threads:
        thread.start()
    time.sleep(1)
    own_plugin.other("Cancel")
    for thread in threads:
        thread.join()
    assert outcomes == {
        "dial": Failed("CANCELLED", "context canceled"),
        "here": Failed("UNKNOWN", 'signal: killed: running "exec sleep 9":\n'),
        "there": "done",
    }
    run("later", LOCAL, {"create": "true"})
    assert outcomes["later"] == Failed("CANCELLED", 'context canceled: running "true":\n')
