"""The provider's traps, each as seen with the official plugin 1.0.4: reference/providers.md, section 4.5.

The numbers are those of that list. `HEROKU_PLUGIN` runs the same table against the official one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import provider_pb2
from waiting import until

from plugins.harness import Failed
from plugins.heroku.cases import (
    APP,
    ASSOCIATION,
    BUILD,
    DOMAIN,
    FORMATION,
    an_app,
    as_recorded,
    changes,
    config_vars,
    kinds,
    of,
    rows,
    shows,
    write,
)
from plugins.wire import secret

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from plugins.cloud import Cloud


def build(cloud: Cloud, app: str, path: Path | str, **more: Any) -> Any:
    """Build a source for an app."""
    return cloud.make(BUILD, {"appId": app, "source": {"path": str(path)}, **more}, name=f"b-{app[:8]}")


@pytest.mark.parametrize("path", ["src", "src/", "../work/src", "{absolute}"])
def test_paths_that_work(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, starting: Callable[..., Cloud]
) -> None:
    """1: a plain relative path and an absolute one arrive with the files at the root."""
    source = write(tmp_path / "work" / "src")
    monkeypatch.chdir(source.parent)
    cloud = starting()
    made = build(cloud, an_app(cloud).id, path.format(absolute=source))
    assert made.state["status"] == "succeeded"


@pytest.mark.parametrize(
    ("path", "sign"),
    [
        ("./src", r"couldn't find any supported Python project files[\s\S]*!\s+src/"),  # 1
        (".", r"spelled incorrectly[\s\S]*'python-version'"),  # 2
    ],
)
def test_paths_that_break(
    path: str, sign: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, starting: Callable[..., Cloud]
) -> None:
    """1 and 2: `./src` arrives one folder too deep, `.` without the first dot of the root's dotfiles."""
    source = write(tmp_path / "work" / "src")
    monkeypatch.chdir(source if path == "." else source.parent)
    cloud = starting()
    app = an_app(cloud, buildpacks=["heroku/python"])
    with pytest.raises(Failed) as refused:
        build(cloud, app.id, path)
    assert re.search(sign, refused.value.text)


def test_links_arrive_as_links_to_themselves(cloud: Cloud, tmp_path: Path) -> None:
    """3: a file that is a symbolic link is no file any more at the other end."""
    source = write(tmp_path / "src")
    (source / "requirements.txt").rename(source / "real.txt")
    (source / "requirements.txt").symlink_to("real.txt")
    with pytest.raises(Failed) as refused:
        build(cloud, an_app(cloud).id, source)
    assert "Couldn't find any supported Python package manager files" in refused.value.text


@pytest.mark.parametrize("name", [".git/HEAD", "__pycache__/a.pyc", ".env", "new.py"])
def test_every_file_counts(name: str, cloud: Cloud, tmp_path: Path) -> None:
    """3: nothing is ignored, so that a stray file is a new build."""
    source = write(tmp_path / "src")
    made = build(cloud, an_app(cloud).id, source)
    write(source, **{name: "x"})
    assert list(cloud.diff(made, made.inputs).replaces) == ["localChecksum"]


def test_times_and_modes_do_not_count(cloud: Cloud, tmp_path: Path) -> None:
    """4: touch and chmod make no build."""
    source = write(tmp_path / "src")
    made = build(cloud, an_app(cloud).id, source)
    (source / "app.py").touch()
    (source / "app.py").chmod(0o755)
    assert not changes(cloud, made, made.inputs)


def test_another_path_is_another_build(cloud: Cloud, tmp_path: Path) -> None:
    """5: the path is part of the state."""
    made = build(cloud, an_app(cloud).id, write(tmp_path / "a" / "src"))
    moved = {**made.inputs, "source": {"path": str(write(tmp_path / "b" / "src"))}}
    assert "source" in cloud.diff(made, moved).replaces


def test_a_path_that_is_gone(cloud: Cloud, tmp_path: Path) -> None:
    """5: neither a difference nor a preview can be had of it; a removal can."""
    source = write(tmp_path / "src")
    app = an_app(cloud)
    made = build(cloud, app.id, source)
    for path in sorted(source.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    source.rmdir()
    for ask in (lambda: cloud.diff(made, made.inputs), lambda: cloud.preview(BUILD, made.inputs)):
        with pytest.raises(Failed) as refused:
            ask()
        assert "diffing urn:" in refused.value.text
        assert f"Error stating build source path {source}: stat {source}" in refused.value.text
    cloud.unmake(made)


def test_buildpacks_of_a_build_are_never_settled(cloud: Cloud, tmp_path: Path) -> None:
    """6: the API answers with addresses, so a Build with `buildpacks` is replaced on every run."""
    made = build(cloud, an_app(cloud).id, write(tmp_path / "src"), buildpacks=["heroku/python"])
    assert made.state["buildpacks"] != ["heroku/python"]
    assert "buildpacks" in cloud.diff(made, made.inputs).replaces


@pytest.mark.parametrize(("buildpack", "settled"), [("heroku/python", True), ("heroku-community/apt", False)])
def test_buildpacks_of_an_app(buildpack: str, cloud: Cloud, *, settled: bool) -> None:
    """6: an official name is stable at the App, another one an update for ever."""
    made = an_app(cloud, buildpacks=[buildpack])
    wanted = made.inputs
    cloud.refresh(made)
    assert bool(changes(cloud, made, wanted)) is not settled


def test_what_is_left_out_of_the_program_stays(cloud: Cloud) -> None:
    """7: without `buildpacks` and `stack` nothing changes at Heroku."""
    made = an_app(cloud, buildpacks=["heroku/python"], stack="heroku-24")
    without = {name: value for name, value in made.inputs.items() if name not in {"buildpacks", "stack"}}
    assert not changes(cloud, made, without)
    cloud.change(made, without)
    assert (made.state["buildpacks"], made.state["stack"]) == (["heroku/python"], "heroku-24")


def test_a_change_of_the_app_triggers_no_build(cloud: Cloud, tmp_path: Path) -> None:
    """7: after a change of the stack the app stays on the old one until its source changes."""
    app = an_app(cloud, stack="heroku-24")
    made = build(cloud, app.id, write(tmp_path / "src"))
    cloud.change(app, {**app.inputs, "stack": "heroku-26"})
    assert not changes(cloud, made, made.inputs)
    assert len(rows(cloud, "builds", app.id)) == 1
    assert cloud.refresh(made)
    assert made.state["stack"] == "heroku-24"


@pytest.mark.parametrize("procfile", ["worker: python app.py\n", "web: gunicorn app:app\nrelease: NEEDED\n"])
def test_success_does_not_mean_that_it_serves(procfile: str, cloud: Cloud, tmp_path: Path) -> None:
    """8: a failed release phase, or no web process, ends well, and nothing is to be changed afterwards."""
    app = an_app(cloud)
    made = build(cloud, app.id, write(tmp_path / "src", Procfile=procfile))
    assert made.state["status"] == "succeeded"
    if "release:" in procfile:
        until(lambda: shows(cloud, app.id) == "failed")
    assert not changes(cloud, made, made.inputs)


def test_a_rollback_is_not_noticed(cloud: Cloud, tmp_path: Path) -> None:
    """8: a build is a build, whatever runs: not even a refresh tells."""
    app = an_app(cloud)
    first = build(cloud, app.id, write(tmp_path / "src"))
    second = build(cloud, app.id, write(tmp_path / "src", new="1"))
    release = rows(cloud, "releases", app.id)[-1]
    of(cloud).rollback(app.id, release["version"] - 1)
    before = dict(second.state)
    assert cloud.refresh(second)
    assert second.state == before
    assert rows(cloud, "releases", app.id)[-1]["slug"] == first.state["slugId"]


def test_a_failed_build(cloud: Cloud, tmp_path: Path) -> None:
    """9: the error holds the whole log with its colours; the old release stays; back there is no change."""
    app = an_app(cloud)
    source = write(tmp_path / "src")
    made = build(cloud, app.id, source)
    before = rows(cloud, "releases", app.id)
    requirements = (source / "requirements.txt").read_text()
    (source / "requirements.txt").unlink()
    with pytest.raises(Failed) as refused:
        build(cloud, app.id, source)
    start = f"Build failed (app: {app.id}), complete build log follows:\n"
    assert start in refused.value.text
    assert refused.value.text.endswith("(End of build log)\n\n")
    assert "\x1b[1;31m" in refused.value.text
    assert rows(cloud, "releases", app.id) == before
    (source / "requirements.txt").write_text(requirements)
    assert not changes(cloud, made, made.inputs)


def test_a_formation_needs_a_build(cloud: Cloud, tmp_path: Path) -> None:
    """11: before one there is no process type; after one without the type a refresh fails."""
    app = an_app(cloud)
    wanted = {"appId": app.id, "type": "web", "quantity": 1, "size": "Basic"}
    with pytest.raises(Failed, match=r"find that process type \(web\)"):
        cloud.make(FORMATION, wanted)
    source = write(tmp_path / "src")
    build(cloud, app.id, source)
    made = cloud.make(FORMATION, wanted)
    (source / "Procfile").write_text("worker: python app.py\n")
    build(cloud, app.id, source)
    with pytest.raises(Failed) as refused:
        cloud.refresh(made)
    assert "error retrieving formation: Get" in refused.value.text
    assert "Couldn't find that formation." in refused.value.text


@pytest.mark.parametrize("size", ["basic", "Basic", "standard-1x", "Standard-1X"])
def test_sizes_are_stable(size: str, cloud: Cloud, tmp_path: Path) -> None:
    """11: however a size is spelled, it is settled, also after a refresh."""
    app = an_app(cloud)
    build(cloud, app.id, write(tmp_path / "src"))
    made = cloud.make(FORMATION, {"appId": app.id, "type": "web", "quantity": 1, "size": size})
    assert not changes(cloud, made, made.inputs)
    wanted = made.inputs
    assert cloud.refresh(made)
    assert not changes(cloud, made, wanted)


def test_builds_and_formations_are_not_removed(cloud: Cloud, tmp_path: Path) -> None:
    """11: to delete them changes nothing at Heroku."""
    app = an_app(cloud)
    made = build(cloud, app.id, write(tmp_path / "src"))
    web = cloud.make(FORMATION, {"appId": app.id, "type": "web", "quantity": 1, "size": "Basic"})
    for one in (web, made):
        cloud.unmake(one)
        assert cloud.refresh(one)
    assert web.state["quantity"] == 1


def test_a_failed_update_is_remembered_as_done(cloud: Cloud) -> None:
    """12: the next update sends an empty PATCH, and the app stays without the change."""
    made = an_app(cloud, configVars={"A": "1"})
    wanted = {**made.inputs, "configVars": {"A": "2"}}
    cloud.account.plant_fault("PATCH config-vars", "request", "failed")
    cloud.change(made, wanted)
    assert "Error updating config vars: Patch" in made.reasons[0]
    assert "Internal server error." in made.reasons[0]
    assert not changes(cloud, made, wanted)
    cloud.change(made, wanted)
    assert made.reasons == []
    assert config_vars(cloud, made.id) == {"A": "1"}
    assert cloud.refresh(made)  # that is what heals it
    assert changes(cloud, made, wanted)
    cloud.change(made, wanted)
    assert config_vars(cloud, made.id) == {"A": "2"}


def test_a_create_that_failed_half_way(cloud: Cloud) -> None:
    """12: the app is there without config vars and buildpacks, and the next update is content with it."""
    cloud.account.plant_fault("PATCH config-vars", "request", "failed")
    made = an_app(cloud, configVars={"A": "1"}, buildpacks=["heroku/python"])
    assert made.reasons
    assert made.reasons[0].startswith("creating urn:")
    cloud.change(as_recorded(made), made.inputs)
    assert made.reasons == []
    assert config_vars(cloud, made.id) == {}
    assert cloud.account.table("apps")[made.id]["buildpacks"] == []


def test_a_failed_update_of_an_association(cloud: Cloud) -> None:
    """12: the same for config vars of an app that is managed elsewhere."""
    app = an_app(cloud)
    made = as_recorded(cloud.make(ASSOCIATION, {"appId": app.id, "vars": {"A": "1"}}))
    wanted = {**made.inputs, "vars": {"A": "2"}}
    cloud.account.plant_fault("PATCH config-vars", "request", "failed")
    cloud.change(made, wanted)
    assert made.reasons
    cloud.change(as_recorded(made), wanted)
    assert made.reasons == []
    assert config_vars(cloud, app.id) == {"A": "1"}


def test_a_failed_scaling_is_not(cloud: Cloud, tmp_path: Path) -> None:
    """The Formation is the exception to 12 (d.Partial in resource_heroku_formation.go)."""
    app = an_app(cloud)
    build(cloud, app.id, write(tmp_path / "src"))
    made = cloud.make(FORMATION, {"appId": app.id, "type": "web", "quantity": 1, "size": "Basic"})
    wanted = {**made.inputs, "size": "Standard-1X"}
    cloud.account.plant_fault("PATCH formation", "request", "failed")
    cloud.change(made, wanted)
    assert made.reasons
    assert made.state["size"] == "Basic"
    cloud.change(made, wanted)
    assert cloud.account.table("apps")[app.id]["formation"]["web"]["size"] == "Standard-1X"


def test_an_update_after_a_failed_release(cloud: Cloud, tmp_path: Path) -> None:
    """Every update looks at the newest release, also at one that a build has made; a refresh goes past it.

    Not in the list; seen with the official plugin by this test. updateConfigVars in resource_heroku_app.go.
    """
    app = an_app(cloud, stack="heroku-24")
    build(cloud, app.id, write(tmp_path / "src", Procfile="web: a\nrelease: NEEDED\n"))
    until(lambda: shows(cloud, app.id) == "failed")
    wanted = {**app.inputs, "stack": "heroku-26"}
    for _ in range(2):
        cloud.change(app, wanted)
        assert "Error waiting for new release" in app.reasons[0]
        assert "unexpected state 'failed', wanted target 'succeeded'" in app.reasons[0]
    assert cloud.refresh(app)
    assert not changes(cloud, app, wanted)


def test_a_lost_secret(cloud: Cloud) -> None:
    """13: a key that moves to the plain map while the other argument goes; then back to the old program."""
    old = {"configVars": {"OTHER": "o"}, "sensitiveConfigVars": {"KEY": secret("k")}}
    made = an_app(cloud, **old)
    base = {name: value for name, value in made.inputs.items() if name not in old}
    moved = {**base, "configVars": {"OTHER": "o", "KEY": "k"}}
    for _ in range(2):  # for ever: the old map is kept
        cloud.change(made, moved)
        assert "[ERROR] Detected duplicate config vars: [KEY]" in made.reasons[0]
    cloud.change(made, {**base, **old})
    assert made.reasons == []
    assert config_vars(cloud, made.id) == {"OTHER": "o"}


def test_both_maps_always(cloud: Cloud) -> None:
    """13: with an empty map the move works, without a release."""
    made = an_app(cloud, configVars={}, sensitiveConfigVars={"KEY": secret("k")})
    before = rows(cloud, "releases", made.id)
    cloud.change(made, {**made.inputs, "configVars": {"KEY": "k"}, "sensitiveConfigVars": {}})
    assert made.reasons == []
    assert config_vars(cloud, made.id) == {"KEY": "k"}
    assert rows(cloud, "releases", made.id) == before


def test_absent_and_empty_maps(cloud: Cloud) -> None:
    """14: an absent map removes nothing, an empty one its keys; what was set outside stays."""
    made = an_app(cloud, configVars={"A": "1"})
    of(cloud).set_config_vars(made.id, {"OUTSIDE": "x"})
    without = {name: value for name, value in made.inputs.items() if name != "configVars"}
    assert not changes(cloud, made, without)
    cloud.change(made, without)
    assert config_vars(cloud, made.id) == {"A": "1", "OUTSIDE": "x"}
    cloud.change(made, {**without, "configVars": {}})
    assert config_vars(cloud, made.id) == {"OUTSIDE": "x"}


def test_drift_of_config_vars(cloud: Cloud) -> None:
    """14: keys from outside are no drift, changed values are, after a refresh."""
    made = an_app(cloud, configVars={"A": "1"})
    wanted = made.inputs
    of(cloud).set_config_vars(made.id, {"OUTSIDE": "x"})
    assert cloud.refresh(made)
    assert not changes(cloud, made, wanted)
    of(cloud).set_config_vars(made.id, {"A": "2"})
    assert not changes(cloud, made, wanted)
    assert cloud.refresh(made)
    assert "configVars" in changes(cloud, made, wanted)


def test_secrets_in_the_state(cloud: Cloud) -> None:
    """15: the sensitive map and all config vars are secret, the plain map is not; also after a refresh."""
    made = an_app(cloud, configVars={"A": "1"}, sensitiveConfigVars={"S": secret("s")})
    for _ in range(2):
        assert kinds(made.state) == {
            "configVars": "plain",
            "sensitiveConfigVars": "secret",
            "allConfigVars": "secret",
        }
        assert kinds(made.inputs)["sensitiveConfigVars"] == "secret"
        assert cloud.refresh(made)


@pytest.mark.parametrize(
    ("settings", "accepted"),
    [
        ({"delays": '{"postAppCreateDelay": 0}'}, True),
        ({"delays": '[{"postAppCreateDelay": 0}]'}, False),
        ({"timeouts": "[]"}, False),
        ({"customizations": '[{"setAppAllConfigVarsInState": false}]'}, True),
        ({"customizations": "{}"}, False),
        ({"apiKey": "x", "url": "http://127.0.0.1:9"}, True),
    ],
)
def test_types_of_the_settings(settings: dict[str, str], cloud: Cloud, *, accepted: bool) -> None:
    """16: `delays` and `timeouts` are objects, `customizations` is a list. 17: nothing is tried."""
    request = provider_pb2.CheckRequest(
        urn="urn:pulumi:dev::flask-deploy::pulumi:providers:heroku::it",
        news=json_format.ParseDict(settings, struct_pb2.Struct()),
    )
    try:
        reply = cloud.plugin.other("CheckConfig", request)
        assert not reply.failures
    except (Failed, AssertionError):
        assert not accepted
    else:
        assert accepted


def test_a_wrong_key(starting: Callable[..., Cloud]) -> None:
    """17: it passes previews and comparisons, and is found when something is asked of Heroku."""
    made = an_app(starting())
    cloud = starting(HEROKU_API_KEY="another")
    assert cloud.preview(APP, made.inputs)["name"] == made.inputs["name"]
    assert not changes(cloud, made, made.inputs)
    for ask in (lambda: cloud.refresh(made), lambda: an_app(cloud)):
        with pytest.raises(Failed, match="Invalid credentials provided"):
            ask()


def test_no_key(starting: Callable[..., Cloud]) -> None:
    """17: the provider starts without one too, and Heroku refuses."""
    cloud = starting(HEROKU_API_KEY="")
    with pytest.raises(Failed, match="Invalid credentials provided"):
        an_app(cloud)


def test_an_app_deleted_outside(cloud: Cloud, tmp_path: Path) -> None:
    """19: a refresh fails at Domain, Build and Formation, a removal at the Domain; the App is gone."""
    app = an_app(cloud)
    made = build(cloud, app.id, write(tmp_path / "src"))
    web = cloud.make(FORMATION, {"appId": app.id, "type": "web", "quantity": 1, "size": "Basic"})
    domain = cloud.make(DOMAIN, {"appId": app.id, "hostname": f"{app.id}.example.com"})
    of(cloud).delete(app.id)
    for one in (domain, made, web):
        with pytest.raises(Failed) as refused:
            cloud.refresh(one)
        assert refused.value.text.startswith(f"refreshing {one.urn}: 1 error occurred:")
        assert "Couldn't find that app." in refused.value.text
    with pytest.raises(Failed, match="find that app"):
        cloud.unmake(domain)
    assert not cloud.refresh(app)


def test_what_replaces_an_app(cloud: Cloud) -> None:
    """20: the region, which takes the old app away first; name, stack and buildpacks change in place."""
    made = an_app(cloud)
    moved = cloud.diff(made, {**made.inputs, "region": "eu"})
    assert list(moved.replaces) == ["region"]
    assert moved.deleteBeforeReplace
    identity, address = made.id, made.state["webUrl"]
    renamed = {**made.inputs, "name": f"{made.inputs['name']}-b", "stack": "heroku-24"}
    assert not cloud.diff(made, renamed).replaces
    cloud.change(made, renamed)
    assert made.reasons == []
    assert (made.id, made.state["webUrl"], made.state["name"]) == (identity, address, renamed["name"])


@pytest.mark.parametrize(
    ("name", "sign"),
    [
        ("Bad_Name", "Name must start with a letter, end with a letter or digit"),
        ("1shop", "Name must start with a letter"),
        ("shop-", "Name must start with a letter"),
        ("s" * 31, "Name is too long"),
        ("{taken}", "Name {taken} is already taken"),
    ],
)
def test_names_are_refused_at_creation_only(name: str, sign: str, cloud: Cloud) -> None:
    """20, and https://devcenter.heroku.com/articles/platform-api-reference#app-create for the rule."""
    taken = an_app(cloud).inputs["name"]
    wanted = {"name": name.format(taken=taken), "region": "us"}
    assert cloud.check(APP, wanted) == []
    assert cloud.preview(APP, wanted)
    with pytest.raises(Failed) as refused:
        cloud.make(APP, wanted)
    assert "Post " in refused.value.text
    assert sign.format(taken=taken) in refused.value.text


@pytest.mark.parametrize("token", [BUILD, FORMATION, DOMAIN, ASSOCIATION])
def test_an_app_is_named_by_its_id(token: str, cloud: Cloud) -> None:
    """20: a name is refused in the preview (validation.IsUUID of the Terraform SDK)."""
    more: dict[str, dict[str, Any]] = {
        BUILD: {"source": {"path": "src"}},
        FORMATION: {"type": "web", "quantity": 1, "size": "Basic"},
        DOMAIN: {"hostname": "www.example.com"},
        ASSOCIATION: {},
    }
    faults = cloud.check(token, {"appId": "shop", **more[token]})
    assert faults == ["expected \"app_id\" to be a valid UUID, got shop. Examine values at 'it.appId'."]
