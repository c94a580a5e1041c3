#!/usr/bin/env bash
# Sourced at a dyno's start: Gunicorn trusts the router, and logs its accesses.
export FORWARDED_ALLOW_IPS='*'
export GUNICORN_CMD_ARGS="${GUNICORN_CMD_ARGS:---access-logfile -}"
