"""Names and trust of a rehearsal: `…r.appspot.com` is a machine here, and its certificate is good.

Both are variables of the engine's environment, so nothing of this computer changes: nss_wrapper, a library
made for tests, answers for the names in a file (https://cwrap.org/nss_wrapper.html), and OpenSSL takes its
authorities from another one.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sandbox import files
from sandbox.plugins.gcp import authority
from sandbox.say import SandboxError

if TYPE_CHECKING:
    from collections.abc import Mapping

_LIBRARY: Final = "libnss_wrapper.so"
_LIBRARIES: Final = Path("/usr/lib")


def variables(folder: Path) -> dict[str, str]:
    """The variables with which the account in `folder` is the cloud. SandboxError without nss_wrapper."""
    if not any(_LIBRARIES.glob(f"*/{_LIBRARY}")):
        raise SandboxError(
            f"{_LIBRARY} is missing; run: sandbox/setup.sh system, or apt-get install libnss-wrapper"
        )
    bundle = authority.ensure(folder)
    hosts = _hosts(folder)
    if not hosts.is_file():  # the library ends processes that don't find theirs
        files.write(hosts, "")
    return {"LD_PRELOAD": _LIBRARY, "NSS_WRAPPER_HOSTS": str(hosts), "SSL_CERT_FILE": str(bundle)}


def name(folder: Path, names: Mapping[str, str]) -> None:
    """Write down which name has which address."""
    files.write(_hosts(folder), "".join(f"{address} {name}\n" for name, address in sorted(names.items())))


def leave(folder: Path) -> None:
    """Make this process see names and authorities as they are: a plugin's machines are no rehearsal."""
    os.environ.pop("LD_PRELOAD", None)
    os.environ.pop("NSS_WRAPPER_HOSTS", None)
    if os.environ.get("SSL_CERT_FILE") == str(folder / "tls" / "bundle.pem"):
        del os.environ["SSL_CERT_FILE"]
        if given := authority.given(folder):
            os.environ["SSL_CERT_FILE"] = given


def _hosts(folder: Path) -> Path:
    return folder / "hosts"
