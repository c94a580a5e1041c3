"""Target appengine with `pinnedRelease`: the traffic goes back to a version that is kept."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, Final

from components.targets import appengine
from unit import examples, recorder

if TYPE_CHECKING:
    from unit.conftest import Deploy

RELEASE: Final = "3f9c0a71be52"
VERSION: Final = f"r{RELEASE}-0a1b2c"
HOST: Final = "my-project.ew.r.appspot.com"
SECRETS: Final = {"secrets": {"DATABASE_URL": examples.CANARY}}


def deployed(deploy: Deploy, changes: dict[str, Any] | None = None) -> recorder.Recording:
    """What the minimal configuration with changes makes."""
    done = deploy(examples.changed(examples.APPENGINE, changes or {}))
    assert done.error is None
    return done


def pinned(deploy: Deploy, changes: dict[str, Any] | None = None) -> recorder.Recording:
    """A stack that is pinned to a version."""
    return deployed(deploy, examples.changed(changes or {}, {"pinnedRelease": VERSION}))


def asked(done: recorder.Recording, name: str) -> tuple[list[str], dict[str, str]]:
    """A probe's arguments and options."""
    words = shlex.split(done[name].inputs["create"])
    return words[2:8], dict(zip(words[8::2], words[9::2], strict=True))


def test_the_traffic_goes_to_the_version(deploy: Deploy) -> None:
    """All of it, and the outputs name it with its release."""
    done = pinned(deploy)
    assert done["traffic"].inputs["split"]["allocations"] == {VERSION: "1"}
    assert (done.outputs["version"], done.outputs["release"]) == (VERSION, RELEASE)


def test_it_has_to_answer_at_its_own_address_before(deploy: Deploy) -> None:
    """Its own release, whatever the app is today; App Engine itself answers for what is not there."""
    done = pinned(deploy, {"app": {"environment": {"A": "1"}}})
    arguments, options = asked(done, "probe-version")
    assert (arguments[0], arguments[5]) == (f"{VERSION}-dot-{HOST}:443", RELEASE)
    assert "gcloud app versions list --service default" in options["--remedy"]
    assert "what served before still serves" in options["--remedy"]
    assert "probe-version" in done["traffic"].depends_on


def test_the_app_s_address_has_the_last_word(deploy: Deploy) -> None:
    """After the traffic has moved."""
    done = pinned(deploy)
    arguments, options = asked(done, "probe")
    assert (arguments[0], arguments[5]) == (f"{HOST}:443", RELEASE)
    assert options["--deployment"] == VERSION
    assert {"traffic", "probe-version"} <= done["probe"].depends_on


def test_no_version_is_registered(deploy: Deploy) -> None:
    """Nor what it is made of: so removing the key makes one of today's app. What was made stays at Google."""
    before, done = deployed(deploy, SECRETS), pinned(deploy, SECRETS)
    assert set(before.names()) - set(done.names()) == {"version", "code", "attempt"}
    assert before["version"].inputs["noopOnDestroy"] is True
    assert before["code"].retained


def test_a_kept_version_may_still_do_what_it_needs(deploy: Deploy) -> None:
    """It runs as the same account, and reads its own versions of the secrets, which are retained."""
    before, done = deployed(deploy, SECRETS), pinned(deploy, SECRETS)
    kinds = ("Account", "BucketIAMMember", "IAMMember", "Secret", "SecretVersion", "SecretIamMember")
    for kind in kinds:
        assert [each.inputs for each in done.all(kind)] == [each.inputs for each in before.all(kind)], kind
    assert done.one("SecretVersion").retained
    needed = {each.name for each in done.all("SecretIamMember")}
    assert needed <= done["probe-version"].depends_on


def test_an_app_that_can_t_be_asked_goes_back_too(deploy: Deploy) -> None:
    """Without proof, as it came."""
    done = pinned(deploy, {"appengine": {"ingress": "internal"}})
    assert not [name for name in done.names() if name.startswith("probe")]
    assert done["traffic"].inputs["split"]["allocations"] == {VERSION: "1"}
    assert done.outputs["release"] == RELEASE


def test_no_zip_is_staged(deploy: Deploy) -> None:
    """There is nothing to upload."""
    place = deployed(deploy).folder / appengine.ZIP
    place.unlink()
    pinned(deploy)
    assert not place.exists()
