# Is this a machine that we can work on? Changes nothing.
: "${PYTHON:?}"

wait_for_cloud_init() {
  command -v cloud-init >/dev/null || return 0
  local code=0
  timeout 600 cloud-init status --wait >/dev/null 2>&1 || code=$?
  # 2: done, with errors that cloud-init could live with.
  [[ $code == 0 || $code == 2 ]] ||
    die "cloud-init did not finish on this machine (exit code $code)" \
      "look at 'cloud-init status --long' there, then run 'pulumi up' again"
}

supported_system() {
  [[ $(id -u) == 0 ]] ||
    die "this step runs as $(id -un), and has to be root" "let the login user use sudo without a password"
  [[ -d /run/systemd/system ]] || die "this machine does not run systemd" "use Debian 12 or newer, or Ubuntu 22.04 or newer"
  local ID='' VERSION_ID='' PRETTY_NAME='unknown'
  # shellcheck disable=SC1091  # a file of the machine
  . /etc/os-release
  case $ID in
    debian) dpkg --compare-versions "${VERSION_ID:-99}" ge 12 && return ;;
    ubuntu) dpkg --compare-versions "${VERSION_ID:-0}" ge 22.04 && return ;;
  esac
  die "this machine runs $PRETTY_NAME, which is not supported" "use Debian 12 or newer, or Ubuntu 22.04 or newer"
}

supported_python() {
  command -v python3 >/dev/null || return 0 # provisioning installs it
  python3 - "$PYTHON" <<'PY' ||
import sys
sys.exit(sys.version_info[:2] < tuple(int(part) for part in sys.argv[1].split(".")))
PY
    die "the app wants Python $PYTHON or newer, this machine has $(python3 -V 2>&1)" \
      "set flask-deploy:app.python to what the app really needs, or use a newer system"
}

main() {
  wait_for_cloud_init
  supported_system
  supported_python
  say "ready: $(sed -n 's/^PRETTY_NAME=//p' /etc/os-release | tr -d '"'), $(python3 -V 2>&1 || true)"
}
