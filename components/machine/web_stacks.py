"""The web stacks as values: a web server in front of an app server, four combinations, one code path."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Proxy:
    """The web server of a machine: answers on port 80, serves files, passes the rest to the app server."""

    name: str
    frame: tuple[str, ...]  # templates that no app's site depends on


@dataclass(frozen=True, kw_only=True)
class AppServer:
    """What runs the WSGI app, inside the app's virtual environment."""

    name: str
    title: str
    package: str  # on the package index
    floor: str  # the least version that may face the Internet
    command: str  # below the virtual environment's bin; the configuration's path is added
    config: str  # template of its configuration
    protocol: str  # what it speaks on its socket: uwsgi or http
    apache_scheme: str  # the same in the words of Apache's ProxyPass
    socket_unit: bool  # whether systemd makes the socket


@dataclass(frozen=True, kw_only=True)
class WebStack:
    """A proxy and an app server."""

    proxy: Proxy
    server: AppServer


NGINX: Final = Proxy(name="nginx", frame=())
APACHE: Final = Proxy(name="apache", frame=("apache-frame.conf",))

# pyuwsgi is uWSGI as a wheel, so that no compiler is needed. uWSGI before 2.0.30 can lock up when it
# reloads on Python 3.12 (lincolnloop/pyuwsgi-wheels#24) and is open to response smuggling before
# 2.0.22 (CVE-2023-27522).
UWSGI: Final = AppServer(
    name="uwsgi",
    title="uWSGI",
    package="pyuwsgi",
    floor="2.0.30",
    command="uwsgi --ini",
    config="uwsgi.ini",
    protocol="uwsgi",
    apache_scheme="uwsgi",
    socket_unit=False,
)
# Gunicorn before 22 can be made to smuggle requests (CVE-2024-1135, CVE-2024-6827).
GUNICORN: Final = AppServer(
    name="gunicorn",
    title="Gunicorn",
    package="gunicorn",
    floor="23.0",
    command="gunicorn --config",
    config="gunicorn.conf.py",
    protocol="http",
    apache_scheme="http",
    socket_unit=True,
)

WEB_STACKS: Final[Mapping[str, WebStack]] = {
    f"{proxy.name}-{server.name}": WebStack(proxy=proxy, server=server)
    for proxy in (NGINX, APACHE)
    for server in (UWSGI, GUNICORN)
}
