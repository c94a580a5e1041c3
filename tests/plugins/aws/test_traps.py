"""What was seen with the real provider, replayed: providers.md 2.8, its rows and the lines of its table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from plugins.harness import Failed

from .conftest import EB, ENVIRONMENT, LAUNCH, OF_ENVIRONMENT, VARIABLES, VERSION, Site

if TYPE_CHECKING:
    from plugins.cloud import Made

PROCESS = f"{EB}:environment:process:default"
GREETING = (VARIABLES, "GREETING")


def made(site: Site, **more: Any) -> Made:
    """An environment that runs v1."""
    site.version("v1")
    found = site.cloud.make(ENVIRONMENT, site.environment(version="v1", **more))
    assert found.reasons == []
    return found


def changes(site: Site, made: Made, inputs: dict[str, Any]) -> list[str]:
    """What the next plan changes."""
    return sorted(site.cloud.diff(made, inputs).diffs)


def test_a_refused_update_is_remembered_as_done(site: Site) -> None:
    """2.8 #1: the next plan has nothing to do, and only a refresh sees what the service has."""
    it = made(site)
    inputs = site.environment({GREETING: "hello"}, version="v1")
    site.cloud.account.plant_fault(ENVIRONMENT, "update", "failed")
    site.cloud.change(it, inputs)
    assert "InternalFailure" in it.reasons[0]
    assert changes(site, it, inputs) == []
    assert f"{VARIABLES} GREETING" not in site.row(it)["options"]
    site.cloud.refresh(it)
    assert changes(site, it, inputs) == ["settings"]


def test_what_the_service_rolls_back_is_remembered_as_done(site: Site) -> None:
    """2.8 #1, for an ERROR event: the state has the version that failed, and what serves is another."""
    it = made(site, settings=site.settings({(f"{EB}:command", "DeploymentPolicy"): "Immutable"}))
    site.version("v2", "crash")
    inputs = {**it.inputs, "version": "v2"}
    site.cloud.change(it, inputs)
    assert "Failed to deploy application." in it.reasons[0]
    assert changes(site, it, inputs) == []
    assert site.row(it)["version"] == "v1"
    assert site.row(it)["health"] == "Green"
    site.cloud.refresh(it)
    assert it.state["version"] == "v1"
    assert changes(site, it, inputs) == ["version"]


def test_settings_of_a_release_that_failed_do_not_come_with_the_next_one(site: Site) -> None:
    """2.8 #1, #7: the call carries what differs from the record, which has the failed one's settings."""
    immutable = {(f"{EB}:command", "DeploymentPolicy"): "Immutable"}
    it = made(site, settings=site.settings(immutable))
    site.version("v2", "crash")
    settings = site.settings(immutable | {GREETING: "hello"})
    site.cloud.change(it, {**it.inputs, "version": "v2", "settings": settings})
    site.version("v3")
    site.cloud.change(it, {**it.inputs, "version": "v3"})
    assert it.reasons == []
    assert site.row(it)["version"] == "v3"
    assert f"{VARIABLES} GREETING" not in site.row(it)["options"]
    site.cloud.refresh(it)
    site.cloud.change(it, {**it.inputs, "settings": settings})
    assert site.row(it)["options"][f"{VARIABLES} GREETING"] == "hello"


@pytest.mark.parametrize("profile", ["", "nobody", "arn:aws:iam::123456789012:role/instances"])
def test_a_launch_that_fails_at_once_hides_its_reason(site: Site, profile: str) -> None:
    """2.8 #2: no profile, an unknown one, a role's ARN: Terminated; the event is never read."""
    settings = site.settings(
        {(LAUNCH, "IamInstanceProfile"): profile}, without=() if profile else ("IamInstanceProfile",)
    )
    it = site.cloud.make(ENVIRONMENT, site.environment(settings=settings))
    assert "couldn't find resource (21 retries)" in it.reasons[0]
    assert "instance profile" not in it.reasons[0].lower()
    assert site.row(it)["status"] == "Terminated"
    assert "instance profile" in site.events(it, "ERROR")[0]
    assert not site.cloud.refresh(it)
    assert site.cloud.account.table("machines") == {}


def test_a_new_profile_is_not_known_everywhere_at_once(site: Site) -> None:
    """IAM tells others with a delay: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html."""
    site.cloud.account.put("delays", "iam", {"seconds": 60})
    it = site.cloud.make(ENVIRONMENT, site.environment())
    assert site.row(it)["status"] == "Terminated"
    site.cloud.account.drop("delays", "iam")
    again = site.cloud.make(ENVIRONMENT, site.environment())
    assert site.row(again)["status"] == "Ready"


def test_a_version_with_two_environments_of_late_is_not_deleted(site: Site) -> None:
    """2.8 #3: those that ended within the last minute count; one is let through, and forceDelete all."""
    it = made(site)
    other = site.cloud.make(
        ENVIRONMENT, site.environment(name="shop-test", cnamePrefix="shop-test", version="v1")
    )
    for one in (it, other):
        site.cloud.unmake(one)
    inputs = {"name": "v1", "application": "shop", "bucket": "bundles", "key": "v1.zip"}
    version = site.cloud.make(VERSION, {**inputs, "name": "v0"})
    version.id, version.state = "v1", {**version.state, **inputs}
    with pytest.raises(Failed, match=r"\(v1\) is currently in use by the following environments: \[e-.* e-"):
        site.cloud.unmake(version)
    rows = site.cloud.account.table("environments")
    site.cloud.account.change("environments", it.id, ended=rows[it.id]["ended"] - 61)
    site.cloud.unmake(version)
    assert "shop/v1" not in site.cloud.account.table("versions")


def test_the_same_label_with_another_key_exists_already(site: Site) -> None:
    """2.8 #4."""
    site.version("v1")
    site.upload("other.zip", "other")
    inputs = {"name": "v1", "application": "shop", "bucket": "bundles", "key": "other.zip"}
    with pytest.raises(Failed, match=r"InvalidParameterValue: Application Version v1 already exists\."):
        site.cloud.make(VERSION, inputs, "again")


def test_new_content_under_the_same_key_is_not_deployed(site: Site) -> None:
    """2.8 #4: only the object changes."""
    it = made(site)
    site.upload("v1.zip", "other")
    (name,) = site.row(it)["instances"]
    assert changes(site, it, it.inputs) == []
    assert site.cloud.account.table("machines")[name]["bundle"] == "good"


def test_variables_are_in_all_settings_in_clear(site: Site) -> None:
    """2.8 #5: twice, as an option and inside of a template's parameter."""
    it = made(site, settings=site.settings({(VARIABLES, "SECRET_KEY"): "canary"}))
    holding = [one["name"] for one in it.state["allSettings"] if "canary" in one["value"]]
    assert sorted(holding) == ["EnvironmentVariables", "SECRET_KEY"]


@pytest.mark.parametrize(("before", "after"), [("b,a", "a,b"), ('{"x": 1, "y": 2}', '{"y": 2, "x": 1}')])
def test_the_order_inside_of_a_value_is_no_change(site: Site, before: str, after: str) -> None:
    """2.8 #6: lists and JSON, in any option."""
    it = made(site, settings=site.settings({GREETING: before}))
    assert changes(site, it, {**it.inputs, "settings": site.settings({GREETING: after})}) == []
    assert changes(site, it, {**it.inputs, "settings": site.settings({GREETING: "c"})}) == ["settings"]


def test_without_a_resource_a_change_is_shown_with_all_settings(site: Site) -> None:
    """2.8 #7; with an empty one only what changes."""
    it = made(site, settings=site.settings({GREETING: "a"}))
    after = site.settings({GREETING: "b"})
    shown = site.cloud.diff(it, {**it.inputs, "settings": after}).detailedDiff
    assert list(shown) == ["settings[3]"]
    bare = [{key: value for key, value in one.items() if key != "resource"} for one in after]
    assert len(site.cloud.diff(it, {**it.inputs, "settings": bare}).detailedDiff) == len(after)


def test_some_tags_are_dropped_and_name_is_a_change_each_time(site: Site) -> None:
    """2.8 #8."""
    tags = {"stack": "dev", "elasticbeanstalk:mine": "x"}
    it = made(site, tags=tags)
    assert changes(site, it, it.inputs) == []
    site.cloud.refresh(it)
    assert it.state["tags"] == {"stack": "dev"}
    named = {**it.inputs, "tags": {**tags, "Name": "shop"}}
    site.cloud.change(it, named)
    assert changes(site, it, named) == ["tags"]


def test_a_prefix_that_comes_later_replaces(site: Site) -> None:
    """2.8 #9."""
    inputs = {name: value for name, value in site.environment().items() if name != "cnamePrefix"}
    it = site.cloud.make(ENVIRONMENT, inputs)
    assert list(site.cloud.diff(it, {**inputs, "cnamePrefix": "shop-3f9c"}).replaces) == ["cnamePrefix"]


def test_another_balancer_is_refused_in_place(site: Site) -> None:
    """2.8 #9: the type of a load balancer is for life."""

    def balanced(kind: str) -> list[dict[str, str]]:
        kinds = {
            (OF_ENVIRONMENT, "EnvironmentType"): "LoadBalanced",
            (OF_ENVIRONMENT, "LoadBalancerType"): kind,
        }
        return site.settings(kinds)

    it = made(site, settings=balanced("application"))
    inputs = {**it.inputs, "settings": balanced("network")}
    assert list(site.cloud.diff(it, inputs).replaces) == []
    site.cloud.change(it, inputs)
    assert "ConfigurationValidationException" in it.reasons[0]
    assert "LoadBalancerType" in it.reasons[0]


def test_a_balancer_comes_and_goes_in_place(site: Site) -> None:
    """2.8 #9: EnvironmentType."""
    single = site.environment(version="v1")
    balanced = {
        (OF_ENVIRONMENT, "EnvironmentType"): "LoadBalanced",
        (OF_ENVIRONMENT, "LoadBalancerType"): "application",
    }
    it = made(site)
    site.cloud.change(it, {**single, "settings": site.settings(balanced)})
    assert it.reasons == []
    assert site.row(it)["balancer"] in site.cloud.account.table("machines")
    site.cloud.change(it, single)
    assert site.row(it)["balancer"] == ""
    assert list(site.cloud.account.table("machines")) == site.row(it)["instances"]


@pytest.mark.parametrize(
    ("content", "said"), [("crash", "eb-engine.log"), ("pip", "application dependencies")]
)
def test_error_events_of_a_launch_leave_an_environment(site: Site, content: str, said: str) -> None:
    """2.8 #10: Ready, and Red; the create has failed, and what it made is recorded."""
    site.version("v1", content)
    it = site.cloud.make(ENVIRONMENT, site.environment(version="v1"))
    assert said in it.reasons[0]
    assert f"creating Elastic Beanstalk Environment ({it.id}): 20" in it.reasons[0]
    assert "+0000 UTC: " in it.reasons[0]
    assert (site.row(it)["status"], site.row(it)["health"]) == ("Ready", "Red")
    site.cloud.unmake(it)
    assert site.cloud.account.table("machines") == {}


@pytest.mark.parametrize(
    ("options", "setting"),
    [
        (
            {(LAUNCH, "IamInstanceProfile"): "arn:aws:iam::123456789012:instance-profile/instances"},
            "IamInstanceProfile",
        ),
        (
            {
                (OF_ENVIRONMENT, "EnvironmentType"): "LoadBalanced",
                ("aws:elb:listener", "ListenerProtocol"): "HTTP",
            },
            "ListenerProtocol",
        ),
        ({(LAUNCH, "MonitoringInterval"): "1 Minute"}, "MonitoringInterval"),
        ({(OF_ENVIRONMENT, "LoadBalancerType"): "application"}, "LoadBalancerType"),
        ({(PROCESS, "HealthCheckPath"): "/healthz"}, "HealthCheckPath"),
        (
            {(OF_ENVIRONMENT, "EnvironmentType"): "LoadBalanced", (PROCESS, "HealthCheckPath"): "/"},
            "HealthCheckPath",
        ),
        ({("aws:autoscaling:asg", "MaxSize"): "4"}, "MaxSize"),
        (
            {("aws:ec2:instances", "InstanceTypes"): "t3.micro", (LAUNCH, "InstanceType"): "t3.small"},
            "InstanceType",
        ),
        ({("aws:ec2:instances", "InstanceTypes"): "t3.micro, t3.small"}, "InstanceTypes"),
    ],
)
@pytest.mark.parametrize("refreshed", [False, True])
def test_these_settings_are_never_at_rest(
    site: Site, options: dict[tuple[str, str], str], setting: str, *, refreshed: bool
) -> None:
    """2.8, the table: each plan changes them, with and without a refresh, and no other setting."""
    it = made(site, settings=site.settings(options))
    if refreshed:
        site.cloud.refresh(it)
    inputs = site.environment(options, version="v1")
    answer = site.cloud.diff(it, inputs)
    named = {inputs["settings"][int(path[len("settings[") : -1])]["name"] for path in answer.detailedDiff}
    assert named == {setting}


@pytest.mark.parametrize("refreshed", [False, True])
def test_a_resource_is_lost(site: Site, *, refreshed: bool) -> None:
    """2.8, the table: anything but "" outside of scheduled actions is read back as "", and found no more."""
    settings = [
        {**one, "resource": "mine"} if one["name"] == "ServiceRole" else one for one in site.settings()
    ]
    it = made(site, settings=settings)
    if refreshed:
        site.cloud.refresh(it)
    assert changes(site, it, site.environment(version="v1", settings=settings)) == ["settings"]


def test_these_settings_are_at_rest(site: Site) -> None:
    """2.8, below the table: lists in another order, JSON, empty and multi-line variables, no resource."""
    options = {
        ("aws:ec2:instances", "InstanceTypes"): "t3.small,t3.micro",
        (VARIABLES, "JSON"): '{"b": 1, "a": [2, 1]}',
        (VARIABLES, "EMPTY"): "",
        (VARIABLES, "LINES"): "one\ntwo",
    }
    settings = [{**one, "resource": ""} for one in site.settings(options)]
    settings[0].pop("resource")
    it = made(site, settings=settings)
    assert changes(site, it, it.inputs) == []
    site.cloud.refresh(it)
    assert changes(site, it, site.environment(version="v1", settings=settings)) == []


def test_a_role_that_hangs_on_a_profile_stays(site: Site) -> None:
    """2.4: the order of a destroy; the API names what is in the way."""
    with pytest.raises(Failed, match=r"DeleteConflict: Cannot delete entity, must remove roles"):
        site.cloud.unmake(site.role)
    site.cloud.unmake(site.profile)
    site.cloud.unmake(site.role)
