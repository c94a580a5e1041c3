"""Target vm: any Debian or Ubuntu machine that the user already has."""

import hashlib
from typing import Any, Final

import pulumi
from pydantic import Field

from components import pinned
from components.app import App
from components.errors import ConfigError, gathering
from components.login_key import LoginKeySection
from components.machine.machine import Machine
from components.machine.remote import Login
from components.notions import Host, LoginName
from components.settings import Settings
from components.ssh_keys import HostKey
from components.target import Endpoint, Question, probe

WAIT_SECONDS: Final = 45  # a machine that just restarts is back by then


class Section(LoginKeySection):
    """How to reach the machine."""

    host: Host = Field(description="name or address", examples=["203.0.113.7"])
    user: LoginName = Field("root", description="login user: root, or one with sudo", examples=["ubuntu"])
    port: int = Field(22, ge=1, le=65535, description="port of sshd", examples=[22])
    host_key: HostKey = Field(
        description="the machine's public host key, from /etc/ssh/ssh_host_ed25519_key.pub there",
        examples=["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5…"],
    )


def deploy(settings: Settings, section: Any, app: App) -> Endpoint:
    """Serve the app from the machine."""
    assert isinstance(section, Section)  # noqa: S101 - the registry pairs them
    faults = pinned.MACHINE.faults(settings.pinned_release)
    key = None
    with gathering(faults):
        key = section.key("vm")
    if faults:
        raise ConfigError(faults)
    login = Login(
        host=section.host,
        port=section.port,
        user=section.user,
        host_key=section.host_key,
        private_key=pulumi.Output.secret(key) if key else None,
        described=f"vm/host: {section.user}@{section.host} port {section.port}",
        wait_seconds=WAIT_SECONDS,
        identity=hashlib.sha256(section.host_key.encode()).hexdigest()[:12],
    )
    machine = Machine("machine", {"settings": settings, "app": app, "login": login})
    name = settings.machine.server_name or _bracketed(section.host)
    question = Question(
        place=f"{_bracketed(section.host)}:80",
        host=name,
        path=settings.app.health.asked,
        accept=settings.app.health.accept,
        seconds=20,
        remedy=f"the machine itself gets this answer, so look at what lies between: "
        f"does its firewall let port 80 through, and is {section.host} its address?",
    )
    release = probe(question, machine.release, opts=pulumi.ResourceOptions(depends_on=[machine]))
    return Endpoint(
        url=f"http://{name}",
        release=release,
        outputs={"webStack": settings.machine.web_stack},
    )


def _bracketed(host: str) -> str:
    """Write an IPv6 address as URLs have it."""
    return f"[{host}]" if ":" in host else host
