"""The types' lives: what is made, read back, changed or replaced, and how versions get to instances."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from plugins.harness import Failed
from sandbox.machines import addresses
from sandbox.plugins.aws import commands, settings
from sandbox.plugins.aws.guest import balancer
from sandbox.plugins.calls import RefusedError
from sandbox.plugins.cloud import workers

from .conftest import (
    APPLICATION,
    CREDENTIALS,
    EB,
    ENVIRONMENT,
    KEY_PAIR,
    LAUNCH,
    OBJECT,
    OF_ENVIRONMENT,
    PROFILE,
    ROLE,
    ROLE_POLICY,
    SECRET,
    SECRET_VERSION,
    VARIABLES,
    VERSION,
    Options,
    Site,
    policy,
)

if TYPE_CHECKING:
    from plugins.cloud import Cloud, Made
    from sandbox.plugins.cloud.account import Account

COMMAND, ROLLING = f"{EB}:command", "aws:autoscaling:updatepolicy:rollingupdate"
BALANCED: Options = {
    (OF_ENVIRONMENT, "EnvironmentType"): "LoadBalanced",
    (OF_ENVIRONMENT, "LoadBalancerType"): "application",
    ("aws:autoscaling:asg", "MinSize"): "2",
    ("aws:autoscaling:asg", "MaxSize"): "4",
}
IMMUTABLE: Options = {(COMMAND, "DeploymentPolicy"): "Immutable", (ROLLING, "RollingUpdateType"): "Immutable"}
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPSSUAFmGc2pTyEuxKHMJmUEqUXwLLrZpUEBEKSLbNAe"


def running(site: Site, options: Options, label: str = "v1") -> Made:
    """An environment with these options that runs a version."""
    site.version(label)
    made = site.cloud.make(ENVIRONMENT, site.environment(options, version=label))
    assert made.reasons == []
    return made


def deploy(site: Site, made: Made, content: str, **more: Any) -> None:
    """Deploy the next version to it."""
    label = f"v{len(site.cloud.account.table('versions')) + 1}"
    site.version(label, content)
    site.cloud.change(made, {**made.inputs, "version": label, **more})


def bundles(site: Site, made: Made) -> list[str]:
    """What the instances that serve have got."""
    machines = site.cloud.account.table("machines")
    return [machines[name]["bundle"] for name in site.row(made)["instances"]]


def test_a_launch_has_its_events_and_ends_green(site: Site) -> None:
    """API DescribeEvents; Launching and Grey before, Ready and Green after."""
    it = running(site, {})
    row = site.row(it)
    assert (row["status"], row["health"], row["version"]) == ("Ready", "Green", "v1")
    said = site.events(it)
    assert said[0] == "createEnvironment is starting."
    assert said[1] == f"Added instance [{row['instances'][0]}] to your environment."
    assert said[-1] == "Successfully launched environment: shop-prod"
    assert it.state["instances"] == row["instances"]
    assert it.state["cname"] == it.state["endpointUrl"]


def test_beanstalk_makes_a_bucket_that_stays(site: Site) -> None:
    """providers.md 2.5 #9: one for each region of an account."""
    it = running(site, {})
    site.cloud.unmake(it)
    own = "elasticbeanstalk-eu-central-1-123456789012"
    assert sorted(site.cloud.account.table("buckets")) == ["bundles", own]


def test_an_immutable_deployment_comes_on_new_instances(site: Site) -> None:
    """providers.md 2.3: one first, the others when that is healthy; the old ones go last."""
    it = running(site, BALANCED | IMMUTABLE)
    before = site.row(it)["instances"]
    deploy(site, it, "better")
    assert it.reasons == []
    after = site.row(it)["instances"]
    assert set(before) & set(after) == set()
    assert bundles(site, it) == ["better", "better"]
    assert set(site.cloud.account.table("machines")) == {*after, site.row(it)["balancer"]}
    orders = [site.cloud.account.table("machines")[name]["order"] for name in after]
    assert [order["leader"] for order in orders] == [True, False]


@pytest.mark.parametrize("content", ["crash", "pip"])
def test_an_immutable_deployment_that_fails_has_changed_nothing(site: Site, content: str) -> None:
    """The one new instance is gone, whatever the version has left is a red run with the events."""
    it = running(site, BALANCED | IMMUTABLE)
    before = site.cloud.account.table("machines")
    deploy(site, it, content)
    assert "Unsuccessful command execution on instance id(s) 'i-" in it.reasons[0]
    assert site.cloud.account.table("machines") == before
    assert (site.row(it)["version"], site.row(it)["health"]) == ("v1", "Green")


def test_a_target_that_answers_wrong_is_not_let_serve(site: Site) -> None:
    """The balancer's health check, of an immutable deployment: path and matcher are options."""
    process = f"{EB}:environment:process:default"
    it = running(site, BALANCED | IMMUTABLE)
    broken = BALANCED | IMMUTABLE | {(process, "HealthCheckPath"): "/broken"}
    deploy(site, it, "better", settings=site.settings(broken))
    assert "load balancer's health checks" in it.reasons[0]
    assert bundles(site, it) == ["good", "good"]
    accepting = broken | {(process, "MatcherHTTPCode"): "500-599"}
    site.cloud.refresh(it)
    deploy(site, it, "better", settings=site.settings(accepting))
    assert bundles(site, it) == ["better", "better"]


def test_all_at_once_is_in_place_and_keeps_what_failed(site: Site) -> None:
    """The default policy: the same instances; a failure is not taken back, and the environment is Red."""
    it = running(site, BALANCED)
    before = site.row(it)["instances"]
    deploy(site, it, "better")
    assert (site.row(it)["instances"], bundles(site, it)) == (before, ["better", "better"])
    deploy(site, it, "crash")
    assert bundles(site, it) == ["crash", "crash"]
    assert (site.row(it)["version"], site.row(it)["health"]) == ("v2", "Red")


def test_rolling_stops_at_the_first_failure(site: Site) -> None:
    """One instance after the other: what runs is of two versions, and says so by its colour."""
    it = running(site, BALANCED | {(COMMAND, "DeploymentPolicy"): "Rolling"})
    deploy(site, it, "better")
    assert bundles(site, it) == ["better", "better"]
    deploy(site, it, "crash")
    assert bundles(site, it) == ["crash", "better"]
    assert site.row(it)["health"] == "Yellow"
    assert "Batch 2: Completed application deployment." in site.events(it)


def test_variables_alone_change_in_place_and_are_taken_back(site: Site) -> None:
    """Configuration: the same instances and bundle; what fails is reverted."""
    it = running(site, BALANCED)
    before = site.row(it)["instances"]
    site.cloud.change(it, site.environment(BALANCED | {(VARIABLES, "A"): "1"}, version="v1"))
    assert (it.reasons, site.row(it)["instances"]) == ([], before)
    site.cloud.change(it, site.environment(BALANCED | {(VARIABLES, "FAIL"): "1"}, version="v1"))
    assert "Failed to deploy configuration." in it.reasons[0]
    assert "The environment was reverted to the previous configuration setting." in site.events(it)
    orders = [site.cloud.account.table("machines")[name]["order"]["variables"] for name in before]
    assert orders == [{"A": "1"}, {"A": "1"}]


@pytest.mark.parametrize("immutable", [False, True])
def test_what_concerns_instances_replaces_them(site: Site, *, immutable: bool) -> None:
    """Rolling configuration updates: of launch configurations; without a policy nothing serves meanwhile."""
    policies = IMMUTABLE if immutable else {}
    it = running(site, BALANCED | policies)
    before = site.row(it)["instances"]
    larger = {(LAUNCH, "RootVolumeSize"): "20"}
    site.cloud.change(it, site.environment(BALANCED | policies | larger, version="v1"))
    assert set(before) & set(site.row(it)["instances"]) == set()
    assert any("Immutable" in text for text in site.events(it)) == immutable


def test_more_instances_come_with_the_version_that_runs(site: Site) -> None:
    """MinSize, in place; nothing here scales by itself."""
    it = running(site, BALANCED)
    before = site.row(it)["instances"]
    site.cloud.change(
        it, site.environment(BALANCED | {("aws:autoscaling:asg", "MinSize"): "3"}, version="v1")
    )
    assert site.row(it)["instances"][:2] == before
    assert bundles(site, it) == ["good"] * 3
    site.cloud.change(
        it, site.environment(BALANCED | {("aws:autoscaling:asg", "MinSize"): "1"}, version="v1")
    )
    assert site.row(it)["instances"] == before[:1]


def test_secrets_are_fetched_by_the_instances_role(site: Site) -> None:
    """providers.md 2.3: a role that may not read them makes the deployment fail; a Deny counts more."""
    secret = site.cloud.make(SECRET, {"name": "shop/KEY"})
    site.cloud.make(SECRET_VERSION, {"secretId": secret.id, "secretString": "canary"})
    options = {(f"{EB}:application:environmentsecrets", "KEY"): secret.id}
    site.version("v1")
    it = site.cloud.make(ENVIRONMENT, site.environment(options, version="v1"))
    assert "not authorized to perform: secretsmanager:GetSecretValue" in it.reasons[0]
    site.cloud.unmake(it)
    read = {"role": "instances", "name": "read"}
    pattern = secret.id.replace("KEY", "*")
    allowed = site.cloud.make(ROLE_POLICY, {**read, "policy": policy("secretsmanager:Get*", pattern)})
    it = site.cloud.make(ENVIRONMENT, site.environment(options, version="v1"))
    assert it.reasons == []
    (name,) = site.row(it)["instances"]
    assert site.cloud.account.table("machines")[name]["order"]["variables"] == {"KEY": "canary"}
    assert "canary" not in json.dumps(it.state)
    site.cloud.change(allowed, {**read, "policy": policy("*", "*", "Deny")})
    deploy(site, it, "better")
    assert "failed to get one or more secrets" in it.reasons[0]


def test_a_key_pair_lets_into_the_instances(site: Site) -> None:
    """providers.md 2.3: EC2KeyName; the service never tells the key again."""
    pair = site.cloud.make(KEY_PAIR, {"keyName": "deploy", "publicKey": KEY})
    it = running(site, {(LAUNCH, "EC2KeyName"): "deploy"})
    (name,) = site.row(it)["instances"]
    assert site.cloud.account.table("machines")[name]["order"]["login_keys"] == [KEY]
    assert site.cloud.refresh(pair)
    assert list(site.cloud.diff(pair, {"keyName": "deploy", "publicKey": f"{KEY} x"}).replaces) == [
        "publicKey"
    ]


def test_other_tags_are_no_update_of_the_environment(site: Site) -> None:
    """They have an action of their own: UpdateEnvironment is called for what else differs."""
    it = running(site, {})
    site.cloud.change(it, site.environment(version="v1", tags={"stack": "dev"}))
    assert site.row(it)["tags"] == {"stack": "dev"}
    assert "Environment update is starting." not in site.events(it)


def test_work_that_was_cut_off_is_taken_up_again(site: Site) -> None:
    """AWS goes on without whoever asked: what a killed worker had begun is removed, and done."""
    it = running(site, BALANCED | IMMUTABLE)
    site.version("v2", "better")
    site.cloud.account.put("machines", "i-begun", {})
    site.cloud.account.change(
        "environments", it.id, status="Updating", todo=True, wantedVersion="v2", coming=["i-begun"]
    )
    site.cloud.change(it, it.inputs)
    assert it.reasons == []
    assert bundles(site, it) == ["better", "better"]
    assert "i-begun" not in site.cloud.account.table("machines")


def test_a_wait_has_its_limit(site: Site) -> None:
    """wait_for_ready_timeout, in the provider's words; the environment goes on and is recorded."""
    site.version("v1", "slow")
    it = site.cloud.make(ENVIRONMENT, site.environment(version="v1", waitForReadyTimeout="1s"))
    said = "timeout while waiting for state to become 'Ready' (last state: 'Launching', timeout: 1s)"
    assert f"waiting for Elastic Beanstalk Environment ({it.id}) create: {said}" in it.reasons[0]
    site.cloud.change(it, site.environment(version="v1"))
    assert it.reasons == []
    assert site.row(it)["status"] == "Ready"


def test_old_versions_go_by_the_rule_unless_they_are_in_use(site: Site) -> None:
    """providers.md 2.1: appversion_lifecycle, with the bundles; by a role that may."""
    rule = {
        "serviceRole": "arn:aws:iam::123456789012:role/service",
        "maxCount": 2,
        "deleteSourceFromS3": True,
    }
    site.cloud.change(site.application, {"name": "shop", "appversionLifecycle": rule})
    it = running(site, {})
    for number in (2, 3):
        site.version(f"v{number}")
    assert len(site.cloud.account.table("versions")) == 3
    inputs = {"role": "service", "name": "prune", "policy": policy("*", "*")}
    site.cloud.make(ROLE_POLICY, inputs)
    site.version("v4")
    assert sorted(site.cloud.account.table("versions")) == ["shop/v1", "shop/v3", "shop/v4"]
    assert sorted(site.cloud.account.table("objects")) == [
        *("bundles/v1.zip", "bundles/v3.zip", "bundles/v4.zip")
    ]
    site.cloud.unmake(it)


def test_versions_go_with_their_application_and_bundles_do_not(site: Site) -> None:
    """API DeleteApplication."""
    site.version("v1")
    site.cloud.unmake(site.application)
    assert site.cloud.account.table("versions") == {}
    assert list(site.cloud.account.table("objects")) == ["bundles/v1.zip"]


def test_a_changed_label_alone_is_a_change(site: Site) -> None:
    """`version` is an argument here; elsewhere the engine adds one of that name."""
    it = running(site, {})
    site.version("v2")
    answer = site.cloud.diff(it, {**it.inputs, "version": "v2"})
    assert (list(answer.diffs), list(answer.replaces)) == (["version"], [])


@pytest.mark.parametrize(
    ("token", "name", "value"),
    [
        (VERSION, "key", "other.zip"),
        (VERSION, "name", "v2"),
        (ENVIRONMENT, "name", "shop-test"),
        (APPLICATION, "name", "other"),
        (OBJECT, "key", "other.zip"),
        (ROLE, "name", "other"),
        (PROFILE, "name", "other"),
    ],
)
def test_these_replace(site: Site, token: str, name: str, value: str) -> None:
    """ForceNew in the provider's schemas."""
    made = {
        VERSION: site.version("v1"),
        APPLICATION: site.application,
        OBJECT: site.upload("a.zip", "a"),
        ROLE: site.role,
        PROFILE: site.profile,
        ENVIRONMENT: site.cloud.make(ENVIRONMENT, site.environment()),
    }[token]
    answer = site.cloud.diff(made, {**made.inputs, name: value})
    assert list(answer.replaces) == [name]


def test_what_changed_behind_the_back_is_seen_by_a_refresh(site: Site) -> None:
    """An environment that somebody terminated, and one in which somebody deployed another version."""
    it = running(site, {})
    site.cloud.account.change("environments", it.id, version="v0")
    assert site.cloud.refresh(it)
    assert it.inputs["version"] == "v0"
    site.cloud.account.change("environments", it.id, status="Terminated")
    assert not site.cloud.refresh(it)
    site.cloud.unmake(it)


@pytest.mark.parametrize(
    ("kind", "operation", "said"),
    [
        ("refused", "create", "api error AccessDenied"),
        ("failed", "create", "api error InternalFailure"),
        ("landed", "create", "context deadline exceeded"),
        ("throttled", "create", ""),
        ("refused", "read", "api error AccessDenied"),
        ("failed", "delete", "api error InternalFailure"),
    ],
)
def test_faults_that_were_planted(site: Site, kind: str, operation: str, said: str) -> None:
    """sandbox/README.md: four faults, for any operation of any type."""
    made = site.cloud.make(OBJECT, {"bucket": "bundles", "key": "a", "content": "a"})
    site.cloud.account.plant_fault(OBJECT, operation, kind)

    def work() -> None:
        if operation == "create":
            site.cloud.make(OBJECT, {"bucket": "bundles", "key": "b", "content": "b"}, "b")
        elif operation == "read":
            site.cloud.refresh(made)
        else:
            site.cloud.unmake(made)

    if said:
        with pytest.raises(Failed, match=said):
            work()
    else:
        work()
    landed = kind in {"landed", "throttled"}
    assert ("bundles/b" in site.cloud.account.table("objects")) == landed
    assert "bundles/a" in site.cloud.account.table("objects")


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({**CREDENTIALS, "AWS_REGION": ""}, "invalid AWS Region: "),
        ({**CREDENTIALS, "AWS_REGION": "moon"}, "invalid AWS Region: moon"),
        ({"AWS_REGION": "eu-central-1"}, "No valid credential sources found"),
    ],
)
def test_who_asks_and_where(env: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """providers.md 2.7: region and credentials, as the provider is configured; the program's own win."""
    for name in (*CREDENTIALS, "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, env.get(name, ""))
    access = settings.Access()
    with pytest.raises(RefusedError, match=said):
        access.configure({})
    access.configure({"region": "us-east-1", "accessKey": "a", "secretKey": "b"})
    assert access.region == "us-east-1"


def test_commands(site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands in for `eb`: events, kept logs, and a version that somebody deploys by hand."""
    monkeypatch.setattr(addresses, "address", lambda _: "192.0.2.1")
    monkeypatch.setattr(workers, "wake", finish)

    def said(*arguments: str) -> str:
        assert commands.main(["--account", str(site.cloud.account.folder), *arguments]) == 0
        return capsys.readouterr().out

    it = running(site, {})
    assert "Ready, Green, v1, i-" in said("environments")
    deploy(site, it, "crash")
    assert "ERROR Failed to deploy application." in said("events", "shop-prod")
    assert "--- /var/log/eb-engine.log\n400 lines" in said("logs", "shop-prod")
    assert said("versions").split()[:2] == ["shop", "v1"]
    assert "v2" in said("deploy", "shop-prod", "v2")
    assert commands.main(["--account", str(site.cloud.account.folder), "events", "nobodys"]) == 1


def finish(provider: str, account: Account, identity: str) -> None:
    """A worker that has done what was asked."""
    assert provider == "aws"
    version = account.table("environments")[identity]["wantedVersion"]
    account.change("environments", identity, todo=False, status="Ready", version=version)


def test_a_network_balancer_tells_the_app_nothing_of_itself() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html."""
    assert "X-Forwarded-Proto" in balancer.text(["192.0.2.1"], "application")
    assert "X-Forwarded" not in balancer.text(["192.0.2.1"], "network")
    assert "503" in balancer.text([], "application")


def test_an_unknown_argument_is_seen_in_the_preview(cloud: Cloud) -> None:
    """Types and names are the installed SDK's."""
    (fault,) = cloud.check(APPLICATION, {"label": "shop"})
    assert "Invalid or unknown key" in fault
