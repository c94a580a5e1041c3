"""A PostgreSQL on a machine of the sandbox, for the platforms whose disks don't last."""

import re
import secrets
import shlex
from urllib.parse import quote

from sandbox import files, machines
from sandbox.paths import SANDBOX

MACHINE = "database"


def ensure(name: str, machine_name: str = MACHINE) -> str:
    """Have a database of that name, with a user of its own; its URL. What is in it stays.

    Takes about half a minute the first time: PostgreSQL is installed.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,40}", name):
        raise ValueError(f"{name!r} is no name of a database: letters, digits and '_'")
    machine = machines.up(machine_name)
    secret = SANDBOX / "state" / f"{machine_name}-{name}.password"
    if not secret.is_file():
        files.write(secret, secrets.token_urlsafe(24), mode=0o600)
    password = secret.read_text(encoding="utf-8")
    machine.ssh(f"bash -s -- {shlex.quote(name)} {shlex.quote(machine.address)}", stdin=_SCRIPT + password)
    return f"postgresql://{name}:{quote(password)}@{machine.address}/{name}"


# The password is what stands behind the script in its input.
_SCRIPT = """\
main() {
  local name=$1 address=$2 password settings
  read -r password || true
  exec </dev/null
  if ! command -v pg_ctlcluster >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update >/dev/null
    apt-get -q -y --no-install-recommends install postgresql >/var/log/postgresql-install.log 2>&1
  fi
  settings=$(echo /etc/postgresql/*/main)
  if [ ! -e "$settings/conf.d/sandbox.conf" ]; then
    echo "host all all ${address%.*}.0/24 scram-sha-256" >>"$settings/pg_hba.conf"
    echo "listen_addresses = '*'" >"$settings/conf.d/sandbox.conf"
    systemctl restart postgresql
  fi
  until runuser -u postgres -- psql -qtc 'SELECT 1' >/dev/null 2>&1; do sleep 0.1; done
  if [ -z "$(runuser -u postgres -- psql -qtc "SELECT 1 FROM pg_roles WHERE rolname = '$name'")" ]; then
    runuser -u postgres -- createuser "$name"
  fi
  printf "ALTER ROLE %s PASSWORD '%s';\\n" "$name" "$password" | runuser -u postgres -- psql -q
  if [ -z "$(runuser -u postgres -- psql -qtc "SELECT 1 FROM pg_database WHERE datname = '$name'")" ]; then
    runuser -u postgres -- createdb --owner="$name" "$name"
  fi
}
set -euo pipefail
main "$@"; exit
"""
