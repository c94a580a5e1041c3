"""Target ecs: a machine of Alibaba Cloud ECS in a network of its own, then the web stack on it.

What is looked up (zone, instance type, image) is held once the machine is there: a later answer of the
cloud must never stop it, nor replace its disk.
"""

from typing import Any, Final, TypedDict

import pulumi

from components import cloud_account, explained, pinned
from components.alibaba import network, reasons, server
from components.alibaba.choice import Choice, choose
from components.alibaba.parts import Common
from components.alibaba.section import Section
from components.app import App
from components.errors import ConfigError, gathering
from components.machine.machine import Machine
from components.machine.remote import Login
from components.settings import Settings
from components.target import Endpoint, Question, probe

__all__ = ["Section", "deploy"]

BOOT_SECONDS: Final = 300
METADATA: Final = "100.100.100.200"  # there any program may read the user data, the host key among them
# A profile of Alibaba Cloud's command line has a region too.
REGION_KEYS: Final = ("region", "profile", "sharedCredentialsFile")
REGION_VARIABLES: Final = (
    *("ALIBABA_CLOUD_REGION", "ALICLOUD_REGION"),
    *("ALIBABA_CLOUD_PROFILE", "ALICLOUD_PROFILE"),
)
NAMES: Final = ("web-0",)  # a list, since there will be several behind a load balancer


class EcsArgs(TypedDict):
    """What the component needs to know; `login_key` is the private half of the section's public key."""

    settings: Settings
    section: Section
    app: App
    choice: Choice
    login_key: str | None


class Ecs(pulumi.ComponentResource):
    """Network, security group, keys, and the machines that serve the app."""

    release: pulumi.Output[str]
    address: pulumi.Output[str]
    outputs: dict[str, pulumi.Output[Any]]

    def __init__(self, name: str, args: EcsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("flask-deploy:index:Ecs", name, {}, opts)
        section, choice = args["section"], args["choice"]
        common = Common(
            parent=self,
            label=f"{pulumi.get_project()}-{pulumi.get_stack()}"[:100],
            explain=explained.hook("refused", "target ecs", reasons.reason),
        )
        place = network.make(section, choice, common)
        keys = server.make_keys(section, args["login_key"], common)
        servers = {
            each: server.make(each, section=section, choice=choice, place=place, keys=keys, common=common)
            for each in NAMES
        }
        machines = {each: self._machine(each, args, place, keys, servers[each]) for each in NAMES}
        first = servers[NAMES[0]]
        self.release, self.address = machines[NAMES[0]].release, first.address
        self.outputs = {
            "address": first.address,
            "hostKey": keys.host,
            "instanceId": first.instance.id,
            "instanceType": first.instance.instance_type,
            "imageId": first.instance.image_id,
            "zoneId": pulumi.Output.from_input(place.switch.zone_id),
        }
        if section.public_key is None and keys.private is not None:
            self.outputs["loginKey"] = keys.private
        self.register_outputs({"release": self.release, "address": self.address})

    def _machine(
        self, name: str, args: EcsArgs, place: network.Place, keys: server.Keys, made: server.Server
    ) -> Machine:
        login = Login(
            host=made.address,
            user="root",
            host_key=keys.host,
            private_key=keys.private,
            described=f"ecs/sshFrom: {name} (does it name the address that this computer comes from?)",
            wait_seconds=BOOT_SECONDS,
            identity=made.instance.id,
            after=(made.reachable, *place.rules),
            ends_with=made.instance,
        )
        return Machine(
            name,
            {
                "settings": args["settings"],
                "app": args["app"],
                "login": login,
                "denied_addresses": (METADATA,),
            },
            pulumi.ResourceOptions(parent=self),
        )


def deploy(settings: Settings, section: Any, app: App) -> Endpoint:
    """Make the machine, and serve the app from it."""
    assert isinstance(section, Section)  # noqa: S101 - the registry pairs them
    faults = cloud_account.plain_secrets("alicloud", ("accessKey", "secretKey", "securityToken"))
    faults += cloud_account.missing("alicloud", REGION_KEYS, REGION_VARIABLES, "eu-central-1")
    faults += pinned.MACHINE.faults(settings.pinned_release)
    login_key = None
    with gathering(faults):
        login_key = section.key("ecs")
    if faults:
        raise ConfigError(faults)
    choice = choose(section)
    made = Ecs(
        "ecs",
        {"settings": settings, "section": section, "app": app, "choice": choice, "login_key": login_key},
    )
    if section.image_id:
        made.outputs["imageId"].apply(lambda held: _say_held(held, choice.image_id))
    name = pulumi.Output.from_input(settings.machine.server_name or made.address)
    question = pulumi.Output.all(made.address, name).apply(lambda both: _question(settings, *both))
    release = probe(question, made.release, opts=pulumi.ResourceOptions(depends_on=[made]))
    outputs = {"webStack": settings.machine.web_stack, **made.outputs}
    return Endpoint(url=pulumi.Output.concat("http://", name), release=release, outputs=outputs)


def _question(settings: Settings, address: str, name: str) -> Question:
    return Question(
        place=f"{address}:80",
        host=name,
        path=settings.app.health.asked,
        accept=settings.app.health.accept,
        seconds=20,
        remedy="the machine itself gets this answer, so look at what lies between: "
        "is port 80 open in the security group, and can this computer reach the Internet?",
    )


def _say_held(held: str, wanted: str) -> None:
    if held != wanted:
        pulumi.log.info(
            f"ecs/imageId: the machine keeps {held}, since another image would replace its disk; "
            "for a new machine: pulumi up --replace '**Instance::web-0'"
        )
