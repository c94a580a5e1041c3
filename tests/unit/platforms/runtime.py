"""Loads what runs beside an app on a platform, as Python does there."""

from __future__ import annotations

import importlib.util
from types import ModuleType
from typing import TYPE_CHECKING

from components import render

if TYPE_CHECKING:
    from pathlib import Path


def wrapper(folder: Path | None = None) -> ModuleType:
    """The wrapper as a module; with a folder, from the copy that lies there beside the app."""
    path = (folder or render.ASSETS / "platforms") / "flask_deploy.py"
    spec = importlib.util.spec_from_file_location("flask_deploy_tested", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert isinstance(module, ModuleType)
    return module
