# What is there of the app, one fact a line: its name, then fields with tabs between. Changes nothing.
# What was deployed is known to the computer that asks; it judges.
: "${RELEASE:?}" "${PROXY:?}" "${PROTOCOL:?}" "${HEALTH_PATH:?}" "${HEALTH_ACCEPT:?}"
generation=$home/releases/$RELEASE

fact() {
  local IFS=$'\t'
  printf '%s\n' "$*"
}

# Type, mode and owner of each path; of a file its content's hash, of a link where it leads.
things() {
  local path content
  for path; do
    content=$(readlink "$path" || true)
    if [[ -f $path && ! -L $path ]]; then content=$(sha256sum <"$path" | cut -d' ' -f1); fi
    fact thing "$path" "$(find "$path" -maxdepth 0 -printf '%y %m %u:%g' 2>/dev/null || true)" "$content"
  done
}

# Lines of a folder's listing that were ('<') and that are ('>').
changes() {
  if [[ ! -e $1/.listing ]]; then
    fact unlisted "$1"
  else
    fact listed "$1" "$(cut -f1 "$1/.listing" | uniq | wc -l)"
    diff "$1/.listing" <(listing "$1") | sed -n "s|^\([<>]\) |changed\t$1\t\1\t|p" | head -n 400 || true
  fi
}

units() {
  local unit
  for unit; do
    systemctl show --property=Id,ActiveState,UnitFileState,NeedDaemonReload,FragmentPath,DropInPaths "$unit" |
      awk -F= -v OFS='\t' '{ name = $1; sub(/^[^=]*=/, ""); value[name] = $0 } END {
        print "unit", value["Id"], value["ActiveState"], value["UnitFileState"], value["NeedDaemonReload"], value["FragmentPath"], value["DropInPaths"] }'
  done
}

# Of other releases, which should have ended.
other_units() {
  { systemctl list-units --plain --no-legend "$APP@*" && systemctl list-unit-files --plain --no-legend "$APP@*"; } |
    awk '{ print $1 }' | grep -vF "@$RELEASE." | sort -u || true
}

packages() {
  local package
  for package in $(wanted_packages "$PROXY"); do
    fact package "$package" "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || echo missing)"
  done
}

modules() {
  local module
  for module in $(wanted_modules "$PROXY"); do
    fact module "$module" "$([[ -e /etc/apache2/mods-enabled/$module.load ]] && echo enabled || echo missing)"
  done
}

# What was moved away for our site, and is back.
default_sites() {
  local link place
  [[ -e $machine/default-sites ]] || return 0
  while read -r link place; do
    if [[ -L $link ]]; then fact default-site "$link" "$place"; fi
  done <"$machine/default-sites"
}

ports() {
  ss -Hltnp | awk -v OFS='\t' '{ who = $6; sub(/^users:\(\("/, "", who); sub(/".*/, "", who); print "port", $4, who }'
}

# A web server that is down can't be asked, and asking it all the same would make files.
web_server() {
  local unit said
  unit=$(proxy_unit "$PROXY")
  systemctl is-active --quiet "$unit" || return 0
  said=$(check_proxy "$PROXY" 2>&1) || fact configuration "$(tail -n 3 <<<"$said" | tr '\n\t' '  ')"
  said=$(python3 "$files/probe.py" 127.0.0.1:80 http "$HEALTH_PATH" "$HEALTH_ACCEPT" 3 "$RELEASE" \
    --patience 3 --host "${SERVER_NAME:-localhost}") || true
  fact answer "$said"
}

# A deployment that is under way looks like drift. So it is waited for, and none begins meanwhile.
alone() {
  [[ -e /run/lock/flask-deploy ]] || return 0
  exec 9</run/lock/flask-deploy
  flock --shared --wait 5 9 ||
    die "a deployment is under way on this machine: $(tail -n 1 /run/lock/flask-deploy)" "ask again when it is done"
}

look() {
  local path paths ours others
  fact owner "$(cat "$state/owner" 2>/dev/null || true)"
  fact proxy "$(cat "$machine/proxy" 2>/dev/null || true)"
  fact current "$(readlink "$home/current" || true)"
  for path in "$home/current" "$home/$PROTOCOL.sock"; do fact link "$path" "$(readlink "$path" || true)"; done
  fact site "$(site_link "$PROXY")" "$(readlink "$(site_link "$PROXY")" || true)"
  fact account "$(account)" "$(wanted_account)"
  mapfile -t paths <"$files/paths"
  things "${paths[@]}"
  if [[ -e $generation/.complete ]]; then
    changes "$generation"
    changes "$(readlink -f "$generation/venv")"
  fi
  mapfile -t ours <"$files/units"
  units "${ours[@]}"
  mapfile -t others < <(other_units)
  units "${others[@]}"
  packages
  modules
  default_sites
  ports
  web_server
}

main() {
  read_payload
  alone
  fact begin "$RELEASE"
  look
  fact end
}
