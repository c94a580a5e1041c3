# Debian packages: installed in one batch, removed as far as they are ours.
: "${PROXY:?}"
patience=300
aptlog=/var/log/flask-deploy-apt.log

# One batch, without starting anything: the web server starts with its first site.
install_packages() {
  local package unit missing=()
  unit=$(proxy_unit "$PROXY")
  for package in $(wanted_packages "$PROXY"); do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
  done
  if ((${#missing[@]} == 0)); then
    say "unchanged: packages"
    return
  fi
  : >"$aptlog"
  if [[ " ${missing[*]} " == *" $unit "* ]]; then mask "$unit"; fi
  packages_do "dpkg --configure -a" dpkg --configure -a
  packages_do "apt-get update" apt_get update
  # Written down before anything changes, so that `destroy` finds it even if this run dies.
  apt_get -s install "${missing[@]}" >"$work/simulated" 2>&1 || packages_failed "apt-get install" "$work/simulated"
  awk '/^Inst / { print $2 }' "$work/simulated" >>"$machine/packages"
  sort -u -o "$machine/packages" "$machine/packages"
  packages_do "apt-get install" apt_get install "${missing[@]}"
  unmask
  say "installed: ${missing[*]}"
}

# A package starts its unit as soon as dpkg configures it; a masked one can't be started.
mask() {
  masked=$1
  systemctl mask --runtime --quiet "$1" 2>/dev/null # it warns that there is no such unit yet
}

unmask() {
  if [[ ${masked:-} ]]; then systemctl unmask --runtime --quiet "$masked"; fi
  masked=
}

tidy() { unmask; }

apt_get() { apt-get -q -y --no-install-recommends -o Acquire::Retries=3 "$@"; }

# packages_do NAME COMMAND…: its output goes to a file, since a connection that is cut must not stop dpkg half-way.
# Whoever has a lock, as unattended-upgrades has on a new machine, is waited for: apt's own DPkg::Lock::Timeout
# leaves out the lock of the package lists, and dpkg has none.
packages_do() {
  local name=$1 began=$SECONDS output=$machine/apt.log holder
  shift
  until "$@" >"$output" 2>&1; do
    cat "$output" >>"$aptlog"
    holder=$(grep -E 'Could not get lock|locked by another process' "$output" | tail -n 1 || true)
    [[ $holder ]] || packages_failed "$name" "$aptlog"
    ((SECONDS - began < patience)) ||
      die "$name waited $patience seconds for another process that installs packages: $holder" \
        "wait until it is done (often unattended-upgrades or apt-daily), then run 'pulumi up' again"
    sleep 2
  done
  cat "$output" >>"$aptlog"
  rm -f "$output"
}

packages_failed() { # packages_failed NAME LOG
  tail -n 20 "$2" | cut -c -500 >&2
  die "$1 failed on the machine: $(explain_packages "$aptlog" "$2")" "mend that, then run 'pulumi up' again"
}

explain_packages() { # explain_packages LOG…
  local line
  if grep -qF 'No space left on device' "$@"; then
    echo "the disk is full"
  elif line=$(grep -ohE 'Temporary failure resolving .*' "$@" | tail -n 1) && [[ $line ]]; then
    echo "$line; the machine finds no address for a name: look at its /etc/resolv.conf"
  elif line=$(grep -ohE 'is not valid yet.*' "$@" | tail -n 1) && [[ $line ]]; then
    echo "the package list $line; the machine's clock says $(date -u +%FT%TZ), so set it (timedatectl)"
  elif line=$(grep -ohE '(Could not connect to|Unable to connect to|Connection failed|Connection timed out|404  Not Found|does not have a Release file|Hash Sum mismatch|File has unexpected size).*' "$@" | tail -n 1) && [[ $line ]]; then
    echo "the package mirror fails: $line; look at /etc/apt/sources.list on the machine, or try later"
  elif line=$(grep -ohE 'dpkg: error processing .*' "$@" | tail -n 1) && [[ $line ]]; then
    echo "$line; on the machine: sudo dpkg --configure -a"
  else
    echo "its last lines stand above"
  fi
}

# Only what provisioning installed, and only if nothing that came later needs it.
remove_packages() {
  local ours=() going unit
  if [[ -e $machine/packages ]]; then mapfile -t ours <"$machine/packages"; fi
  ((${#ours[@]} > 0)) || return 0
  for unit in nginx apache2; do
    # A package takes its own enabling back, not ours.
    if [[ " ${ours[*]} " == *" $unit "* ]]; then systemctl disable --now --quiet "$unit" 2>/dev/null || true; fi
  done
  : >"$aptlog"
  packages_do "dpkg --configure -a" dpkg --configure -a
  going=$(apt-get -s purge "${ours[@]}" | awk '/^(Purg|Remv) / { print $2 }' | sort -u)
  if [[ -n $(comm -23 <(echo "$going") <(sort -u "$machine/packages")) ]]; then
    say "kept: the packages ${ours[*]}, since others that came later need them"
    return 0
  fi
  packages_do "apt-get purge" apt_get purge "${ours[@]}"
}
