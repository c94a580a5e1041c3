"""Which addresses a machine can install packages from."""

from __future__ import annotations

from urllib.parse import urlsplit

from components.errors import fault, shown


def check_index(value: str, where: str) -> None:
    """Check the address of a package index or of a page of links."""
    if "://" not in value:
        raise fault(f"{where}: {shown(value)} should be an address that machines reach, https://…")
    check(value, where)


def check(url: str, where: str) -> None:
    """Refuse what only this computer, or only this user, can reach. `where` begins the fault."""
    parts = urlsplit(url)
    if "+" in parts.scheme:
        raise fault(
            f"{where}: installing from a repository needs {parts.scheme.partition('+')[0]} and its "
            "credentials on every machine; require a released version, or an archive of the "
            "commit (name @ https://…/<commit>.tar.gz)"
        )
    if parts.scheme == "file":
        raise fault(
            f"{where}: file:// is on this computer only; name a version, or make the list with "
            "'pip list --format=freeze' instead of 'pip freeze'"
        )
    if parts.username is not None or parts.password is not None:
        raise fault(
            f"{where}: the address holds a user name or password, which would end up in the bundle "
            "and in logs; take it out and set PIP_INDEX_URL on the machine"
        )
