"""The version of a release: everything that App Engine is told about it, spelled out, and its id.

What is left out the service fills in, and each such field would be a difference, and so a full deployment, at
every `pulumi up`.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from components.appengine import handlers, names, plan
from components.appengine.handlers import SECURITY, Handler
from components.appengine.section import Section
from components.appengine.source import SECRETS_VARIABLE, Source
from components.settings import Settings

SERVICE: Final = "default"  # a project's first service has to be this one
INGRESS: Final = {
    "all": "INGRESS_TRAFFIC_ALLOWED_ALL",
    "internal": "INGRESS_TRAFFIC_ALLOWED_INTERNAL_ONLY",
    "internal-and-lb": "INGRESS_TRAFFIC_ALLOWED_INTERNAL_AND_LB",
}
REDIRECT: Final = "REDIRECT_HTTP_RESPONSE_CODE_301"
CACHED: Final = "600s"  # App Engine's own default for static files
HEADERS: Final = {"X-Content-Type-Options": "nosniff"}  # as the web servers of other targets send


def arguments(
    source: Source, settings: Settings, section: Section, static: Mapping[str, str]
) -> dict[str, Any]:
    """Return the arguments of the version that are known before anything is made."""
    return {
        "service": SERVICE,
        "runtime": f"python{plan.python(settings).replace('.', '')}",
        "entrypoint": {"shell": source.entrypoint},
        "instance_class": section.instance_class,
        "handlers": [_handler(handler) for handler in handlers.make(static)],
        "automatic_scaling": _scaling(section, source.concurrency),
        "app_engine_apis": False,
        # A version stays when the next one serves: traffic can go back to it.
        "noop_on_destroy": True,
    }


def variables(source: Source, secrets: Mapping[str, str]) -> dict[str, str]:
    """Return the environment variables; `secrets` are variables to the versions of their secrets, by name."""
    if not secrets:
        return source.variables
    return {**source.variables, SECRETS_VARIABLE: json.dumps(dict(secrets), sort_keys=True)}


def digest(known: Mapping[str, Any], variables: Mapping[str, str], place: Mapping[str, str]) -> str:
    """Return the digest of a version: another one when anything of it is another.

    `place` is where it comes from and what it runs as: bucket, object, account; and the stack.
    """
    return names.digest({"known": dict(known), "variables": dict(variables), "place": dict(place)})


def _handler(handler: Handler) -> dict[str, Any]:
    fields = {"url_regex": handler.url_regex, **SECURITY, "redirect_http_response_code": REDIRECT}
    if handler.folder is None:
        return {**fields, "script": {"script_path": handlers.SCRIPT}}
    files = {
        "path": handler.path,
        "upload_path_regex": handler.upload_path_regex,
        "application_readable": True,  # else the app could not read its own folder
        "require_matching_file": False,
        "expiration": CACHED,
        "http_headers": HEADERS,
    }
    return {**fields, "static_files": files}


def _scaling(section: Section, concurrency: int) -> dict[str, Any]:
    return {
        "max_concurrent_requests": concurrency,
        "min_idle_instances": 0,
        "max_idle_instances": 1,
        "min_pending_latency": "1s",
        "max_pending_latency": "5s",
        "standard_scheduler_settings": {
            "min_instances": section.min_instances,
            "max_instances": section.max_instances,
            "target_cpu_utilization": 0.6,
            "target_throughput_utilization": 0.6,
        },
    }
