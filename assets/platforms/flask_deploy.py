"""Wraps the app: names the release in each answer, and serves the app's static folders.

Put beside the app by flask-deploy where no web server of its own stands in front of it;
flask_deploy.json says what is served. WhiteNoise is installed where there is something to serve.
"""

import hashlib
import json
import os
from pathlib import Path

HERE = Path(__file__).resolve().parent


def wrap(app):
    """Return the app as it answers on the platform."""
    settings = json.loads((HERE / "flask_deploy.json").read_text(encoding="utf-8"))
    if settings["static"]:
        app = _with_static(app, settings["static"])
    return _with_release(app, release(settings["code"], os.environ.get("FLASK_DEPLOY_ENVIRONMENT", "")))


def release(code, environment):
    """Return the id of what runs: this code with these environment variables, as both have arrived here."""
    return hashlib.sha256(f"{code} {environment}".encode()).hexdigest()[:12]


def _with_static(app, folders):
    from whitenoise import WhiteNoise

    static = WhiteNoise(app, add_headers_function=_no_sniffing)
    for prefix, folder in folders.items():
        static.add_files(str(HERE / folder), prefix=prefix)
    return static


def _no_sniffing(headers, _path, _url):
    headers["X-Content-Type-Options"] = "nosniff"


def _with_release(app, release_id):
    def answer(environ, start_response):
        def start(status, headers, exc_info=None):
            return start_response(status, [*headers, ("X-Release", release_id)], exc_info)

        return app(environ, start)

    return answer
