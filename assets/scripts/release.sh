# A release goes live, or changes nothing that serves.
: "${KEEP:?}" "${PROTOCOL:?}" "${HEALTH_PATH:?}" "${HEALTH_ACCEPT:?}" "${HEALTH_SECONDS:?}"

require_kept() {
  [[ -e $generation/.complete ]] ||
    die "release $RELEASE is not on this machine, so it can't be pinned" \
      "kept here: $(find "$home/releases" -mindepth 1 -maxdepth 1 -name '[!.]*' -printf '%f ')" \
      "set flask-deploy:pinnedRelease to one of these, or remove it"
}

# The candidate's site file, checked in the place where it will be, seen by nobody but the check.
check_site() {
  local live=$home/current/site.conf
  if [[ -e $live ]]; then
    # shellcheck disable=SC2016  # expanded inside, where the arguments are
    unshare --mount bash -euc 'mount --bind "$1" "$2"; if [[ $3 == apache ]]; then apache2ctl -t; else nginx -t -q; fi' \
      check "$generation/site.conf" "$live" "$PROXY" 2>"$work/check.log" ||
      { cat "$work/check.log" >&2; refuse "the $PROXY configuration is not valid" "$(unit_of "$RELEASE")"; }
  fi
}

# One rename each: `current` for the files, the entrance for the requests. The web server follows them as they are.
point_current() {
  local entrance
  entrance=$(sed -n "s|.*unix:\\($home/[a-z]*\\.sock\\).*|\\1|p" "$home/releases/$1/site.conf")
  ln -sfn "releases/$1" "$home/.current"
  ln -sfn "/run/flask-deploy/$APP/$1/app.sock" "$home/.entrance"
  mv -T "$home/.current" "$home/current"
  mv -T "$home/.entrance" "$entrance"
}

# The web server reads its configuration again only when the site itself has changed: a reload closes idle connections.
switch_to_release() {
  local old=$1 link changed=
  [[ $(serving) == "$old" ]] || die "another hand changed the serving release from '$old' to '$(serving)'" "run 'pulumi up' again"
  [[ $old ]] && cmp -s "$home/releases/$old/site.conf" "$generation/site.conf" || changed=yes
  point_current "$RELEASE"
  link=$(site_link "$PROXY")
  if [[ ! -L $link ]]; then
    place_site "$link"
    changed=yes
  fi
  if ! check_proxy "$PROXY" >"$work/check.log" 2>&1; then
    cat "$work/check.log" >&2
    if [[ $old ]]; then point_current "$old"; else rm -f "$home/current" "$link"; fi
    refuse "the $PROXY configuration is not valid" "$(unit_of "$RELEASE")"
  fi
  serve_site "$changed"
}

# Only one site may come first. One that did before, under an older name of this app, is moved behind.
place_site() {
  local enabled other
  enabled=$(dirname "$1")
  rm -f "$enabled/"{,000-}"$APP.conf"
  if [[ $1 == */000-* ]]; then
    for other in "$enabled"/000-*.conf; do
      if [[ -L $other && $(readlink "$other") == /srv/*/current/site.conf ]]; then mv "$other" "$enabled/${other##*/000-}"; fi
    done
  fi
  ln -s "$home/current/site.conf" "$1"
}

serve_site() {
  local unit other
  unit=$(proxy_unit "$PROXY")
  other=$(cat "$machine/proxy" 2>/dev/null || echo "$PROXY")
  if [[ $other != "$PROXY" ]]; then
    rm -f "$(sites_enabled "$other")/"{,000-}"$APP.conf"
    systemctl disable --now --quiet "$(proxy_unit "$other")"
  fi
  if systemctl is-active --quiet "$unit"; then
    if [[ $1 ]]; then reload_and_wait "$unit"; fi
  elif ! systemctl start "$unit" 2>/dev/null; then
    journalctl --quiet --no-pager --output=cat --lines=10 --unit="$unit" >&2
    if [[ $other != "$PROXY" ]]; then systemctl enable --now --quiet "$(proxy_unit "$other")"; fi
    die "$unit does not start; its last lines stand above" "mend what they name, then run 'pulumi up' again"
  fi
  systemctl is-enabled --quiet "$unit" || systemctl enable --quiet "$unit"
  printf '%s\n' "$PROXY" | write_file "$machine/proxy" 0644
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

ask_through_proxy() {
  local old=$1 answer
  answer=$(ask 127.0.0.1:80 http 15 --patience 5) && return 0
  if [[ $old && $old != "$RELEASE" ]]; then
    point_current "$old"
    systemctl reload "$(proxy_unit "$PROXY")"
  fi
  refuse "it runs, but $PROXY does not serve it: $answer" "$(unit_of "$RELEASE")" "$(proxy_unit "$PROXY").service"
}

# No new connection can reach the old release now; those that wait in its queue are let in, then it may finish.
retire_others() {
  local id queued
  for id in $(releases_with_units); do
    [[ $id == "$RELEASE" ]] && continue
    for _ in {1..100}; do
      queued=$(ss -Hxl "src $(readlink "$home/releases/$id/app.sock" 2>/dev/null)" 2>/dev/null | awk '{ n += $3 } END { print n + 0 }')
      [[ $queued == 0 ]] && break
      sleep 0.1
    done
    forget "$id"
    say "finished: release $id"
  done
}

# What no kept release needs goes. While a release is pinned nothing does: the newer ones are the way forward.
prune() {
  [[ ${PINNED:-} ]] && return
  local kept
  kept=$(find "$home/releases" -mindepth 1 -maxdepth 1 -name '[!.]*' -printf '%T@ %f\n' | sort -rn | cut -d' ' -f2 | head -n "$KEEP")
  prune_unused "$home/releases" <<<"$kept"$'\n'"$RELEASE"
  prune_unused "$home/venvs" < <(readlink "$home"/releases/*/venv | sed 's:.*/::')
  prune_unused "$home/secrets" < <(sed -n "s:^EnvironmentFile=$home/secrets/::p" "$home"/releases/*/app.service)
  prune_unused "$state/upload" < <(sed 's/$/.tar/' "$home"/releases/*/bundle)
}

prune_unused() { # prune_unused DIRECTORY: names to keep in the standard input
  local used name
  used=$(cat)
  find "$1" -mindepth 1 -maxdepth 1 -printf '%f\n' | while read -r name; do
    grep -qxF -- "$name" <<<"$used" || rm -rf "${1:?}/$name"
  done
}

main() {
  started=$(date +%s)
  read_payload
  lock
  require_owner
  local old
  old=$(serving)
  if [[ ${PINNED:-} ]]; then
    require_kept
  else
    make_venv
    make_generation
  fi
  install_units
  run_release_command
  start_and_ask
  check_site
  switch_to_release "$old"
  ask_through_proxy "$old"
  retire_others
  prune
  say "serving: release $RELEASE of app '$APP'"
}
