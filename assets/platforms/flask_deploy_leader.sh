#!/bin/bash
# Runs the release command on the one instance that leads a deployment, before the app starts there:
# in the staged files, with the app's packages, as the app's user.
set -eu
cd "$(dirname "$0")"
set -- /var/app/venv/*/bin
PATH=$1:$PATH
PYTHONPATH=$PWD:$PWD/src${PYTHONPATH:+:$PYTHONPATH}
# Of root's own, libraries would want to read files there, and fail: libpq does.
HOME=$(getent passwd webapp | cut -d: -f6)
export PATH PYTHONPATH HOME
# What it says goes to the app's log as well: that one is sent to CloudWatch, where lines outlive the instance,
# and cfn-init's is not. The command's status counts; a full disk is no failure.
set +e
runuser -u webapp -- /bin/sh -eu flask_deploy_release.sh 2>&1 | tee -a /var/log/web.stdout.log
exit "${PIPESTATUS[0]}"
