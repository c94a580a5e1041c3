#!/usr/bin/env bash
# Takes the sandbox down and removes what it made in this checkout. The user's cache stays, and so does .venv,
# which is the user's own: `make setup` makes it, for `pulumi up`.
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
  find . -path ./.venv -prune -o -type d -name __pycache__ -prune -exec rm -rf {} +
}

main "$@"
exit
