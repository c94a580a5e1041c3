#!/usr/bin/env bash
# One line for each file, package, account and unit file of a machine: what it is, whose, with what content.
# Left out are the units of logins, of which this one is one.
set -euo pipefail

files() {
  find /etc /srv /opt -printf '%p %y %m %u %g %l\n'
  find /etc /srv /opt -type f -exec sha256sum {} +
}

main() {
  files | sort
  dpkg-query -W -f '${Package} ${Version} ${db:Status-Abbrev}\n' | sort
  getent passwd
  getent group
  systemctl list-unit-files --no-legend --plain | grep -v '^session-' | sort
}

main "$@"
exit
