# A release goes live, or changes nothing that serves.
: "${KEEP:?}" "${PROTOCOL:?}" "${HEALTH_PATH:?}" "${HEALTH_ACCEPT:?}" "${HEALTH_SECONDS:?}" "${SETTLE_SECONDS:?}"

require_kept() {
  [[ -e $generation/.complete ]] ||
    die "release $RELEASE is not on this machine, so it can't be pinned" \
      "kept here: $(find "$home/releases" -mindepth 1 -maxdepth 1 -name '[!.]*' -printf '%f ')" \
      "set flask-deploy:pinnedRelease to one of these, or remove it"
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
  settle "$old"
  check_site
  try_aside
  switch_to_release "$old"
  ask_through_proxy "$old"
  touch "$generation/.served"
  retire_others
  prune
  say "serving: release $RELEASE of app '$APP'"
}
