#!/usr/bin/env bash
# Sets up what the commands of the Makefile need, and nothing that is there already:
#   sandbox/setup.sh system    Debian or Ubuntu packages for machines of the sandbox (needs root)
#   sandbox/setup.sh tests     the same, and sshd for the tests of the command plugin
#   sandbox/setup.sh load      the same, and wrk, which sends requests
#   sandbox/setup.sh sandbox   .sandbox/venv, what the sandbox runs with
#   sandbox/setup.sh dev       .sandbox/venv-dev, what tests and linters run with
#   sandbox/setup.sh project   .venv for developing; with STACK=heroku, for that target alone
#   sandbox/setup.sh missing   nothing: says how to make .venv for STACK, and fails
# Several may be named, in this order. PYTHON names an interpreter to use (3.11 or later).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATH=$PATH:/usr/sbin:/sbin # where nft and systemd-nspawn are, also for a user's shell

# What must be there, and the package that brings it.
NEEDS=(
  systemd-nspawn:systemd-container
  mmdebstrap:mmdebstrap
  nft:nftables
  ip:iproute2
  ssh:openssh-client
  git:git
  curl:curl
  make:make
  /etc/ssl/certs/ca-certificates.crt:ca-certificates
  /usr/share/keyrings/debian-archive-keyring.gpg:debian-archive-keyring # Ubuntu lacks it
  /usr/lib/*/libnss_wrapper.so:libnss-wrapper                           # names of App Engine, for a rehearsal alone
)
LOG=.sandbox/setup.log

say() { printf '==> %s\n' "$*"; }

fail() {
  printf 'error: %s\n' "$@" >&2
  exit 1
}

usable_python() { # COMMAND: it is 3.11 or later
  "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() { # sets python; fails when there is none
  for python in ${PYTHON:+"$PYTHON"} python3 python3.14 python3.13 python3.12 python3.11; do
    if command -v "$python" >/dev/null && usable_python "$python"; then return; fi
  done
  python=
  return 1
}

missing_packages() { # one a line
  local need
  for need in "${NEEDS[@]}"; do
    case $need in
      /*) compgen -G "${need%%:*}" >/dev/null || echo "${need#*:}" ;;
      *) command -v "${need%%:*}" >/dev/null || echo "${need#*:}" ;;
    esac
  done
  # Environments made before show that there is a Python, complete; asking it takes a while.
  if [[ -x .sandbox/venv/bin/python || -x .sandbox/venv-dev/bin/python ]]; then return; fi
  if ! find_python; then
    echo "$(newest_python) $(newest_python)-venv" | tr ' ' '\n'
  elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    "$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'
  fi
}

newest_python() { # the name of a package with a new enough Python; python3 when none is known
  local version
  for version in 3.13 3.12 3.11; do
    if apt-cache show "python$version" >/dev/null 2>&1; then
      echo "python$version"
      return
    fi
  done
  echo python3
}

setup_system() {
  [[ $(id -u) -eq 0 ]] || fail \
    "the sandbox boots machines of its own (systemd-nspawn), which only root may: run this as root" \
    "(sudo make …). Without root there are: make setup, make test-unit, make lint."
  local missing
  mapfile -t missing < <(missing_packages)
  [[ ${#missing[@]} -gt 0 ]] || return 0
  command -v apt-get >/dev/null || fail \
    "this is neither Debian nor Ubuntu; install what these packages bring there: ${missing[*]}"
  say "installing ${missing[*]}: about a minute, once (log: $LOG)"
  # Somebody's broken extra source must not stop what does not need it; installing will tell.
  (apt_get update) || say "going on with the package lists that are there"
  # Without lists, the name of the Python package could only be guessed.
  mapfile -t missing < <(missing_packages)
  apt_get install --yes --no-install-recommends "${missing[@]}"
}

apt_get() {
  # needrestart would ask questions; another apt may be at work on a machine that just booted.
  DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 \
    apt-get -o DPkg::Lock::Timeout=300 "$@" </dev/null >>"$LOG" 2>&1 ||
    fail "apt-get $1 failed; its last lines:" "$(tail -n 5 "$LOG")" "whole log: $LOG"
}

# The tests start sshd themselves, on ports of their own: installing it must not open one on this computer.
setup_tests() {
  if [[ ! -e /usr/sbin/sshd ]]; then
    NEEDS+=(/usr/sbin/sshd:openssh-server)
    if [[ -d /run/systemd/system ]]; then systemctl mask --runtime --quiet ssh.service ssh.socket 2>/dev/null; fi
  fi
  setup_system
}

setup_load() {
  NEEDS+=(wrk:wrk)
  setup_system
}

setup_venv() { # FOLDER REQUIREMENTS
  if [[ -x $1/bin/python ]] && "$1/bin/python" -S -m sandbox.venvs --check "$1" "$2"; then return; fi
  find_python || fail "Python 3.11 or later is needed, and not on the PATH." \
    "Install it (Ubuntu 22.04: apt-get install python3.11 python3.11-venv), or name one: PYTHON=/path/to/python3.11"
  "$python" -m sandbox.venvs "$1" "$2"
}

targets() {
  find requirements -name '*.txt' ! -name base.txt ! -name dev.txt ! -name sandbox.txt -printf '%f\n' |
    sed 's/\.txt$//' | sort | paste -sd ' '
}

# A stack may have any name of its own, so that of a target is a guess only where it is one.
say_missing() {
  local known stack=${STACK:-}
  known=$(targets)
  [[ $stack ]] || fail "STACK is not set; say which stack, for example: make drift STACK=vm"
  case " $known " in
    *" $stack "*) fail "there is no .venv; run: make setup STACK=$stack" ;;
    *) fail "there is no .venv, and '$stack' is no target; run make setup STACK=… with the stack's target, one of: $known" ;;
  esac
}

setup_project() {
  local target=${STACK:-dev} known
  [[ $target != local ]] || target=vm # the stack that needs no account
  known=$(targets)
  case " dev local $known " in
    *" $target "*) setup_venv .venv "requirements/$target.txt" ;;
    *) fail "there is no target '$target'; STACK is one of: $known local" ;;
  esac
}

main() {
  [[ $# -gt 0 ]] || fail "say what to set up: system, tests, sandbox, dev, project"
  mkdir -p .sandbox
  # After a `sudo make …` the checkout's owner goes on working here.
  if [[ $(id -u) -eq 0 ]]; then chown --reference=. .sandbox; fi
  local part
  for part in "$@"; do
    case $part in
      system) setup_system ;;
      tests) setup_tests ;;
      load) setup_load ;;
      sandbox) setup_venv .sandbox/venv requirements/sandbox.txt ;;
      dev) setup_venv .sandbox/venv-dev requirements/dev.txt ;;
      project) setup_project ;;
      missing) say_missing ;;
      *) fail "unknown part '$part': system, tests, load, sandbox, dev, project" ;;
    esac
  done
}

main "$@"
exit
