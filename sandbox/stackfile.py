"""The stack files (`Pulumi.<stack>.yaml`) of a scratch copy.

Such a file mixes what the user wrote (config) with what belongs to one backend and passphrase (the
salt, encrypted values). The copy takes the config from the checkout and has a salt of its own.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import yaml

from sandbox import files, say
from sandbox.say import SandboxError

if TYPE_CHECKING:
    from collections.abc import Mapping

SALT = "encryptionsalt"
OF_A_BACKEND = (SALT, "encryptedkey", "secretsprovider")
APP = "flask-deploy:app"


def read(path: Path) -> dict[str, Any]:
    """The file's content; nothing when it does not exist. SandboxError for a mistake in it."""
    if not path.is_file():
        return {}
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, ValueError) as error:  # ValueError: no UTF-8, or a date that there is not
        raise _mistake(path, error) from None
    if not isinstance(content, dict) or not isinstance(content.get("config") or {}, dict):
        raise SandboxError(
            f"{path}: should be a map that has the stack's keys below 'config:', for example\n"
            f"  config:\n    flask-deploy:target: vm\n{_REMEDY}"
        )
    return content


_REMEDY = "Mend it and run the command again; nothing was changed."


def _mistake(path: Path, error: Exception) -> SandboxError:
    mark = getattr(error, "problem_mark", None)
    line = f", line {mark.line + 1}" if mark else ""
    what = getattr(error, "problem", None) or str(error).splitlines()[0]
    return SandboxError(f"{path}{line}: is not valid YAML: {what}.\n{_REMEDY}")


def check(folder: Path) -> None:
    """SandboxError for the first stack file of a checkout that can't be read."""
    for path in sorted(folder.glob("Pulumi.*.yaml")):
        read(path)


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Write it; an unchanged file is left alone."""
    files.write(path, yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=True))


def salts(copy: Path) -> dict[str, str]:
    """The salt in each stack file of the copy, by file name."""
    found: dict[str, str] = {}
    for path in copy.glob("Pulumi.*.yaml"):
        with suppress(SandboxError):  # broken in an earlier run: the checkout's own takes its place
            salt = read(path).get(SALT)
            if isinstance(salt, str):
                found[path.name] = salt
    return found


def adapt(copy: Path, source: Path, kept: Mapping[str, str]) -> None:
    """Make freshly copied stack files the copy's own: with its salts, and with the app where it is.

    Without its salt, a secret that an earlier run had put into the stack's state stays readable
    (the state has the salt too), but pulumi makes another one and encrypts everything anew.
    """
    for name in {path.name for path in copy.glob("Pulumi.*.yaml")} | kept.keys():
        content = read(copy / name)
        ours = {key: value for key, value in content.items() if key not in OF_A_BACKEND}
        left_out = [key for key, value in dict(ours.get("config") or {}).items() if _is_secret(value)]
        for key in left_out:
            say.note(f"{name}: {key} is encrypted for your own stack; the sandbox runs without it")
            del ours["config"][key]
        moved = _find_app(ours.get("config") or {}, copy, source)
        salt = {SALT: kept[name]} if name in kept else {}
        if salt or left_out or moved or ours != content:
            write(copy / name, salt | ours)


def _find_app(config: dict[str, Any], copy: Path, source: Path) -> bool:
    """Point to an app that is not in the copy from where it was meant: the checkout."""
    app = config.get(APP)
    if not isinstance(app, dict):
        return False
    path = app.get("path")
    if not isinstance(path, str) or path.startswith("~"):  # no place: the program says why
        return False
    if ".." not in PurePosixPath(path).parts and (copy / path).is_dir():
        return False
    config[APP] = {**app, "path": str(source / path)}
    return True


def _is_secret(value: Any) -> bool:
    """Whether a config value is or contains an encrypted one."""
    if isinstance(value, dict):
        return set(value) == {"secure"} or any(map(_is_secret, value.values()))
    return isinstance(value, list) and any(map(_is_secret, value))


def merge(path: Path, values: Mapping[str, Any]) -> None:
    """Set config keys (`namespace:key`); a mapping is merged into the one that is there."""
    content = read(path)
    content["config"] = _merged(content.get("config") or {}, values)
    write(path, content)


def _merged(old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{key: _merged(old.get(key), value) for key, value in new.items()}}
    return new
