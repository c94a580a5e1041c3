# The web server: its site is checked, tried and switched so that requests never meet a wrong one.
: "${PROXY:?}"

# Whose turn it was before: the web server of this machine's apps, ours if there was none.
former_proxy() { cat "$machine/proxy" 2>/dev/null || echo "$PROXY"; }

# The candidate's site file, checked in the place where it will be, seen by nobody but the check.
check_site() {
  local live=$home/current/site.conf
  if [[ -e $live && $(former_proxy) == "$PROXY" ]]; then
    # shellcheck disable=SC2016  # expanded inside, where the arguments are
    unshare --mount bash -euc 'mount --bind "$1" "$2"; if [[ $3 == apache ]]; then apache2ctl -t; else nginx -t -q; fi' \
      check "$generation/site.conf" "$live" "$PROXY" >"$work/check.log" 2>&1 || refuse_site
  fi
}

refuse_site() {
  cat "$work/check.log" >&2
  refuse "the $PROXY configuration is not valid; what it says stands above" "$(unit_of "$RELEASE")"
}

# Another web server than before is started aside first: the real configuration on the real port 80, but in a
# network of its own, where nobody but the probe can meet it.
try_aside() {
  local site=$work/aside.conf run='' answer
  [[ $(former_proxy) != "$PROXY" ]] || return 0
  sed "s|unix:$(entrance_of "$RELEASE")|unix:$generation/app.sock|" "$generation/site.conf" >"$site"
  if [[ $PROXY == apache ]]; then run=/run/apache2 && mkdir -p "$run"; fi
  export APACHE_STARTED_BY_SYSTEMD=true # else apache2ctl asks systemd to start it, outside
  # shellcheck disable=SC2016  # expanded inside, where the arguments are
  answer=$(unshare --mount --net bash -uc '
    ip link set lo up
    if [[ $3 ]]; then mount -t tmpfs tmpfs "$3"; fi
    mount -t tmpfs tmpfs "$2" && cp "$1" "$2/"
    if [[ $3 ]]; then start="apache2ctl start" stop="apache2ctl stop"; else start=nginx stop="nginx -s stop"; fi
    if ! said=$($start 2>&1); then echo "it does not start: $said"; exit 1; fi
    "${@:4}"; code=$?
    $stop >/dev/null 2>&1; exit $code' aside "$site" "$(sites_enabled "$PROXY")" "$run" \
    python3 "$generation/probe.py" 127.0.0.1:80 http "$HEALTH_PATH" "$HEALTH_ACCEPT" 15 "$RELEASE" \
    --patience 5 --host "${SERVER_NAME:-localhost}") ||
    refuse "tried aside, $PROXY does not serve it: $answer" "$(unit_of "$RELEASE")"
}

# The web server reads its configuration again only when it has not read this one yet: a reload closes idle connections.
# What it has read is kept beside the links, since a run may end between them and the reload.
switch_to_release() {
  local old=$1 link changed=
  if [[ $(serving) != "$old" ]]; then
    [[ $(serving) == "$RELEASE" ]] || drop "$RELEASE"
    die "another hand changed the serving release from '$old' to '$(serving)'" "run 'pulumi up' again"
  fi
  [[ ! ${mended:-} ]] && cmp -s "$home/loaded.conf" "$generation/site.conf" || changed=yes
  former=$(former_proxy)
  point_current "$RELEASE"
  link=$(site_link "$PROXY")
  if [[ $(readlink "$link") != "$home/current/site.conf" ]]; then
    place_site "$link"
    changed=yes
  fi
  if ! check_proxy "$PROXY" >"$work/check.log" 2>&1; then
    go_back "$old"
    refuse_site
  fi
  if ! serve "$changed"; then
    go_back "$old"
    refuse "$PROXY does not start" "$(proxy_unit "$PROXY").service"
  fi
  write_file "$home/loaded.conf" 0644 <"$generation/site.conf"
  printf '%s\n' "$PROXY" | write_file "$machine/proxy" 0644
}

# Only one site may come first. One that did before, under an older name of this app, is moved behind.
place_site() {
  local enabled other
  enabled=$(dirname "$1")
  rm -f "$enabled/"{,000-}"$APP.conf"
  if [[ $1 == */000-* ]]; then
    for other in "$enabled"/000-*.conf; do
      if [[ -L $other && $(readlink "$other") == /srv/*/current/site.conf ]]; then
        mv "$other" "$enabled/${other##*/000-}"
      fi
    done
  fi
  ln -s "$home/current/site.conf" "$1"
}

serve() { # serve CHANGED: the web server runs, at boot too, with the sites as they are now
  local unit
  unit=$(proxy_unit "$PROXY")
  # Masked by hand, or by a run that died while it installed the web server.
  if [[ $(systemctl is-enabled "$unit" 2>/dev/null) == masked* ]]; then
    systemctl unmask --quiet "$unit"
    systemctl unmask --quiet --runtime "$unit"
  fi
  if [[ $former != "$PROXY" ]]; then
    exchange "$(proxy_unit "$former")" "$unit" || return 1
    rm -f "$(sites_enabled "$former")/"{,000-}"$APP.conf"
  elif ! systemctl is-active --quiet "$unit"; then
    systemctl start "$unit" 2>/dev/null || return 1
  elif [[ $1 ]]; then
    reload_and_wait "$unit"
  fi
  systemctl is-enabled --quiet "$unit" || systemctl enable --quiet "$unit"
}

# One web server for another, which both want port 80. Between stop and start nobody answers, so systemd does it by
# itself: it goes on when this run is cut off. A reboot on the way finds both enabled, and either serves.
exchange() { # exchange FROM TO
  systemctl enable --quiet "$2"
  # shellcheck disable=SC2016  # expanded inside, where the arguments are
  systemd-run --quiet --collect --wait -- /bin/sh -c \
    'systemctl stop "$1"; systemctl start "$2" || { systemctl start "$1"; exit 1; }' exchange "$1" "$2" || return 1
  systemctl disable --quiet "$1"
}

# The workers with the old configuration finish their requests first: the old release has to be there for them.
reload_and_wait() {
  local before pid
  mapfile -t before < <(pgrep --parent "$(systemctl show --property=MainPID --value "$1")")
  systemctl reload "$1"
  for _ in {1..600}; do
    for pid in "${before[@]}"; do
      if [[ -d /proc/$pid ]]; then sleep 0.1 && continue 2; fi
    done
    return 0
  done
}

# Everything as it was before the switch: release, site, web server.
go_back() {
  local old=$1 unit
  if [[ -z $old ]]; then
    rm -f "$home/current" "$(site_link "$PROXY")"
    return
  fi
  [[ $old != "$RELEASE" ]] || return 0
  point_current "$old"
  unit=$(proxy_unit "$former")
  if [[ $former != "$PROXY" ]]; then
    rm -f "$(site_link "$PROXY")"
    systemctl disable --now --quiet "$(proxy_unit "$PROXY")" 2>/dev/null || true
    place_site "$(site_link "$former")"
    systemctl enable --now --quiet "$unit"
    printf '%s\n' "$former" | write_file "$machine/proxy" 0644
  else
    systemctl reload-or-restart "$unit"
  fi
  write_file "$home/loaded.conf" 0644 <"$home/releases/$old/site.conf"
}

ask_through_proxy() {
  local answer
  answer=$(ask 127.0.0.1:80 http 15 --patience 5) && return 0
  go_back "$1"
  refuse "it runs, but $PROXY does not serve it: $answer" "$(unit_of "$RELEASE")" "$(proxy_unit "$PROXY").service"
}
