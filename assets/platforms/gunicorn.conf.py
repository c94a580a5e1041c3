"""Gunicorn on a platform. Put beside the app by flask-deploy; what the app's own file says comes first."""

import os
import runpy
from pathlib import Path

SECRETS = Path(__file__).with_name("flask_deploy_secrets.py")
if SECRETS.exists():  # where the platform has no secret variables; the app's own file may need them
    runpy.run_path(str(SECRETS))["load"]()
OWN = Path(__file__).with_name("gunicorn_app.conf.py")
own = runpy.run_path(str(OWN)) if OWN.exists() else {}

worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # App Engine's /tmp is memory too
forwarded_allow_ips = "*"  # only the platform's router can connect
globals().update({name: value for name, value in own.items() if not name.startswith("__")})


def post_worker_init(worker):
    """Wrap the app that the worker has loaded."""
    if "post_worker_init" in own:
        own["post_worker_init"](worker)
    wrapper = runpy.run_path(str(Path(__file__).with_name("flask_deploy.py")))
    worker.wsgi = wrapper["wrap"](worker.wsgi)
