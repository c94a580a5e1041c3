#!/usr/bin/env bash
# Sourced at a dyno's start: where Python and the app are.
export PIP_DISABLE_PIP_VERSION_CHECK=1
export PATH="$HOME/.heroku/python/bin:$PATH"
export PYTHONUNBUFFERED=true
export LANG="${LANG:-en_US.UTF-8}"
export PYTHONPATH="${PYTHONPATH:-$HOME}"
