#!/usr/bin/env bash
# Become a dyno's process. Its environment comes on standard input, as NAME=VALUE entries that end with a
# zero byte: a command line is for all to see. The command is the first argument.
# https://devcenter.heroku.com/articles/profiled: .profile.d first, then .profile, then the command.

while IFS= read -r -d '' entry; do
  export "${entry?}"
done
exec </dev/null
unset entry

shopt -s nullglob
for profile in "$HOME"/.profile.d/*.sh; do
  # shellcheck source=/dev/null
  source "$profile"
done
unset profile
shopt -u nullglob
if [[ -f "$HOME/.profile" ]]; then
  # shellcheck source=/dev/null
  source "$HOME/.profile"
fi

eval "$1"
