"""The app's environment variables: as systemd reads them from a file, and the digest of the secret ones."""

import hashlib
import hmac
from collections.abc import Mapping

from components.settings import Settings


def environment_file(environment: Mapping[str, str]) -> str:
    r"""Return a systemd EnvironmentFile in which every value arrives byte for byte.

    Inside double quotes systemd takes a backslash before `"`, `\`, `$` and a backtick away, and
    keeps new lines (systemd.exec(5), EnvironmentFile).
    """
    lines = []
    for name, value in sorted(environment.items()):
        escaped = "".join("\\" + character if character in '"\\$`' else character for character in value)
        unmarked = escaped.replace("\n@@ ", '\n""@@ ')  # no line may look like the plan's marker of a file
        lines.append(f'{name}="{unmarked}"\n')
    return "".join(lines)


def secrets_file(settings: Settings) -> str:
    """Return the secret environment variables as a systemd EnvironmentFile. The caller keeps it secret."""
    return environment_file({name: value.get_secret_value() for name, value in settings.secrets.items()})


def secrets_digest(settings: Settings) -> str:
    """Return a digest of the secrets that tells nothing about them, or '' when there are none.

    It names a file and is part of a release's id, both of which anyone may see, and a password may
    be short. So it is slow to guess (scrypt, about 50 ms) and differs between stacks and apps.
    """
    if not settings.secrets:
        return ""
    salt = f"{settings.owner}/{settings.app.name}".encode()
    key = hashlib.scrypt(secrets_file(settings).encode(), salt=salt, n=2**14, r=8, p=1, dklen=32)
    return hmac.new(key, b"flask-deploy secrets", hashlib.sha256).hexdigest()[:12]
