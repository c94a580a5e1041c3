"""heroku:build/build:Build, as resource_heroku_build.go has it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from sandbox.plugins.calls import Call, RefusedError
from sandbox.plugins.cloud.values import known, opened
from sandbox.plugins.heroku import archive
from sandbox.plugins.heroku.api.apps import buildpack_url
from sandbox.plugins.heroku.api.platform import ApiError
from sandbox.plugins.heroku.resources.base import HerokuResource, prefixed
from sandbox.plugins.heroku.retry import poll
from sandbox.plugins.provider import Diff, Failure
from sandbox.plugins.values import Wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.plugins.values import Props


class Build(HerokuResource):
    """A build of a source, and the release that comes of it. There is no update."""

    token = "heroku:build/build:Build"  # noqa: S105 - a type's name
    force_new: ClassVar[frozenset[str]] = frozenset({"appId", "buildpacks", "source", "localChecksum"})
    kept: ClassVar[frozenset[str]] = frozenset({"buildpacks"})

    def refusals(self, inputs: Props) -> Iterable[Failure]:
        """Rules that the preview tells."""
        yield from super().refusals(inputs)
        source = inputs.get("source") or {}
        url = source.get("url")
        if url is not None and not str(url).startswith("https://"):
            text = f'"source.0.url" must be a secure URL, start with `https://`. Value is "{url}"'
            yield Failure("source.url", text)

    def diff(self, call: Call, old: Props, new: Props) -> Diff:
        """Compare arguments, and the source's content with what was built."""
        found = dict(super().diff(call, old, new).detailed)
        built = self.cloud.account.row("builds", call.id) or {}
        checksum = self._checksum(call, new)
        if checksum and checksum != built.get("local_checksum", checksum):
            found["localChecksum",] = "ADD_REPLACE"
        # What was recorded is what the API answered: addresses, whatever the program calls them.
        for number, name in enumerate(opened(new.get("buildpacks")) or ()):
            if isinstance(name, str) and _address(name) != name:
                found["buildpacks", number] = "UPDATE_REPLACE"
        return Diff(found)

    def create(self, call: Call, inputs: Props) -> tuple[str, Props]:
        """Build. The source has to be there for a preview too."""
        checksum = self._checksum(call, inputs)
        identity, state = super().create(call, inputs)
        return identity, {**state, "localChecksum": checksum} if checksum else state

    def make(self, call: Call, inputs: Props) -> str:
        """Upload the source, have it built, wait for the end."""
        app, source = inputs["appId"], inputs["source"]
        blob: dict[str, Any] = {}
        if source.get("version"):
            blob["version"] = source["version"]
        checksum = ""
        if source.get("path"):
            if source.get("checksum"):
                raise RefusedError(
                    "source.checksum should be empty when source.path is set (checksum is auto-generated)"
                )
            checksum = _checksum_of(source["path"])
            blob["url"] = self._upload(call, source["path"])
            if not Path(source["path"]).is_dir():
                blob["checksum"] = checksum
        elif source.get("url"):
            blob |= {name: source[name] for name in ("url", "checksum") if source.get(name)}
        else:
            raise RefusedError("Build requires either source.path or source.url")
        wanted: dict[str, Any] = {"source_blob": blob}
        if inputs.get("buildpacks"):
            wanted["buildpacks"] = [{"url": name} for name in inputs["buildpacks"]]
        identity = self._build(call, app, wanted)
        with self.cloud.account.opened() as tables:
            tables["builds"][identity]["local_checksum"] = checksum
        return identity

    def look(self, identity: str, state: Props) -> Props | None:
        """What the API tells of the build: it does not change any more."""
        try:
            build = self.client.ask(self.looking, "GET", f"/apps/{state['appId']}/builds/{identity}")
        except RefusedError as problem:
            raise prefixed("Error retrieving build", problem) from problem
        noted = self.cloud.account.row("builds", identity) or {}
        return {
            "appId": state["appId"],
            "buildpacks": [one["url"] for one in build["buildpacks"]],
            "localChecksum": noted.get("local_checksum", ""),
            "outputStreamUrl": build["output_stream_url"],
            "releaseId": (build["release"] or {}).get("id", ""),
            "slugId": (build["slug"] or {}).get("id", ""),
            "stack": build["stack"],
            "status": build["status"],
            "users": [build["user"]],
            "uuid": build["id"],
        }

    def change(self, call: Call, identity: str, old: Props, new: Props) -> None:
        """Nothing can be changed."""

    def unmake(self, call: Call, identity: str, state: Props) -> None:
        """Nothing is removed: the API has no such thing."""

    def _state(self, identity: str, inputs: Props, before: Props) -> Props:
        """What is recorded: buildpacks as the API calls them, not as the program does."""
        state = super()._state(identity, inputs, before)
        built = self.cloud.account.row("builds", identity) or {}
        return {**state, "buildpacks": built.get("buildpacks", state.get("buildpacks"))}

    def _upload(self, call: Call, path: str) -> str:
        """Upload the source; where the platform finds it."""
        with tempfile.TemporaryDirectory() as folder:
            packed = Path(path)
            if packed.is_dir():
                packed = Path(folder, "source.tar.gz")
                try:
                    archive.pack(path, packed)
                except OSError as problem:
                    text = f"Error generating build source tarball {path}: {problem}"
                    raise RefusedError(text) from problem
            try:
                blob = self.client.ask(call, "POST", "/sources")["source_blob"]
            except RefusedError as problem:
                raise prefixed("Error creating source for build", problem) from problem
            target = blob["put_url"].removeprefix(self.client.access.url)
            self.client.ask(call, "PUT", target, raw=packed.read_bytes())
            return str(blob["get_url"])

    def _build(self, call: Call, app: str, wanted: dict[str, Any]) -> str:
        try:
            build = self.client.ask(call, "POST", f"/apps/{app}/builds", wanted)
        except RefusedError as problem:
            raise prefixed("Error creating build", problem) from problem
        path = f"/apps/{app}/builds/{build['id']}"
        status = poll(call, lambda: str(self.client.ask(call, "GET", path)["status"]))
        if status != "succeeded":
            output = self.client.ask(call, "GET", f"/streams/{build['id']}")
            start = f"Build failed (app: {app}), complete build log follows:"
            raise RefusedError(f"{start}\n{output}\n(End of build log)")
        return str(build["id"])

    def _checksum(self, call: Call, inputs: Props) -> str:
        """The source's checksum while the difference is found; empty when it has no known path."""
        path = (known(inputs).get("source") or {}).get("path")
        if not path or isinstance(path, Wrapped):
            return ""
        try:
            return _checksum_of(path)
        except RefusedError as problem:
            text = f"diffing {call.urn}: 1 error occurred:\n\t* {problem}\n\n"
            raise RefusedError(text) from problem


def _checksum_of(path: str) -> str:
    """The checksum of a source. RefusedError when it is not there."""
    if not Path(path).exists():
        text = f"stat {path}: no such file or directory"
        raise RefusedError(f"Error stating build source path {path}: {text}")
    folder = Path(path).is_dir()
    return archive.checksum_of_folder(path) if folder else archive.checksum_of_file(path)


def _address(buildpack: str) -> str:
    try:
        return buildpack_url(buildpack)
    except ApiError:
        return ""
