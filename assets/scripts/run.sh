#!/usr/bin/env bash
# Run a command as the app would: its user, its environment and secrets, its files.
#   sudo /srv/APP/run flask routes
#   sudo /srv/APP/run bash
set -euo pipefail
home=$(cd "$(dirname "$0")" && pwd)
app=$(basename "$home")
release=$(readlink -f "$home/current")
options=(--quiet --collect --wait --service-type=exec --uid="$app" --gid=www-data
  --working-directory="$release/app" -p UMask=0027 -p "StateDirectory=flask-deploy/$app/data" -p StateDirectoryMode=0750
  -p ProtectSystem=strict -p ProtectHome=yes -p PrivateTmp=yes -p NoNewPrivileges=yes)
while read -r property; do options+=(-p "$property"); done \
  < <(grep -E '^(EnvironmentFile|IPAddressDeny)=' "$release/app.service")
if [[ -t 0 && -t 1 ]]; then options+=(--pty); else options+=(--pipe); fi
# systemd looks a program up in its own PATH; the app's stands in its environment.
exec systemd-run "${options[@]}" -- /usr/bin/env -- "${@:-bash}"
