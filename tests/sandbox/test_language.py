"""The stand-in language host: what it answers the engine, and that it leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.protobuf import struct_pb2
from pulumi.runtime.proto import language_pb2, language_pb2_grpc

from sandbox.language import install, toolchain

if TYPE_CHECKING:
    from collections.abc import Iterator

VENV = Path(sys.prefix)


@pytest.fixture(scope="module")
def launcher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The executable that the engine starts."""
    return install.install(tmp_path_factory.mktemp("bin with spaces"))


@pytest.fixture
def process(launcher: Path) -> Iterator[subprocess.Popen[str]]:
    """A running language host."""
    command = [str(launcher), "127.0.0.1:1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as host:
        yield host
        host.kill()


@pytest.fixture
def host(process: subprocess.Popen[str]) -> Iterator[language_pb2_grpc.LanguageRuntimeStub]:
    """The way to ask it."""
    assert process.stdout is not None
    port = int(process.stdout.readline())
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield language_pb2_grpc.LanguageRuntimeStub(channel)


def info(root: Path, **options: str) -> language_pb2.ProgramInfo:
    """A project at `root`, with these runtime options in its Pulumi.yaml."""
    struct = struct_pb2.Struct()
    struct.update(options)
    return language_pb2.ProgramInfo(
        root_directory=str(root), program_directory=str(root), entry_point=".", options=struct
    )


def test_it_needs_the_protocol_only() -> None:
    """Starting must not load the whole SDK, which would double the time to the first answer."""
    code = (
        "import runpy, sys;"
        f"runpy.run_path({str(install.HOST)!r}, run_name='host');"
        "sys.exit('pulumi.resource' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-I", "-c", code], check=False).returncode == 0


def test_questions_about_the_project(host: Any) -> None:
    """Which Python, which packages, which providers: those of the named virtual environment."""
    project = info(VENV.parent, toolchain="pip", virtualenv=VENV.name)
    about = host.About(language_pb2.AboutRequest(info=project))
    assert about.version == sys.version.split()[0]
    assert Path(about.executable) == VENV / "bin" / "python"

    asked = language_pb2.GetProgramDependenciesRequest(info=project, transitiveDependencies=True)
    names = {package.name for package in host.GetProgramDependencies(asked).dependencies}
    assert {"pulumi", "grpcio"} <= names

    required = host.GetRequiredPackages(language_pb2.GetRequiredPackagesRequest(info=project))
    (command,) = [package for package in required.packages if package.name == "command"]
    assert command.kind == "resource"
    assert command.version.startswith("v1.")


def test_what_it_does_not_know_is_said(host: Any, tmp_path: Path) -> None:
    """An unknown toolchain and a missing environment come back as messages, not as tracebacks."""
    with pytest.raises(grpc.RpcError) as caught:
        host.About(language_pb2.AboutRequest(info=info(tmp_path, toolchain="poetry")))
    assert "knows the toolchain pip only, not poetry" in str(caught.value.details())

    request = language_pb2.RunRequest(info=info(tmp_path, virtualenv=".venv"))
    answer = host.Run(request)
    assert f"{tmp_path}/.venv" in answer.error
    assert "pulumi install" in answer.error


def test_installing_makes_the_environment(host: Any, tmp_path: Path) -> None:
    """`pulumi install` makes the virtual environment, and shows what pip says."""
    (tmp_path / "requirements.txt").write_text("--no-index\npulumi-nowhere\n")
    request = language_pb2.InstallDependenciesRequest(info=info(tmp_path, virtualenv=".venv"))
    answers = host.InstallDependencies(request)
    said = b""
    with pytest.raises(grpc.RpcError) as caught:  # noqa: PT012  a stream fails where it is read
        for answer in answers:
            said += answer.stdout
    assert b"No matching distribution found for pulumi-nowhere" in said
    assert "requirements.txt failed with exit code 1" in str(caught.value.details())
    assert (tmp_path / ".venv" / "bin" / "python").exists()

    (tmp_path / "requirements.txt").write_text("# nothing\n")
    for _ in host.InstallDependencies(request):
        pass  # raises when it fails


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_quietly(process: subprocess.Popen[str], number: signal.Signals) -> None:
    """The engine ends its plugins by SIGINT: exit code 0, nothing printed."""
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(number)
    assert process.wait(timeout=5) == 0
    assert process.stdout.read() == ""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site-packages folder with packages of every kind."""

    def package(name: str, version: str, plugin: dict[str, Any] | None) -> None:
        folder = name.replace("-", "_")
        (tmp_path / f"{folder}-{version}.dist-info").mkdir()
        metadata = tmp_path / f"{folder}-{version}.dist-info" / "METADATA"
        metadata.write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (tmp_path / folder).mkdir()
        if plugin is not None:
            (tmp_path / folder / "pulumi-plugin.json").write_text(json.dumps(plugin))

    package("flask", "3.1.0", None)
    package("pulumi", "3.272.0", None)
    package("pulumi-policy", "1.20.0", None)
    package("pulumi-old", "2.3.4", None)
    package("pulumi-alpha", "2.3.4a5", None)
    package("pulumi-lib", "1.0.0", {"resource": False})
    package("pulumi_command", "1.2.1", {"resource": True, "name": "command", "version": "1.2.1"})
    package("pulumiverse_heroku", "1.0.3", {"resource": True, "name": "heroku", "server": "github"})
    return tmp_path


def test_required_packages(site: Path) -> None:
    """The rules of the official host: pulumi-plugin.json first, then the name and version."""
    assert toolchain.required_packages([site]) == [
        {"name": "command", "kind": "resource", "version": "v1.2.1"},
        {"name": "heroku", "kind": "resource", "version": "v1.0.3", "server": "github"},
        {"name": "old", "kind": "resource", "version": "v2.3.4"},
    ]


def test_the_programs_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program runs as in an activated virtual environment."""
    monkeypatch.setenv("PYTHONHOME", "/theirs")
    monkeypatch.setenv("PATH", "/usr/bin")
    env = toolchain.Python(virtualenv=VENV, executable="x").environment()
    assert env["PATH"] == f"{VENV}/bin{os.pathsep}/usr/bin"
    assert env["VIRTUAL_ENV"] == str(VENV)
    assert "PYTHONHOME" not in env
