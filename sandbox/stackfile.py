"""The stack files (`Pulumi.<stack>.yaml`) of a scratch copy.

Such a file mixes what the user wrote (config) with what belongs to one backend and passphrase (the
salt, encrypted values). The copy takes the config from the checkout and has a salt of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from sandbox import files, say

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SALT = "encryptionsalt"
OF_A_BACKEND = (SALT, "encryptedkey", "secretsprovider")


def read(path: Path) -> dict[str, Any]:
    """The file's content; nothing when it does not exist."""
    if not path.is_file():
        return {}
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    return dict(content) if isinstance(content, dict) else {}


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Write it; an unchanged file is left alone."""
    files.write(path, yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=True))


def salts(copy: Path) -> dict[str, str]:
    """The salt in each stack file of the copy, by file name."""
    found = {path.name: read(path).get(SALT) for path in copy.glob("Pulumi.*.yaml")}
    return {name: salt for name, salt in found.items() if isinstance(salt, str)}


def adapt(copy: Path, kept: Mapping[str, str]) -> None:
    """Give freshly copied stack files the salts that the copy had before.

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
        salt = {SALT: kept[name]} if name in kept else {}
        if salt or left_out or ours != content:
            write(copy / name, salt | ours)


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
