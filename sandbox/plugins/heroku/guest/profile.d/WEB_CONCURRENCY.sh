#!/usr/bin/env bash
# Sourced at a dyno's start: as many processes as its processors and its memory are good for, unless the
# app's owner has chosen: at most two for each processor and one more, with 256 MB each.
_memory=$(($(cat /sys/fs/cgroup/memory/memory.limit_in_bytes) >> 20))
_processors=$(nproc)
_say() {
  if [[ "${DYNO:-}" == web.* ]]; then
    echo "Python buildpack: $*" >&2
  fi
}

export DYNO_RAM=$_memory
_say "Detected $_memory MB available memory and $_processors CPU cores."
if [[ -v WEB_CONCURRENCY ]]; then
  _say "Skipping automatic configuration of WEB_CONCURRENCY since it's already set."
else
  export WEB_CONCURRENCY_SET_BY=heroku/python
  _by_memory=$((_memory / 256 > 0 ? _memory / 256 : 1))
  _by_processors=$((_processors * 2 + 1))
  if ((_by_memory < _by_processors)); then
    export WEB_CONCURRENCY=$_by_memory
    _say "Defaulting WEB_CONCURRENCY to $WEB_CONCURRENCY based on the available memory."
  else
    export WEB_CONCURRENCY=$_by_processors
    _say "Defaulting WEB_CONCURRENCY to $WEB_CONCURRENCY based on the number of CPU cores."
  fi
  unset _by_memory _by_processors
fi
unset _memory _processors
unset -f _say
