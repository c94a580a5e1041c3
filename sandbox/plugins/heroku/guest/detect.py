"""Whether a source is a Python app, and how its dependencies are installed.

heroku-buildpack-python v351: bin/detect, lib/package_manager.sh, lib/checks.sh.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sandbox.plugins.heroku.guest import texts
from sandbox.plugins.heroku.guest.output import BuildError

if TYPE_CHECKING:
    from pathlib import Path

# More than package manager files: their absence is then explained by the build itself.
_PROJECT_FILES: Final = (
    ".python-version",
    "__init__.py",
    "app.py",
    "main.py",
    "manage.py",
    "pdm.lock",
    "Pipfile",
    "Pipfile.lock",
    "poetry.lock",
    "pyproject.toml",
    "requirements.txt",
    "runtime.txt",
    "server.py",
    "setup.cfg",
    "setup.py",
    "uv.lock",
    "requeriments.txt",  # codespell:ignore
    "requirement.txt",
    "requirements",
    "requirements.text",
    "Requirements.txt",
    "requirements.txt.txt",
    "requirments.txt",  # codespell:ignore
    "__pycache__",
    ".venv",
    "venv",
)
_MANAGERS: Final = {
    "Pipfile.lock": ("pipenv", "Pipfile.lock (Pipenv)"),
    "requirements.txt": ("pip", "requirements.txt (pip)"),
    "poetry.lock": ("poetry", "poetry.lock (Poetry)"),
    "uv.lock": ("uv", "uv.lock (uv)"),
}


def is_python(source: Path) -> bool:
    """Whether the buildpack takes the source."""
    return any((source / name).exists() for name in _PROJECT_FILES)


def listing(folder: Path) -> str:
    """The folder's content as `ls -1A --indicator-style=slash` shows it."""
    return "\n".join(sorted(f"{path.name}{'/' if path.is_dir() else ''}" for path in folder.iterdir()))


def package_manager(source: Path) -> str:
    """The package manager: `pip`, `uv`, `pipenv` or `poetry`. Raises BuildError for none and for several."""
    files = [name for name in _MANAGERS if (source / name).is_file()]
    if "Pipfile.lock" not in files and (source / "Pipfile").is_file():
        raise BuildError(texts.PIPFILE_ALONE)
    if not files and (source / "setup.py").is_file():
        raise BuildError(texts.SETUP_PY_ALONE)
    if not files:
        raise BuildError(texts.NO_PACKAGE_MANAGER.format(listing=listing(source)))
    if len(files) > 1:
        found = "\n".join(_MANAGERS[name][1] for name in files)
        raise BuildError(texts.SEVERAL_PACKAGE_MANAGERS.format(found=found))
    return _MANAGERS[files[0]][0]


def refuse_python_folder(source: Path) -> None:
    """Refuse a source that brings what the build makes."""
    if (source / ".heroku/python").exists():
        raise BuildError(texts.PYTHON_FOLDER)


def refuse_virtual_environment(source: Path) -> None:
    """Refuse a source that brings a virtual environment."""
    for folder in (".venv", "venv"):
        if (source / folder / "pyvenv.cfg").is_file():
            inside = (source / folder).glob("*")
            found = "\n".join(sorted(f"{path.relative_to(source)}" for path in inside))
            raise BuildError(texts.VIRTUAL_ENVIRONMENT.format(folder=folder, listing=found))
