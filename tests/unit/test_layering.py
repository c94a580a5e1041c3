"""Who may know whom: the product no sandbox and no test, pure modules no Pulumi, a target its own SDK."""

from __future__ import annotations

import ast
import functools
import re
import sys
from pathlib import Path
from typing import Final

import pytest

from components.registry import TARGETS

ROOT: Final = Path(__file__).parent.parent.parent
MODULES: Final = sorted((ROOT / "components").rglob("*.py"))
# Outside of the standard library, who may import what. Everything else is pure Python.
ALLOWED: Final = {
    "pulumi": {
        *("settings", "cloud_account", "explained", "target"),
        *("machine.explain", "machine.farewell", "machine.machine", "machine.remote"),
        *("alibaba.parts", "alibaba.server", "deadline", "heroku.log", "platforms.left"),
        *(
            "platforms.last_words",
            "beanstalk.anew",
            "beanstalk.bucket",
            "beanstalk.log",
            "beanstalk.options",
            "beanstalk.parts",
            "beanstalk.region",
        ),
        *("beanstalk.held", "beanstalk.login", "beanstalk.roles", "beanstalk.vault"),
        *(
            f"appengine.{part}"
            for part in ("account", "build", "log", "parts", "project", "secrets", "serving")
        ),
        *("appengine.store", "targets.vm", "targets.ecs", "targets.heroku", "targets.beanstalk"),
        "targets.appengine",
    },
    "pulumi_command": {
        *("target", "machine.farewell", "machine.machine", "machine.remote", "platforms.left"),
    },
    "pulumi_alicloud": {"alibaba.choice", "alibaba.network", "alibaba.server"},
    "pulumi_tls": {"alibaba.server"},
    "pulumiverse_heroku": {"targets.heroku"},
    "pulumi_aws": {
        *("beanstalk.bucket", "beanstalk.options", "beanstalk.roles", "beanstalk.stack", "beanstalk.vault"),
        *("beanstalk.login", "beanstalk.version", "targets.beanstalk"),
    },
    "boto3": {"beanstalk.log"},
    "botocore": {"beanstalk.log"},
    "pulumi_random": {
        *("beanstalk.held", "beanstalk.vault", "beanstalk.version", "targets.heroku", "appengine.build"),
    },
    "pulumi_gcp": {
        f"appengine.{part}" for part in ("account", "build", "log", "project", "secrets", "serving", "store")
    },
    "pydantic": {
        *("settings", "faults", "notions", "ssh_keys", "login_key"),
        *("alibaba.section", "heroku.section", "beanstalk.section", "appengine.section", "targets.vm"),
    },
    "jinja2": {"render"},
    "pathspec": {"files.ignore"},
    "uv": {"requirements"},
    "yaml": {"machine.cloud_init", "beanstalk.source"},
}
# The parts of a target that are modules of their own; nobody else may import them.
PARTS: Final = {"alibaba": "ecs", "heroku": "heroku", "beanstalk": "beanstalk", "appengine": "appengine"}
# Where such a word stands for the machine's own address, not for a test's.
WORDS: Final = {
    ("assets/scripts/probe.py", "127.0.0.1"),  # REMOTE_ADDR of a request by unix socket
    ("assets/scripts/probe.py", "localhost"),  # the Host header, where there is no server name
    ("assets/scripts/switch.sh", "localhost"),  # the same
    ("assets/scripts/proxy.sh", "127.0.0.1"),  # the machine asks its own web server
    ("assets/scripts/proxy.sh", "localhost"),  # the Host header of that, where there is no server name
    ("assets/scripts/drift.sh", "127.0.0.1"),  # the machine asks its own web server
    ("assets/scripts/drift.sh", "localhost"),  # the Host header of that, where there is no server name
}


@functools.cache
def imported(path: Path) -> set[str]:
    """The modules that a file imports, in full; those for type checking too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return found


def name(path: Path) -> str:
    """A module's name below components."""
    return ".".join(path.relative_to(ROOT / "components").with_suffix("").parts)


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_the_product_knows_no_test(path: Path) -> None:
    """It is deployed without either."""
    assert not {module.partition(".")[0] for module in imported(path)} & {
        "sandbox",
        "tests",
        "unit",
        "pytest",
    }


def users(package: str) -> set[str]:
    """The modules that import something of a package."""
    return {
        name(path) for path in MODULES if package in {module.partition(".")[0] for module in imported(path)}
    }


def test_a_package_has_its_place() -> None:
    """All others are pure Python; and a place that is not used would let the next one in."""
    packages = {module.partition(".")[0] for path in MODULES for module in imported(path)}
    foreign = packages - sys.stdlib_module_names - {"components"}
    assert {package: users(package) for package in foreign} == ALLOWED


@pytest.mark.parametrize(("target", "sdk"), [(name, sdk) for name in TARGETS for sdk in TARGETS[name].sdks])
def test_a_target_s_sdk_is_its_own(target: str, sdk: str) -> None:
    """Only targets that need it import it, and their parts; pulumi-command is everyone's, for the probe."""
    if sdk == "pulumi_command":
        return
    owners = {name for name in TARGETS if sdk in TARGETS[name].sdks}
    assert target in owners
    parts = tuple(f"{package}." for package, owner in PARTS.items() if owner in owners)
    targets = {f"targets.{owner}" for owner in owners}
    assert [user for user in users(sdk) if user not in targets and not user.startswith(parts)] == []


@pytest.mark.parametrize("package", PARTS)
def test_a_target_s_parts_are_its_own(package: str) -> None:
    """Only the target imports them, and they each other: another stack has not got their SDK."""
    prefix = f"components.{package}"
    using = {
        name(path) for path in MODULES if any(f"{each}.".startswith(f"{prefix}.") for each in imported(path))
    }
    assert {user for user in using if not user.startswith(f"{package}.")} == {f"targets.{PARTS[package]}"}


@pytest.mark.parametrize("path", [path for path in MODULES if path.name == "__init__.py"], ids=name)
def test_packages_import_nothing(path: Path) -> None:
    """Otherwise one target's import would load them all."""
    assert imported(path) == set()


@pytest.mark.parametrize("path", [path for path in MODULES if not name(path).startswith("targets")], ids=name)
def test_nothing_imports_a_target(path: Path) -> None:
    """But the registry, by its name."""
    assert not [module for module in imported(path) if module.startswith("components.targets")]


def test_the_product_has_no_word_of_a_sandbox() -> None:
    """Nor of an emulator or of this computer: it does not know where it is tried."""
    files = [*MODULES, ROOT / "__main__.py"]
    files += [
        path
        for folder in ("scripts", "templates", "servers", "platforms")
        for path in (ROOT / "assets" / folder).iterdir()
    ]
    found = {
        (str(path.relative_to(ROOT)), word.lower())
        for path in files
        for word in re.findall(r"sandbox|emulat\w*|localhost|127\.0\.0\.1", path.read_text(), re.IGNORECASE)
    }
    assert found == WORDS
