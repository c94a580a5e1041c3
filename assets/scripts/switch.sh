# From one release to the next: start it beside the old one, ask it, switch, let the old one finish.
serving() { basename "$(readlink "$home/current" 2>/dev/null)" 2>/dev/null || true; }
# One rename each: `current` for the files, the entrance for the requests. The web server follows them as they are.
point_current() {
  ln -sfn "releases/$1" "$home/.current"
  ln -sfn "/run/flask-deploy/$APP/$1/app.sock" "$home/.entrance"
  mv -T "$home/.current" "$home/current"
  mv -T "$home/.entrance" "$(entrance_of "$1")"
}

# The name of a socket that a release's site file sends requests to.
entrance_of() { sed -n "s|.*unix:\($home/[a-z]*\.sock\).*|\1|p" "$home/releases/$1/site.conf"; }

install_units() {
  local kind
  for kind in service socket; do
    if [[ -e $generation/app.$kind ]]; then
      write_file "/etc/systemd/system/$APP@$RELEASE.$kind" 0644 <"$generation/app.$kind"
    fi
  done
  if [[ -e $generation/command.service ]]; then
    write_file "/etc/systemd/system/$APP-command@$RELEASE.service" 0644 <"$generation/command.service"
  fi
  systemctl daemon-reload
  drop_settings
}

# A release's units have no settings but their own: what `systemctl edit` and `set-property` have added goes.
drop_settings() {
  local units before
  mapfile -t units < <(units_of "$RELEASE")
  before=$(systemctl show --property=DropInPaths "${units[@]}")
  systemctl revert --quiet "${units[@]}"
  if [[ $(systemctl show --property=DropInPaths "${units[@]}") != "$before" ]]; then mended=yes; fi
}

# Whether the app runs from files that are not the present ones.
outdated() {
  local since sources
  if [[ ${mended:-} ]]; then return 0; fi
  since=$(systemctl show --timestamp=us+utc --property=ExecMainStartTimestamp --value "$(unit_of "$RELEASE")")
  mapfile -t sources < <(echo "/etc/systemd/system/$(unit_of "$RELEASE")" && sed -n 's/^EnvironmentFile=//p' "$generation/app.service")
  [[ $since && -n $(find "${sources[@]}" -newermt "$since") ]]
}

# What the units have said since this run began. Long lines are cut and stray bytes left out: the
# provider that carries this to the user hangs on the one and fails on the other.
app_log() {
  journalctl --sync || true
  journalctl --quiet --no-pager --output=cat --since="@$started" "$@" | tail -n 400 | clean
}
clean() { iconv -c -f UTF-8 -t UTF-8 | cut -c -500; }

refuse() { # refuse RULE UNIT…: show the app's own words, take the new release away, leave the old one be
  local rule=$1 unit log=()
  shift
  for unit; do log+=(--unit="$unit"); done
  app_log "${log[@]}" >"$work/app.log"
  tail -n 40 "$work/app.log" | sed 's/^/  | /' >&2
  local now
  now=$(serving)
  if [[ $now == "$RELEASE" ]]; then
    die "release $RELEASE serves, but does not pass its own check: $rule" "cause: $(explain_app "$work/app.log")"
  fi
  drop "$RELEASE"
  # Only what has served is worth going back to: else five refusals would push the good ones out.
  if [[ ! -e $generation/.served ]]; then rm -rf "$generation"; fi
  die "release $RELEASE was not taken: $rule" "cause: $(explain_app "$work/app.log")" \
    "$(still "$now")"
}

# After a rename that failed, the same owner's app under its former name is what goes on serving.
still() { # still RELEASE
  local app release
  if [[ $1 ]]; then
    echo "release $1 still serves"
    return
  fi
  for app in $(namesakes); do
    release=$(basename "$(readlink "/srv/$app/current" 2>/dev/null)")
    if [[ $release ]]; then
      echo "under its former name '$app' the app still serves: release $release"
      return
    fi
  done
  echo "nothing served before, and nothing serves now"
}

explain_app() {
  local line
  if line=$(grep -E '^(ModuleNotFoundError|ImportError): ' "$1" | tail -n 1) && [[ $line ]]; then
    echo "$line; add it to the app's requirements, or correct the import"
  elif line=$(grep -E '^(SyntaxError|IndentationError): ' "$1" | tail -n 1) && [[ $line ]]; then
    echo "$line; the app does not run on $(python3 -V 2>&1)"
  elif line=$(grep -E 'Read-only file system' "$1" | tail -n 1) && [[ $line ]]; then
    echo "$line; $(explain_read_only "$1")"
  elif line=$(grep -E '^KeyError: ' "$1" | tail -n 1) && [[ $line ]]; then
    echo "$line; if that is an environment variable, set it in flask-deploy:app.environment or flask-deploy:secrets"
  elif grep -qE '(OOM killer|oom-kill|out of memory\?|killed by signal 9)' "$1"; then
    echo "its processes were killed, as the kernel does when memory runs out; set fewer flask-deploy:machine.workers or threads, or give the machine more memory"
  elif line=$(grep -E '^[A-Za-z_.]+(Error|Exception): ' "$1" | tail -n 1) && [[ $line ]]; then
    echo "$line"
  else
    echo "the app's last lines stand above"
  fi
}

# The folder to name is the app's own: the one that was to be made, or that a file was to be put into.
explain_read_only() { # explain_read_only LOG
  local lines folder
  lines=$(grep -B 3 'Read-only file system' "$1" | tail -n 4)
  # A path that does not begin with '/' is the app's own, too: its root is where the app runs.
  folder=$(sed -nE "s#.*Read-only file system: ['\"]($home/(current|releases/[^/]+)/app/)?([^/'\"][^'\"]*).*#\3#p" <<<"$lines" | tail -n 1)
  if [[ $folder && ! $lines =~ mkdir|makedirs ]]; then folder=$(dirname "$folder"); fi
  if [[ $folder && $folder != . ]]; then
    echo "the code can't be written to: add the folder to those that outlive releases, flask-deploy:app.persistent: [$folder]"
  else
    echo "only folders in flask-deploy:app.persistent can be written to: write to one, for example [instance]"
  fi
}

ask() { # ask PLACE PROTOCOL SECONDS [OPTION …]
  python3 "$generation/probe.py" "$1" "$2" "$HEALTH_PATH" "$HEALTH_ACCEPT" "$3" "$RELEASE" "${@:4}" --host "${SERVER_NAME:-localhost}"
}

run_release_command() {
  [[ -e $generation/release-command && ! -e $generation/.released ]] || return 0
  systemctl start "$APP-command@$RELEASE.service" 2>/dev/null ||
    refuse "the release command failed: $(<"$generation/release-command")" "$APP-command@$RELEASE.service"
  touch "$generation/.released"
  say "ran: release command"
}

restart() {
  systemctl restart "$(unit_of "$RELEASE")" 2>/dev/null || refuse "the app does not start" "$(unit_of "$RELEASE")"
  say "started again: release $RELEASE"
}

ask_app() { ask "$generation/app.sock" "$PROTOCOL" "$HEALTH_SECONDS" --unit "$(unit_of "$RELEASE")"; }

# One that serves already, and hangs, has nothing to lose.
ask_again() {
  [[ $(serving) == "$RELEASE" ]] || return 1
  restart
  answer=$(ask_app)
}

start_and_ask() {
  local units
  mapfile -t units < <(units_of "$RELEASE")
  systemctl start "${units[@]}" 2>/dev/null || refuse "the app does not start" "$(unit_of "$RELEASE")"
  if outdated; then restart; fi
  local answer
  answer=$(ask_app) || ask_again ||
    refuse "$answer" "$(unit_of "$RELEASE")"
  systemctl is-active --quiet "$(unit_of "$RELEASE")" || refuse "the app ended after its first answer" "$(unit_of "$RELEASE")"
}

# Some apps answer once and end soon after. As long as the old release is there that costs nobody a request.
# Asked all the while, the workers have answered before when the requests come: a first answer takes longer.
settle() { # settle OLD
  local unit main before after units answer='' until=$((SECONDS + SETTLE_SECONDS))
  mapfile -t units < <(units_of "$RELEASE")
  systemctl enable --quiet "${units[@]}"
  [[ $1 != "$RELEASE" ]] || return 0
  unit=$(unit_of "$RELEASE")
  main=$(systemctl show --property=MainPID --value "$unit")
  before=$(workers_of "$main")
  while ((SECONDS < until)) && answer=$(ask_app); do sleep 0.5; done
  after=$(workers_of "$main")
  # The app server starts a worker that ended anew, so the unit itself would go on.
  [[ $before && -z $(comm -23 <(echo "$before") <(echo "$after")) ]] ||
    refuse "the app ended within $SETTLE_SECONDS seconds of its first answer" "$unit"
  [[ -z $answer ]] || refuse "$answer" "$unit"
}

workers_of() { # workers_of PROCESS: it and its children, as long as it runs
  if [[ -d /proc/$1 ]]; then
    echo "$1"
    pgrep --parent "$1" || true
  fi | sort
}
