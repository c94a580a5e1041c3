"""Files that a bundle refuses: keys, passwords, and pointers that only stand for a file."""

from __future__ import annotations

import re
from typing import Final

SEARCHED: Final = 64 * 1024  # bytes at the start of a file; keys are smaller

_REMEDY: Final = "add it to .deployignore or remove it, and give the value as a secret"
_HARMLESS_ENV: Final = frozenset({".env.example", ".env.sample", ".env.template"})
_FOLDERS: Final = frozenset({".aws", ".ssh", ".gnupg", ".kube"})
_FILES: Final = frozenset({".netrc", ".pypirc", ".pgpass", ".git-credentials"})
# RFC 7468 section 3: the header stands at the start of a line (YAML indents it). Source that
# only mentions it has a quote or code before it.
_KEY: Final = re.compile(rb"^[ \t]*-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----", re.MULTILINE)
# The JSON of a Google Cloud service account.
_SERVICE_ACCOUNT: Final = re.compile(rb'"private_key"\s*:\s*"-----BEGIN')
# https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
_LFS: Final = b"version https://git-lfs.github.com/spec/v1\n"


def fault_of_name(name: str, *, is_folder: bool) -> str | None:
    """What is wrong with shipping a file or folder of this name (its last part); None: nothing."""
    name = name.lower()
    if is_folder:
        return f"a folder for credentials; {_REMEDY}" if name in _FOLDERS else None
    if name in _FILES:
        return f"a file for credentials; {_REMEDY}"
    if (name == ".env" or name.startswith(".env.")) and name not in _HARMLESS_ENV:
        return f"a file for local settings and secrets; {_REMEDY} or under app/environment"
    return None


def fault_of_content(content: bytes) -> str | None:
    """What is wrong with shipping this content (the first SEARCHED bytes of a file); None: nothing."""
    if _KEY.search(content):
        return f"holds a private key; {_REMEDY}"
    if _SERVICE_ACCOUNT.search(content):
        return f"holds the key of a service account; {_REMEDY}"
    if content.startswith(_LFS):
        return "is a Git LFS pointer, not the file; run 'git lfs pull', or commit the file itself"
    return None
