"""A machine that serves the app.

ready      waits for SSH and cloud-init, refuses a system that is not supported
claim      one owner for each app on a machine; deleting it removes the app
provision  what no release depends on: packages, users, directories
upload     the app's files, one archive
secrets    secret environment variables, in an input of their own
release    builds the release beside the one that serves, asks it, switches, lets the old one finish
"""

import hashlib
from pathlib import Path
from typing import TypedDict

import pulumi

from components.app import App
from components.machine import explain, generation, plan, remote
from components.machine.web_stacks import WEB_STACKS
from components.settings import Settings

BUNDLES = Path(".flask-deploy")


class MachineArgs(TypedDict):
    """What a machine needs to know."""

    settings: Settings
    app: App
    login: remote.Login


class Machine(pulumi.ComponentResource):
    """The app, served by a web stack on one machine."""

    release: pulumi.Output[str]

    def __init__(self, name: str, args: MachineArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("flask-deploy:index:Machine", name, {}, opts)
        settings, app, login = args["settings"], args["app"], args["login"]
        stack = WEB_STACKS[settings.machine.web_stack]
        bundle = write_bundle(app)
        steps = plan.make(
            settings,
            app,
            stack,
            generation.build(settings, app, stack),
            hashlib.sha256(bundle.read_bytes()).hexdigest(),
        )
        self._explain = explain.hook(login.described, login.wait_seconds)
        after = self._after
        ready = remote.run(steps.ready, login, opts=after())
        claim = remote.run(steps.claim, login, opts=after(ready), undo=("remove",), subject=settings.app.name)
        provision = remote.run(steps.provision, login, opts=after(claim))
        sent: list[pulumi.Resource] = [
            remote.copy("upload", bundle, steps.upload_path, login, opts=after(provision))
        ]
        if steps.secrets:
            sent.append(remote.run(steps.secrets, login, opts=after(provision)))
        release = remote.run(steps.go_live, login, opts=after(*sent))
        if settings.pinned_release:
            self._say_pinned(settings.pinned_release)
        self.release = release.stdout.apply(lambda _: steps.release)
        self.register_outputs({"release": self.release})

    def _after(self, *before: pulumi.Resource) -> pulumi.ResourceOptions:
        hooks = pulumi.ResourceHookBinding(on_error=[self._explain])
        return pulumi.ResourceOptions(parent=self, depends_on=list(before), hooks=hooks)

    def _say_pinned(self, release: str) -> None:
        pulumi.log.warn(
            f"pinned to release {release}: changes of the app wait; "
            "to go forward again: pulumi config rm flask-deploy:pinnedRelease",
            self,
        )


def write_bundle(app: App) -> Path:
    """Write the app's archive to a place whose name depends on its content only; return the absolute path."""
    path = BUNDLES.resolve() / f"{app.bundle.digest[:12]}.tar"
    path.parent.mkdir(exist_ok=True)
    (path.parent / ".gitignore").write_text("*\n")
    app.bundle.write_tar(path)
    return path
