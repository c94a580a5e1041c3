#!/usr/bin/env bash
# Wait, for 20 seconds at most, until the sample app answers through the web server of this machine.
set -euo pipefail

main() {
  for _ in {1..100}; do
    if curl -sf -o /dev/null http://127.0.0.1/healthz; then return 0; fi
    sleep 0.2
  done
  echo "still not healthy" >&2
  return 1
}

main "$@"
exit
