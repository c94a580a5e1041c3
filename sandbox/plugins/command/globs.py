"""Which files of a directory the patterns of `assetPaths` and `archivePaths` name.

The rules are those of the resource's documentation: patterns in order, `!` takes away, only files,
`*` within a folder, `**` across folders; the rest is https://github.com/gobwas/glob.
"""

from __future__ import annotations

import hashlib
import os
import re
import tarfile
from pathlib import Path

from sandbox.plugins.calls import RefusedError
from sandbox.plugins.command.gotext import path_error
from sandbox.plugins.values import Asset

_TOKENS = re.compile(r"\*\*|\*|\?|\[!?[^\]]*\]|\\.|[{},]|[^*?\[{},\\]+", re.DOTALL)
_SIMPLE = {"**": ".*", "*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")"}


def pattern(glob: str) -> re.Pattern[str]:
    """The glob as a regular expression for a whole path."""
    depth, parts = 0, []
    tokens = _TOKENS.findall(glob)
    if "".join(tokens) != glob:
        raise RefusedError("unexpected end of input")
    for token in tokens:
        depth += {"{": 1, "}": -1}.get(token, 0)
        if token == "," and depth:  # noqa: S105 - a token of a pattern
            parts.append("|")
        elif token in _SIMPLE:
            parts.append(_SIMPLE[token])
        elif token.startswith("["):
            parts.append("[" + token[1:].replace("!", "^", 1) if token[1] == "!" else token)
        else:
            parts.append(re.escape(token.removeprefix("\\")))
    return re.compile("".join(parts), re.DOTALL)


def assets(folder: str, globs: list[str]) -> dict[str, Asset]:
    """The files by path, relative to the folder. Raises RefusedError for one that can't be read."""
    rules = [(pattern(g.removeprefix("!")), not g.startswith("!")) for g in globs]
    found = {}
    for path in _files(folder):
        keep = False
        for rule, adds in rules:
            if rule.fullmatch(path):
                keep = adds
        if keep:
            found[path] = _asset(os.path.normpath(f"{folder}/{path}"))
    return found


def _files(folder: str) -> list[str]:
    """Everything that is no directory, a link to one included."""
    names = []
    for parent, folders, files in os.walk(folder):
        links = [f for f in folders if (Path(parent) / f).is_symlink()]
        names += [os.path.relpath(f"{parent}/{name}", folder) for name in (*files, *links)]
    return sorted(names)


def _asset(path: str) -> Asset:
    if Path(path).is_dir():
        raise RefusedError(f"asset path '{path}' is a directory; try using an archive")
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise RefusedError(path_error("open", path, error)) from None
    return Asset("asset", hash=hashlib.sha256(content).hexdigest(), path=path)


def archive(files: dict[str, Asset]) -> Asset:
    """The files as one archive. Its hash is that of the plain tar that Pulumi makes of them."""
    data = b"".join(_entry(name, Path(asset.path)) for name, asset in sorted(files.items()))
    digest = hashlib.sha256(data + bytes(2 * tarfile.BLOCKSIZE)).hexdigest()
    return Asset("archive", hash=digest, assets=files)


def _entry(name: str, path: Path) -> bytes:
    """One file as Go's tar writer writes it: like Python's, but with device numbers."""
    content = path.read_bytes()
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), 0o600
    header = bytearray(info.tobuf(tarfile.USTAR_FORMAT))
    header[329:345] = b"0000000\0" * 2
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    blocks = -(-len(content) // tarfile.BLOCKSIZE)
    return bytes(header) + content.ljust(blocks * tarfile.BLOCKSIZE, b"\0")
