"""The language host: runs Python programs for the engine, as the official Go one does.

It is started by the launcher that `install.py` writes, by a Python that has grpc and pulumi.
What it answers follows sdk/python/cmd/pulumi-language-python in
github.com/pulumi/pulumi; what no program of ours asks for (code generation, poetry and uv as
toolchains, debugging) is answered as unimplemented.
"""

# ruff: noqa: N802, D102  the methods are named and described by the protocol, language.proto

from __future__ import annotations

import importlib.util
import json
import os
import signal
import sys
import threading
import types
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc

if TYPE_CHECKING:
    from collections.abc import Iterator


def _without_its_init(package: str, folder: Path) -> None:
    """Make `package` importable without running its `__init__`.

    Only the generated protocol is needed; the SDK around it doubles the start-up time.
    """
    module = types.ModuleType(package)
    module.__path__ = [str(folder)]
    sys.modules[package] = module


_sdk = importlib.util.find_spec("pulumi")
if _sdk is None or _sdk.origin is None:
    sys.exit("pulumi-language-python: the Python that runs it lacks the package pulumi")
_without_its_init("pulumi", Path(_sdk.origin).parent)
_without_its_init("pulumi.runtime", Path(_sdk.origin).parent / "runtime")

from google.protobuf import empty_pb2, json_format  # noqa: E402
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2  # noqa: E402

sys.path.append(str(Path(__file__).parents[2]))  # -I leaves out even the script's own folder

from sandbox.language import toolchain  # noqa: E402
from sandbox.language.children import Children  # noqa: E402

PROGRAM = Path(__file__).with_name("program.py")
ERROR_ALREADY_SHOWN = 32  # the exit code of a program whose error the user has seen
ORPHAN_CHECK = 1.0  # seconds


@contextmanager
def _refusing(context: Any) -> Iterator[None]:
    """Answer a call with what is wrong instead of a traceback of ours."""
    try:
        yield
    except (toolchain.ToolchainError, OSError) as error:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """Answers the engine; one program at a time runs below it."""

    def __init__(self, engine: str) -> None:
        self.engine = engine
        self.children = Children()

    def Handshake(self, request: Any, _context: Any) -> language_pb2.LanguageHandshakeResponse:
        self.engine = request.engine_address or self.engine
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, _request: Any, _context: Any) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo()

    def GetRequiredPackages(self, request: Any, context: Any) -> language_pb2.GetRequiredPackagesResponse:
        with _refusing(context):
            python = toolchain.python_of(request.info)
            if not python.ready():  # as the official one does on the first `pulumi up`
                for line in python.install(request.info.program_directory, self.children):
                    print(line.decode(errors="replace"), end="", flush=True)
            packages = [
                json_format.ParseDict(package, plugin_pb2.PackageDependency())
                for package in toolchain.required_packages(python.site_packages())
            ]
        return language_pb2.GetRequiredPackagesResponse(packages=packages)

    def InstallDependencies(
        self, request: Any, context: Any
    ) -> Iterator[language_pb2.InstallDependenciesResponse]:
        with _refusing(context):
            python = toolchain.python_of(request.info)
            for line in python.install(request.info.program_directory, self.children):
                yield language_pb2.InstallDependenciesResponse(stdout=line)

    def About(self, request: Any, context: Any) -> language_pb2.AboutResponse:
        with _refusing(context):
            executable, version = toolchain.python_of(request.info).about()
        return language_pb2.AboutResponse(
            executable=executable, version=version, metadata={"toolchain": "pip"}
        )

    def GetProgramDependencies(
        self, request: Any, context: Any
    ) -> language_pb2.GetProgramDependenciesResponse:
        with _refusing(context):
            packages = toolchain.python_of(request.info).packages(transitive=request.transitiveDependencies)
        return language_pb2.GetProgramDependenciesResponse(
            dependencies=[language_pb2.DependencyInfo(**package) for package in packages]
        )

    def RuntimeOptionsPrompts(self, _request: Any, _context: Any) -> language_pb2.RuntimeOptionsResponse:
        return language_pb2.RuntimeOptionsResponse()

    def Run(self, request: Any, context: Any) -> language_pb2.RunResponse:
        with _refusing(context):
            python = toolchain.python_of(request.info)
        if not python.ready():
            return language_pb2.RunResponse(error=python.missing())
        # A secret travels as the official host sends it: in the environment, not in the arguments.
        config = {
            "PULUMI_CONFIG": json.dumps(dict(request.config)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
        }
        command = [python.executable, "-u", "-P", str(PROGRAM), *self._arguments(request)]
        with self.children.start(command, env=python.environment() | config) as child:
            context.add_callback(child.interrupt)  # the engine gave up waiting for the answer
            code = child.wait()
        if code == 0:
            return language_pb2.RunResponse()
        if code == ERROR_ALREADY_SHOWN:
            return language_pb2.RunResponse(bail=True)
        if code < 0:
            cause = f"program was ended by signal {signal.Signals(-code).name}"
            return language_pb2.RunResponse(error=cause)
        return language_pb2.RunResponse(error=f"program exited with non-zero exit code: {code}")

    def _arguments(self, request: Any) -> list[str]:
        named = {
            "monitor": request.monitor_address,
            "engine": self.engine,
            "project": request.project,
            "root-directory": request.info.root_directory,
            "stack": request.stack,
            "pwd": request.pwd,
            "dry-run": "true" if request.dryRun else "false",
            "parallel": str(request.parallel),
            "organization": request.organization,
        }
        flags = [f"--{name}={value}" for name, value in named.items() if value]
        return [*flags, "--", request.info.entry_point, *request.args]

    def Cancel(self, _request: Any, _context: Any) -> empty_pb2.Empty:
        self.children.interrupt()
        return empty_pb2.Empty()


def main() -> int:
    """Serve on a free port, say which, and end quietly when told to or when the engine is gone."""
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    host = LanguageHost(engine=sys.argv[-1] if len(sys.argv) > 1 else "")
    unlimited = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
    server = grpc.server(ThreadPoolExecutor(max_workers=8), options=unlimited)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    port = server.add_insecure_port("127.0.0.1:0")
    engine = os.getppid()
    server.start()
    print(port, flush=True)
    while not done.wait(ORPHAN_CHECK):
        if os.getppid() != engine:  # killed without a chance to tell us
            break
    host.children.end()
    server.stop(grace=None)
    sys.stdout.flush()
    # Handlers of a cancelled call may still be waiting; the interpreter would wait for them.
    os._exit(0)


if __name__ == "__main__":
    main()
