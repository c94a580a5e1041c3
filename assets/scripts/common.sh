#!/usr/bin/env bash
# Sent in front of every script that runs on the machine: names, messages, the lock.
# shellcheck disable=SC2034  # the names are for the scripts that follow
set -euo pipefail
umask 022
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l

: "${APP:?}" "${OWNER:?}"
home=/srv/$APP
state=/var/lib/flask-deploy/$APP
machine=/var/lib/flask-deploy/.machine

say() { printf '%s\n' "$*"; }

# die RULE [REMEDY …]: one line that says what is wrong, then what to do.
die() {
  printf 'error: %s\n' "$1" >&2
  shift
  for line in "$@"; do printf '  %s\n' "$line" >&2; done
  exit 1
}

# The last act of a run, however it ends: what a failed command can't say itself, and nothing half-made is left.
ended() {
  local code=$?
  if ((code != 0)); then
    explain_disks >&2
    if [[ ${held:-} ]] && declare -F tidy >/dev/null; then tidy; fi
  fi
  if [[ ${work:-} ]]; then rm -rf "$work"; fi
}

# A file system with nothing left fails each command in other words; here are the plain ones.
explain_disks() {
  local place avail inodes free target seen=' '
  for place in /srv "/var/lib/flask-deploy/$APP/upload" /var/lib/flask-deploy /var/log /var/cache/apt "${TMPDIR:-/tmp}"; do
    [[ -d $place ]] || continue
    read -r avail inodes free target < <(df -k --output=avail,itotal,iavail,target "$place" | tail -n 1)
    if [[ $avail == - || $seen == *" $target "* ]]; then continue; fi
    seen+="$target "
    if [[ ! -w $place ]]; then
      printf 'error: %s\n  %s\n' "$target can't be written to: it is mounted read-only" \
        "find out why (dmesg, /etc/fstab), then run 'pulumi up' again"
    elif ((avail < 1024)); then # KiB: what is not there for a file may be there for a smaller one
      printf 'error: %s\n  %s\n' "the disk is full: $(df -h --output=size,used,avail,target "$place" | tail -n 1 | xargs) (size, used, free, place)" \
        "make room there, then run 'pulumi up' again"
    elif [[ $inodes != 0 && $free == 0 ]]; then
      printf 'error: %s\n  %s\n' "the disk can't hold another file: all $inodes inodes of $target are in use" \
        "remove files there that nobody needs, then run 'pulumi up' again"
    fi
  done
}

# The other apps that flask-deploy serves here, sorted by name: the order of their paths is another one.
others() {
  local owner
  for owner in /var/lib/flask-deploy/*/owner; do
    if [[ -e $owner && $owner != "$state/owner" ]]; then basename "$(dirname "$owner")"; fi
  done | sort
}

# Those of them that are this stack's: its app under another name, which is on its way out or was to come.
namesakes() {
  local app
  for app in $(others); do
    if [[ $(<"/var/lib/flask-deploy/$app/owner") == "$OWNER" ]]; then echo "$app"; fi
  done
}

# One deployment at a time on a machine: apt, the web server and the units belong to all of its apps.
# The kernel frees the lock with the process, however it ends.
lock() {
  trap ended EXIT
  exec 9>>/run/lock/flask-deploy
  if ! flock -w 120 9; then
    die "another deployment holds this machine for more than two minutes: $(tail -n 1 /run/lock/flask-deploy)" \
      "wait for it, then run 'pulumi up' again"
  fi
  printf '%s, process %s, since %s\n' "$OWNER" "$$" "$(date -u +%FT%TZ)" >/run/lock/flask-deploy
  held=yes
}

# A script whose owner lost the app in the meantime must not touch it.
require_owner() {
  local holder=nobody
  if [[ -e $state/owner ]]; then holder=$(<"$state/owner"); fi
  [[ $holder == "$OWNER" ]] ||
    die "app '$APP' on this machine belongs to $holder, not to $OWNER" \
      "if that is meant, end this stack with 'pulumi destroy': it leaves alone what is not its own" \
      "if not, take it back: echo '$OWNER' | sudo tee $state/owner, then 'pulumi up' again"
}

# write_file PATH MODE: standard input becomes the file, at once or not at all.
write_file() {
  local new
  new=$(mktemp "$1.XXXXXX")
  cat >"$new"
  chmod "$2" "$new"
  if [[ -e $1 ]] && cmp -s "$new" "$1"; then
    rm -f "$new"
    chmod "$2" "$1"
  else
    mv -f "$new" "$1"
  fi
}

proxy_unit() { if [[ $1 == apache ]]; then echo apache2; else echo nginx; fi; }
wanted_packages() { printf '%s\n' "$(proxy_unit "$1")" python3-venv ca-certificates; }
wanted_modules() { if [[ $1 == apache ]]; then printf '%s\n' headers proxy proxy_http proxy_uwsgi; fi; }
account() { echo "$(getent passwd "$APP" | cut -d: -f7) $(id -nG "$APP" 2>/dev/null)"; }
wanted_account() { echo "/usr/sbin/nologin $APP www-data"; }
sites_enabled() { echo "/etc/$(proxy_unit "$1")/sites-enabled"; }

# The site's file name decides who answers for names that no site has: the first in the alphabet.
site_link() {
  local prefix=
  if [[ $(cat "$machine/default" 2>/dev/null) == "$APP" ]]; then prefix=000-; fi
  echo "$(sites_enabled "$1")/$prefix$APP.conf"
}

check_proxy() {
  if [[ $1 == apache ]]; then apache2ctl -t; else nginx -t -q; fi
}

# read_payload: the files behind the script in its standard input ('@@ NAME MODE' starts each) go to $files.
# From here on nothing that the script starts can read from it.
read_payload() {
  trap ended EXIT
  work=$(mktemp -d)
  files=$work/files
  mkdir "$files"
  awk -v dir="$files" -v modes="$work/modes" '
    /^@@ / { if (out) close(out); out = dir "/" $2; printf "" >out; print $3, $2 >modes; next }
    { print >out }'
  exec </dev/null
  local mode name
  while read -r mode name; do chmod "$mode" "$files/$name"; done <"$work/modes"
}
