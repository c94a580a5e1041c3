"""Pulumi's protocol messages, without the rest of the SDK.

`import pulumi` takes about a quarter of a second, and the engine starts a plugin for every preview.
The message modules need none of it, so they are imported through empty stand-ins of their parent
packages. The stand-ins are taken away again: a later `import pulumi` gets the real one, and finds
the same message classes.
"""

from __future__ import annotations

import importlib.util
import sys
import types
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi.runtime.proto import engine_pb2, plugin_pb2, provider_pb2, status_pb2

__all__ = ["engine_pb2", "plugin_pb2", "provider_pb2", "status_pb2"]

_PARENTS = ("pulumi", "pulumi.runtime", "pulumi.runtime.proto")


def _stand_in() -> list[str]:
    """Put empty packages in the place of those not imported yet; their names."""
    spec = importlib.util.find_spec("pulumi")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("the Pulumi SDK is not installed beside the plugin")
    root = spec.submodule_search_locations[0]
    missing = [name for name in _PARENTS if name not in sys.modules]
    for name in missing:
        module = types.ModuleType(name)
        module.__path__ = ["/".join([root, *name.split(".")[1:]])]
        sys.modules[name] = module
    return missing


if not TYPE_CHECKING:
    _stood_in = [] if "pulumi" in sys.modules else _stand_in()
    try:
        from pulumi.runtime.proto import engine_pb2, plugin_pb2, provider_pb2, status_pb2
    finally:
        for _name in _stood_in:
            del sys.modules[_name]
