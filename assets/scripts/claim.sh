# `claim`: this stack owns this app on this machine, or is told who does. `remove`: see remove.sh.
: "${PROXY:?}"

# The other apps that are not this stack's.
strangers() { comm -23 <(others) <(namesakes); }

claim_name() {
  if [[ -e $state/owner ]]; then
    [[ $(<"$state/owner") == "$OWNER" ]] ||
      die "app '$APP' on this machine belongs to $(<"$state/owner")" \
        "give this app another name (flask-deploy:app.name), or destroy that stack," \
        "or take the app over: sudo rm $state/owner, then 'pulumi up' again"
    return 0
  fi
  ! getent passwd "$APP" >/dev/null ||
    die "this machine has a user '$APP' already, and flask-deploy did not make it" "choose another flask-deploy:app.name"
  ! getent group "$APP" >/dev/null ||
    die "this machine has a group '$APP' already, and flask-deploy did not make it" "choose another flask-deploy:app.name"
  [[ ! -e $home ]] ||
    die "this machine has $home already, and flask-deploy did not make it" "move it away, or choose another flask-deploy:app.name"
}

# Who else listens on port 80? Its own web server, by the name of its process.
claim_port() {
  local unit holder
  unit=$(proxy_unit "$PROXY")
  holder=$(ss -Hltnp 'sport = :80' | grep -o '(("[^"]*",pid=[0-9]*' | head -n 1 | tr -d '("' | sed 's/,pid=/ with process id /' || true)
  [[ -z $holder || $holder == "$unit "* ]] && return 0
  if [[ -e $machine/proxy && -z $(strangers) && $holder == "$(proxy_unit "$(<"$machine/proxy")") "* ]]; then
    return 0 # ours, and about to be changed for the other one
  fi
  die "port 80 of this machine is taken by $holder" \
    "stop it, or choose the web stack that goes with it (flask-deploy:machine.webStack)"
}

claim_proxy() {
  if [[ -e $machine/proxy && -n $(strangers) && $(<"$machine/proxy") != "$PROXY" ]]; then
    die "$(strangers | head -n 1) on this machine is served by $(<"$machine/proxy"), so this app can't have $PROXY" \
      "set flask-deploy:machine.webStack to one with $(<"$machine/proxy")"
  fi
}

# The first app answers by the machine's address, the others by their names.
claim_default() {
  local holder=
  if [[ -s $machine/default ]]; then holder=$(<"$machine/default"); fi
  # One whose claim was cut off here, or taken away by hand, is no holder.
  if [[ ! -e /var/lib/flask-deploy/$holder/owner ]]; then holder=; fi
  if [[ -z $holder ]]; then
    printf '%s\n' "$APP" | write_file "$machine/default" 0644
  elif [[ $holder != "$APP" && $(cat "/var/lib/flask-deploy/$holder/owner" 2>/dev/null) == "$OWNER" ]]; then
    printf '%s\n' "$APP" | write_file "$machine/default" 0644 # this stack's app has a new name
  elif [[ $holder != "$APP" && -z ${SERVER_NAME:-} ]]; then
    die "app '$holder' answers by this machine's address already" \
      "give this one a name of its own, for example: flask-deploy:machine.serverName: $APP.example.com"
  fi
}

claim() {
  lock
  claim_name
  claim_proxy
  claim_port
  install -d -m 0755 /var/lib/flask-deploy "$state" "$machine"
  claim_default
  printf '%s\n' "$OWNER" | write_file "$state/owner" 0644
  say "claimed: app '$APP' for $OWNER"
}

main() { "$1"; }
