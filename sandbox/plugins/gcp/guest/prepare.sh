#!/usr/bin/env bash
# Make this machine an app's platform: names, authority, folders, the unit. The files of this folder are in
# /usr/lib/appengine already, certificates in /var/lib/appengine/tls. May run again, and be cut off.
set -euo pipefail

here=/usr/lib/appengine/sandbox/plugins/gcp/guest
home=/var/lib/appengine

main() {
  mkdir -p "$home"/{images,layers,tls} /var/log/appengine
  chmod 0711 "$home"
  if ! getent passwd gae-builder >/dev/null; then
    useradd --uid 29999 --user-group --home-dir /tmp --no-create-home --shell /bin/bash gae-builder
  fi
  if ! grep -q metadata.google.internal /etc/hosts; then
    printf '%s\n' '169.254.169.254 metadata.google.internal metadata' \
      '127.0.0.2 secretmanager.googleapis.com' >>/etc/hosts
  fi
  cp "$home/tls/authority.pem" /usr/local/share/ca-certificates/sandbox-google.crt
  update-ca-certificates >/dev/null 2>&1
  cp "$here/appengine.service" /etc/systemd/system/
  systemctl daemon-reload
  systemctl enable --quiet appengine.service
  systemctl restart appengine.service
}

main "$@"
exit
