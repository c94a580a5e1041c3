#!/usr/bin/env bash
# Start the platform on this machine's own address, which may be another one after a restart.
set -euo pipefail

main() {
  local address
  ip address replace 169.254.169.254/32 dev lo # the metadata server's
  address=$(ip -4 -o address show dev host0 scope global | awk '{ split($4, part, "/"); print part[1]; exit }')
  exec /usr/bin/python3 -m sandbox.plugins.gcp.guest.platform "$address"
}

main "$@"
exit
