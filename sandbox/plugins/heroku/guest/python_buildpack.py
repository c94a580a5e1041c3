"""The Python buildpack: what heroku-buildpack-python v351 does in bin/compile, with a Debian's Python.

Differences to the real one are listed in the README beside the plugin.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sandbox.plugins.heroku.guest import cache, detect, profile, python_version, texts, version_texts
from sandbox.plugins.heroku.guest.output import BuildError, indent, message, step

if TYPE_CHECKING:
    from sandbox.plugins.heroku.guest.python_version import Requested
    from sandbox.plugins.heroku.guest.workshop import Workshop

PIP: Final = "26.2.1"
UV: Final = "0.12.5"
SETUPTOOLS: Final = "70.3.0"
_WITH_SETUPTOOLS: Final = ("3.10", "3.11", "3.12")
_PYTHON: Final = "/app/.heroku/python"
# The pip that Debian has for virtual environments; Heroku's Python has one inside as well.
_BUNDLED: Final = 'python "$(echo /usr/share/python-wheels/pip-*.whl)/pip"'
_WHERE: Final = re.compile(r" in (?:/app|\.)/\.heroku/python/lib/python[0-9.]+/site-packages")


def compile_source(shop: Workshop) -> str:
    """Build the source in place; the major version of its Python. Raises BuildError."""
    source = shop.source
    _hook(shop, "pre_compile")
    detect.refuse_python_folder(source)
    manager = detect.package_manager(source)
    detect.refuse_virtual_environment(source)
    found = python_version.requested(source, cache.cached_python(shop.cache))
    _announce(found)
    if manager == "uv":
        _require_version_file(found)
    python_version.warn(found)
    if manager not in {"pip", "uv"}:
        raise BuildError(texts.NOT_IN_THE_SANDBOX.format(manager=manager))
    key = cache.Key.of(
        source,
        stack=f"{shop.stack}/{shop.suite}",
        python=found.full,
        package_manager=manager,
        tool=PIP if manager == "pip" else UV,
    )
    cached = cache.restore(shop.cache, source, key)
    _install_python(shop, found, cached=cached)
    if manager == "pip":
        _pip(shop, found)
    else:
        _uv(shop)
    profile.write(source)
    _hook(shop, "post_compile")
    cache.save(shop.cache, source, key)
    if manager != "uv":
        message("notice", texts.NOTE_UV)
    return found.major


def _announce(found: Requested) -> None:
    said = {
        "default": f"No Python version was specified. Using the buildpack default: Python {found.version}",
        "cached": "No Python version was specified. "
        f"Using the same major version as the last build: Python {found.version}",
    }
    step(said.get(found.origin, f"Using Python {found.version} specified in {found.origin}"))


def _require_version_file(found: Requested) -> None:
    if found.origin in {"default", "cached"}:
        raise BuildError(version_texts.UV_WITHOUT_VERSION)
    if found.origin == "runtime.txt":
        raise BuildError(version_texts.UV_WITH_RUNTIME)


def _install_python(shop: Workshop, found: Requested, *, cached: bool) -> None:
    """A virtual environment of the stack's own Python takes the place of Heroku's installation."""
    step(f"{'Using cached install of' if cached else 'Installing'} Python {found.full}")
    version = shop.answer("/usr/bin/python3 -c 'import platform; print(platform.python_version())'")
    indent(f"Sandbox: the Python of Debian {shop.suite}, {version}, stands in for it")
    (shop.source / ".heroku").mkdir(exist_ok=True)
    shop.give(shop.source / ".heroku")
    make = f"mkdir .heroku/python && /usr/bin/python3 -m venv --without-pip {_PYTHON}"
    if not cached and not shop.run(make):
        raise BuildError("Error: Unable to download/install Python.")


def _pip(shop: Workshop, found: Requested) -> None:
    """Install pip by the pip that Debian ships for virtual environments, then what is required."""
    wanted, shown = [f"pip=={PIP}"], f"pip {PIP}"
    if found.major in _WITH_SETUPTOOLS:
        wanted.append(f"setuptools=={SETUPTOOLS}")
        shown += f" and setuptools {SETUPTOOLS}"
    step(f"Installing {shown}")
    if not shop.run(f"{_BUNDLED} install --no-cache-dir --no-input --quiet {' '.join(wanted)}"):
        raise BuildError(texts.TOOL_FAILED.format(tool="pip"))
    step("Installing dependencies using 'pip install -r requirements.txt'")
    extra = ""
    if "PIP_EXTRA_INDEX_URL" in shop.config_vars:
        extra = "export PIP_EXTRA_INDEX_URL; "
    options = f"--exists-action=w --no-cache-dir --no-input --progress-bar off --src={_PYTHON}/src"
    installed = shop.run(
        f"{extra}pip install -r requirements.txt {options}",
        config_vars=bool(extra),
        edit=lambda line: _WHERE.sub("", line),
    )
    if not installed:
        raise BuildError(texts.INSTALL_FAILED.format(manager="pip"))


def _uv(shop: Workshop) -> None:
    """Install uv from the package index, which Heroku takes from its publisher, then sync."""
    folder = f"uv-{UV}"
    cached = (shop.cache / folder / "bin/uv").is_file()
    step(f"{'Using cached' if cached else 'Installing'} uv {UV}")
    target = f"--target /cache/{folder}"
    if not cached and not shop.run(f"{_BUNDLED} install --no-cache-dir --quiet {target} uv=={UV}"):
        raise BuildError(texts.TOOL_FAILED.format(tool="uv"))
    step("Installing dependencies using 'uv sync --locked --no-default-groups'")
    # UV_PYTHON: the stack's own, whatever .python-version says, since it stands in for all versions.
    own = f"UV_PROJECT_ENVIRONMENT={_PYTHON} UV_PYTHON={_PYTHON}/bin/python UV_PYTHON_DOWNLOADS=never"
    own += " UV_NO_CACHE=1 UV_LINK_MODE=copy"
    command = f"{own} /cache/{folder}/bin/uv sync --locked --no-default-groups"
    if not shop.run(f"{command} --color always --compile-bytecode --no-progress"):
        raise BuildError(texts.INSTALL_FAILED.format(manager="uv"))


def _hook(shop: Workshop, name: str) -> None:
    """Run bin/pre_compile or bin/post_compile, made executable, with the config vars."""
    script = shop.source / "bin" / name
    if not script.is_file():
        return
    step(f"Running bin/{name} hook")
    script.chmod(script.stat().st_mode | 0o111)
    if not shop.run(f"bin/{name}", config_vars=True):
        raise BuildError(texts.HOOK_FAILED.format(script=f"bin/{name}"))
