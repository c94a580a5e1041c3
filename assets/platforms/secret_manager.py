"""Sets the app's secret environment variables from Secret Manager, before the app is loaded.

Put beside the app by flask-deploy for App Engine standard, which has no secret variables of its own.
FLASK_DEPLOY_SECRETS names, for each variable, the version of the secret: never its value.
"""

import base64
import json
import os
import urllib.request

METADATA = "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token"
API = "https://secretmanager.googleapis.com/v1"
SECONDS = 10


def load():
    """Set the variables; any failure ends the start, since the app would run without its secrets."""
    names = json.loads(os.environ.get("FLASK_DEPLOY_SECRETS", "{}"))
    if names:
        token = _ask(METADATA, {"Metadata-Flavor": "Google"})["access_token"]
        for variable, version in names.items():
            os.environ[variable] = _value(version, token)


def _value(version, token):
    answer = _ask(f"{API}/{version}:access", {"Authorization": f"Bearer {token}"})
    return base64.b64decode(answer["payload"]["data"]).decode()


def _ask(url, headers):
    request = urllib.request.Request(url, headers=headers)  # noqa: S310  Google's, as above
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310  as above
        return json.load(answer)
