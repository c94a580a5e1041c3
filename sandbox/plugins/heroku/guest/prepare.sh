#!/usr/bin/env bash
# Make this machine the platform of one app: the user that dynos run as, the folders, the units.
# The files of this folder are in /usr/lib/heroku already. May run again, and be cut off; what takes time,
# the router's installation, goes on in the background (heroku-router.service).
set -euo pipefail

here=/usr/lib/heroku/sandbox/plugins/heroku/guest

main() {
  if ! getent passwd dyno >/dev/null; then
    useradd --uid 20001 --user-group --home-dir /app --no-create-home --shell /bin/bash dyno
  fi
  mkdir -p /var/lib/heroku/{stacks,slugs,work,cache,dynos} /etc/nginx
  touch /var/log/heroku.log
  # Before its package comes: so it never serves Debian's welcome page.
  cp "$here/router.conf" /etc/nginx/nginx.conf
  cp "$here"/*.service /etc/systemd/system/
  systemctl daemon-reload
  systemctl stop heroku-router.service
  systemctl enable --quiet heroku-dynos.service
  systemctl restart heroku-dynos.service
  systemctl start --no-block heroku-router.service
}

main "$@"
exit
