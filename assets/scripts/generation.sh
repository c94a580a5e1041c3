# A release's directory: code, virtual environment, configuration. Complete, or not there.
: "${RELEASE:?}" "${BUNDLE:?}" "${BUNDLE_SHA256:?}" "${VENV:?}" "${PROXY:?}" "${SERVER_PACKAGE:?}" "${SERVER_FLOOR:?}"
generation=$home/releases/$RELEASE
venv=$home/venvs/$VENV-$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')

# pip runs code of the packages that it builds, so it runs as the app's user, never as root.
as_app() {
  setpriv --reuid="$APP" --regid="$APP" --init-groups --no-new-privs \
    env --ignore-environment HOME="$work/home" PATH=/usr/local/bin:/usr/bin:/bin LC_ALL=C.UTF-8 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 "$@"
}

pip_install() {
  local code=0
  as_app --chdir="$work/home/app" timeout 900 "$venv/bin/python" -m pip install --quiet --no-input --no-cache-dir --prefer-binary "$@" \
    >"$work/pip.log" 2>&1 || code=$?
  if ((code != 0)); then
    tail -n 40 "$work/pip.log" | clean >&2
    die "the app's requirements can't be installed: $(explain_pip "$code")" \
      "what served before still serves"
  fi
}

explain_pip() { # explain_pip EXIT-CODE
  local missing
  missing=$(grep -oE '(No matching distribution found for|Could not find a version that satisfies the requirement) [^ ]+' "$work/pip.log" | tail -n 1 || true)
  if [[ $1 == 137 || $1 == 9 ]]; then
    echo "pip was killed, as the kernel does when memory runs out: $(free -m | awk '/^Mem/ { print $7 " of " $2 }') MiB are free; give the machine more memory or swap"
  elif [[ $1 == 124 ]]; then
    echo "it took longer than 15 minutes; does the machine reach the package index?"
  elif grep -qE 'Temporary failure in name resolution|Name or service not known' "$work/pip.log"; then
    echo "the package index can't be reached, since the machine finds no address for its name: look at its /etc/resolv.conf"
  elif grep -qE 'NewConnectionError|ReadTimeout|ConnectTimeout' "$work/pip.log"; then
    echo "the package index can't be reached from the machine"
  elif [[ $missing ]]; then
    echo "$missing; check the name and version, and that it exists for $(python3 -V 2>&1)"
  elif grep -q 'THESE PACKAGES DO NOT MATCH THE HASHES' "$work/pip.log"; then
    echo "a package is not the one whose hash was locked; lock again, or find out who changed it"
  elif grep -qE 'error: command .*(gcc|cc|clang).* failed|Python.h: No such file' "$work/pip.log"; then
    echo "a package has no ready wheel and wants a compiler, which a server should not have; choose a version with wheels"
  elif grep -qE 'No space left on device' "$work/pip.log"; then
    echo "the disk is full: $(df -h --output=avail,target "$home" | tail -n 1)"
  else
    echo "see pip's last lines above"
  fi
}

# A release that goes live again keeps its own. One that somebody has changed may be in use, so it is left
# alone, and another takes its place.
find_venv() {
  [[ -e $generation/.complete ]] || return 0
  local own
  own=$(readlink "$generation/venv" || true)
  if [[ $own == "$venv"* ]]; then venv=$own; fi
  while [[ -e $venv/.complete ]] && ! as_made "$venv"; do venv=$venv+; done
}

# Keyed by what is installed, so that a release with the same requirements starts at once.
# A virtual environment can't be moved, so it is made in place, and counts only once its marker is there.
make_venv() {
  find_venv
  if [[ -e $venv/.complete ]]; then return; fi
  rm -rf "$venv"
  install -d -m 0700 -o "$APP" -g "$APP" "$venv" "$work/home"
  chmod 0711 "$work"
  install -m 0644 "$files"/{requirements,constraints,server}.txt "$work/home/"
  # Requirements may name folders of the app, and building those writes into them.
  mkdir "$work/home/app"
  tar -xf "$(bundle)" -C "$work/home/app" --no-same-owner --no-same-permissions
  chown -R "$APP:$APP" "$work/home/app"
  as_app python3 -m venv "$venv"
  pip_install -r "$work/home/requirements.txt" -c "$work/home/constraints.txt"
  add_server
  chmod 0755 "$venv"
  chown -hR root:root "$venv"
  record "$venv"
  touch "$venv/.complete"
  say "made: virtual environment $VENV"
}

# The app's own pin of the server counts, if it is one that may face the Internet.
add_server() {
  local have
  have=$("$venv/bin/python" - "$SERVER_PACKAGE" <<'PY'
import sys
from importlib import metadata
try:
    print(metadata.version(sys.argv[1]))
except metadata.PackageNotFoundError:
    print("")
PY
  )
  if [[ -z $have ]]; then
    pip_install --require-hashes -r "$work/home/server.txt"
  elif ! dpkg --compare-versions "$have" ge "$SERVER_FLOOR"; then
    die "the app's requirements pin $SERVER_PACKAGE $have, which has known security holes" \
      "require $SERVER_PACKAGE>=$SERVER_FLOOR, or leave it out: the deployment brings its own"
  fi
}

# What a run that failed has left half-made: on a full disk it would be in the way.
tidy() {
  rm -rf "$home/releases/.$RELEASE"
  if [[ ! -e $venv/.complete ]]; then rm -rf "$venv"; fi
}

# The bundle's path, once it is sure to be what was sent.
bundle() {
  local file=$state/upload/$BUNDLE.tar
  sha256sum --status -c <<<"$BUNDLE_SHA256  $file" 2>/dev/null ||
    die "the app's files are not on the machine as they were sent ($file)" \
      "send them again: pulumi up --replace '**CopyToRemote::**upload'"
  echo "$file"
}

unpack() {
  install -d -m 0750 -g www-data "$1"
  tar -xf "$(bundle)" -C "$1" --no-same-owner --no-same-permissions
  chown -hR root:www-data "$1"
  chmod -R g+rX,o-rwx "$1"
}

# A folder that outlives releases is a link to the app's state; what the bundle ships there is put in once.
link_persistent() {
  local folder lasting
  while read -r folder; do
    lasting=$state/data/$folder
    install -d -m 0750 -o "$APP" -g www-data "$lasting"
    if [[ -d $1/$folder ]]; then
      cp -an "$1/$folder/." "$lasting/"
      chown -hR "$APP:www-data" "$lasting"
      rm -rf "${1:?}/$folder"
    fi
    mkdir -p "$(dirname "$1/$folder")"
    ln -sfn "$lasting" "$1/$folder"
  done <"$files/persistent"
}

# The gate is done with the very files that will serve, so all of them are put here first.
make_generation() {
  if [[ -e $generation/.complete && $(readlink "$generation/venv") == "$venv" ]] && as_made "$generation"; then return; fi
  local new=$home/releases/.$RELEASE
  rm -rf "$new"
  install -d -m 0755 "$new"
  unpack "$new/app"
  link_persistent "$new/app"
  cp -p "$files"/* "$new/"
  ln -s "$venv" "$new/venv"
  ln -s "/run/flask-deploy/$APP/$RELEASE/app.sock" "$new/app.sock"
  printf '%s\n' "$BUNDLE" >"$new/bundle"
  record "$new"
  touch "$new/.complete"
  if [[ -e $generation/.complete ]]; then
    put_right "$new"
  else
    rm -rf "$generation"
    mv -T "$new" "$generation"
    say "made: release $RELEASE"
  fi
}

# It was changed by hand, and may be serving. Old and new change places at once (renameat2(2)), so that
# `current` never leads nowhere; the app is started again later, since it may have read what was changed.
put_right() {
  local mark
  for mark in .released .served; do
    if [[ -e $generation/$mark ]]; then cp -p "$generation/$mark" "$1/"; fi
  done
  python3 - "$1" "$generation" <<'PY'
import ctypes, os, sys
AT_FDCWD, RENAME_EXCHANGE = -100, 2
libc = ctypes.CDLL(None, use_errno=True)
new, old = map(os.fsencode, sys.argv[1:])
if libc.renameat2(AT_FDCWD, new, AT_FDCWD, old, RENAME_EXCHANGE):
    sys.exit("error: " + os.strerror(ctypes.get_errno()))
PY
  rm -rf "$1"
  mended=yes
  say "put right: release $RELEASE"
}
