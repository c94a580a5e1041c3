#!/bin/sh
# Runs the release command on the one instance that leads a deployment, before the app starts there:
# in the staged files, with the app's packages, as the app's user.
set -eu
cd "$(dirname "$0")"
set -- /var/app/venv/*/bin
PATH=$1:$PATH
PYTHONPATH=$PWD:$PWD/src${PYTHONPATH:+:$PYTHONPATH}
export PATH PYTHONPATH
exec runuser -u webapp -- /bin/sh -eu flask_deploy_release.sh
