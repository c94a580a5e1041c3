"""A machine that serves the app.

ready      waits for SSH and cloud-init, refuses a system that is not supported
claim      one owner for each app on a machine; deleting it removes the app
farewell   nothing, until it is deleted: then it asks whether the machine is still there
provision  what no release depends on: packages, users, directories
upload     the app's files, one archive
secrets    secret environment variables, in an input of their own
release    builds the release beside the one that serves, asks it, switches, lets the old one finish
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import NotRequired, TypedDict

import pulumi
from pulumi_command.remote import Command

from components import deadline
from components.app import App
from components.machine import explain, farewell, generation, plan, remote
from components.machine.web_stacks import WEB_STACKS
from components.settings import Settings
from components.target import say_pinned

BUNDLES = Path(".flask-deploy")


class MachineArgs(TypedDict):
    """What a machine needs to know."""

    settings: Settings
    app: App
    login: remote.Login
    denied_addresses: NotRequired[tuple[str, ...]]  # that the app must not reach


class Machine(pulumi.ComponentResource):
    """The app, served by a web stack on one machine. Its steps are named after it, such as `web-0-ready`."""

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
            generation.build(settings, app, stack, args.get("denied_addresses", ())),
            hashlib.sha256(bundle.read_bytes()).hexdigest(),
        )
        self._name, self._login = name, login
        self._explain = explain.hook(login.described, login.wait_seconds)
        ready = self._run(steps.ready, *login.after)
        claim = self._run(steps.claim, ready, subject=settings.app.name, undo=("remove",))
        if not login.ends_with:
            farewell.make(
                f"{name}-farewell", login, opts=pulumi.ResourceOptions(parent=self, depends_on=[claim])
            )
        provision = self._run(steps.provision, claim)
        opts = self._opts(["upload"], provision)
        upload = remote.copy(f"{name}-upload", bundle, steps.upload_path, login, opts=opts)
        self._watch(upload, "upload", plan.UPLOAD_SECONDS, provision)
        sent: list[pulumi.Resource] = [upload]
        if steps.secrets:
            sent.append(self._run(steps.secrets, provision))
        release = self._run(steps.go_live, *sent)
        if settings.pinned_release:
            say_pinned(settings.pinned_release, self)
        self.release = release.stdout.apply(lambda _: steps.release)
        self.register_outputs({"release": self.release})

    def _run(
        self, step: plan.Step, *before: pulumi.Resource, subject: str = "", undo: tuple[str, ...] = ()
    ) -> Command:
        """Run a step. With another `subject` it is another resource: made first, the old one undone last.

        Unlike a replacement that can be gone back on: the old one stays in the state as it was until then.
        """
        name = f"{self._name}-{step.name}"
        known = [step.name]  # its name before there could be several machines
        if subject:
            known.append(name)  # its name before it had the subject
            name = f"{name}-{subject}"
        opts = self._opts(known, *before)
        made = remote.run(name, step, self._login, opts=opts, undo=undo)
        self._watch(made, step.name, step.seconds, *before)
        return made

    def _watch(self, made: pulumi.CustomResource, step: str, seconds: int, *before: pulumi.Resource) -> None:
        """End the run when a step takes longer than the machine itself lets it: then there is no machine."""
        most = seconds + plan.KILL_SECONDS + remote.CONNECT_SECONDS + self._login.wait_seconds
        deadline.watch(
            made,
            most,
            f"{self._login.described}: the step '{step}' has not come back after {most} seconds, though "
            f"the machine ends it after {seconds}, so this run ends here; is the machine still there? "
            "what served still serves; when it can be reached, run 'pulumi up' again",
            before,
        )

    def _opts(self, known: Sequence[str], *before: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(
            parent=self,
            depends_on=list(before),
            deleted_with=self._login.ends_with,
            hooks=pulumi.ResourceHookBinding(on_error=[self._explain]),
            aliases=[pulumi.Alias(name=name) for name in known],
        )


def write_bundle(app: App) -> Path:
    """Write the app's archive to a place whose name depends on its content only; return the absolute path."""
    path = BUNDLES.resolve() / f"{app.bundle.digest[:12]}.tar"
    path.parent.mkdir(exist_ok=True)
    (path.parent / ".gitignore").write_text("*\n")
    app.bundle.write_tar(path)
    return path
