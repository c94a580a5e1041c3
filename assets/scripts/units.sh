# The systemd units of the app's releases: APP@RELEASE.service, and a socket where the server needs one.
unit_of() { echo "$APP@$1.service"; }
units_of() { # socket first, where there is one
  if [[ -e /etc/systemd/system/$APP@$1.socket ]]; then echo "$APP@$1.socket"; fi
  unit_of "$1"
}

# drop RELEASE: like forget, for one that never served: there is no request to wait for.
drop() {
  systemctl stop --no-block "$(unit_of "$1")" 2>/dev/null || true
  systemctl kill --signal=KILL "$(unit_of "$1")" 2>/dev/null || true
  forget "$1"
}

# forget RELEASE: its units stop and are gone; its directory stays, to go back to. systemd is not told to read its units
# anew, which takes it a tenth of a second or two in which requests wait for the processor. It does so for the next
# release; until then it remembers these, and their condition keeps them from being started.
forget() {
  # The names come from systemd's own rules: letters, digits, dashes.
  local name
  for name in "$APP@$1.socket" "$APP@$1.service" "$APP-command@$1.service"; do
    [[ -e /etc/systemd/system/$name ]] || continue
    systemctl stop "$name" 2>/dev/null || systemctl kill --signal=KILL "$name" || true
    systemctl disable --no-reload --quiet "$name"
    systemctl reset-failed --quiet "$name" 2>/dev/null || true
    systemctl revert --no-reload --quiet "$name"
    rm -f "/etc/systemd/system/$name"
  done
}

releases_with_units() {
  find /etc/systemd/system -maxdepth 1 -name "$APP@*.service" -printf '%f\n' | sed "s/^$APP@//; s/\.service$//"
}
