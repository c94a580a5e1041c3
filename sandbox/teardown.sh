#!/usr/bin/env bash
# Takes the sandbox down and removes what it made in this checkout. The user's cache stays.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

main() {
  local python
  for python in .sandbox/venv/bin/python .sandbox/venv-dev/bin/python; do
    if [[ -x $python ]]; then
      "$python" -m sandbox clean # machines must be down before their folders go
      break
    fi
  done
  rm -rf .sandbox .mypy_cache .ruff_cache .pytest_cache .hypothesis
}

main "$@"
exit
