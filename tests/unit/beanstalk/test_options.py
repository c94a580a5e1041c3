"""The environment's option settings: text, at rest, and only what that kind of environment answers."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

import pytest

from unit.beanstalk.stacks import BALANCED, LOGIN, NAME, PUBLIC_KEY, SECRETS, STACK, deployed, settings

if TYPE_CHECKING:
    from unit import recorder
    from unit.conftest import Deploy

EB: Final = "aws:elasticbeanstalk"
LAUNCH: Final = "aws:autoscaling:launchconfiguration"
NETWORK: Final = {"vpcId": "vpc-0a", "subnets": ["subnet-2c", "subnet-0a"]}
KINDS: Final[dict[str, dict[str, Any]]] = {
    "single": {},
    "application": BALANCED,
    "network": {"beanstalk": {"loadBalancer": "network", "maxInstances": 3}},
    "login": LOGIN,
    "own network": {"beanstalk": {**NETWORK, "loadBalancer": "application"}},
    "everything": {
        **SECRETS,
        "app": {
            "environment": {"B": "1", "A": "two\nlines, a comma"},
            "static": {"/avatar": "images"},
            "health": {"path": "/healthz"},
        },
        "beanstalk": {**BALANCED["beanstalk"], **LOGIN["beanstalk"], **NETWORK, "instanceType": "t4g.small"},
    },
}


@pytest.fixture(scope="module", params=KINDS)
def made(deploy: Deploy, request: pytest.FixtureRequest) -> recorder.Recording:
    """An environment of each kind."""
    return deployed(deploy, KINDS[request.param])


def test_every_value_is_text(made: recorder.Recording) -> None:
    """The API knows nothing else, and of ours none is empty."""
    for each in made.one("Environment").inputs["settings"]:
        assert set(each) == {"namespace", "name", "value", "resource"}
        assert all(isinstance(value, str) for value in each.values())
        assert each["value"]


def test_no_setting_is_for_a_resource(made: recorder.Recording) -> None:
    """The provider reads it back as empty, and each plan would differ otherwise."""
    assert {each["resource"] for each in made.one("Environment").inputs["settings"]} == {""}


def test_settings_have_an_order_and_no_twin(made: recorder.Recording) -> None:
    """The same configuration gives the same list, so that a difference in the plan is one."""
    keys = [(each["namespace"], each["name"]) for each in made.one("Environment").inputs["settings"]]
    assert keys == sorted(set(keys))


def test_lists_have_no_spaces(made: recorder.Recording) -> None:
    """Beanstalk answers them without, and each plan would differ otherwise."""
    found = settings(made)
    lists = [*found.get("aws:ec2:vpc", {}).values(), *found[LAUNCH].values()]
    assert not [value for value in [*lists, found["aws:ec2:instances"]["InstanceTypes"]] if " " in value]


@pytest.mark.covers("P12")
def test_instances_answer_metadata_by_tokens_only(made: recorder.Recording) -> None:
    """IMDSv2, and gp3: without both, new accounts get launch configurations, which they may not make."""
    launch = settings(made)[LAUNCH]
    assert (launch["DisableIMDSv1"], launch["RootVolumeType"]) == ("true", "gp3")


def test_the_instance_profile_is_its_name(made: recorder.Recording) -> None:
    """Beanstalk answers a name where an ARN was given, and each plan would differ."""
    assert settings(made)[LAUNCH]["IamInstanceProfile"] == f"{NAME}-instances"
    assert settings(made)[f"{EB}:environment"]["ServiceRole"] == f"{NAME}-service"


def test_what_never_comes_to_rest_is_not_sent(made: recorder.Recording) -> None:
    """The service answers these otherwise than they were given, or not at all."""
    found = settings(made)
    assert "aws:elb:listener" not in found
    assert "InstanceType" not in found[LAUNCH]
    assert "MonitoringInterval" not in found[LAUNCH]
    if found[f"{EB}:environment"]["EnvironmentType"] == "SingleInstance":
        assert "LoadBalancerType" not in found[f"{EB}:environment"]
        assert f"{EB}:environment:process:default" not in found
        assert "aws:autoscaling:asg" not in found
        assert set(found.get("aws:ec2:vpc", {})) <= {"VPCId", "Subnets"}


def test_a_release_comes_on_new_instances(made: recorder.Recording) -> None:
    """Both policies are immutable: Elastic Beanstalk refuses one without the other."""
    found = settings(made)
    assert found[f"{EB}:command"]["DeploymentPolicy"] == "Immutable"
    assert found["aws:autoscaling:updatepolicy:rollingupdate"] == {"RollingUpdateType": "Immutable"}


def test_health_is_reported_in_full(made: recorder.Recording) -> None:
    """Immutable deployments need it, and managed updates."""
    assert settings(made)[f"{EB}:healthreporting:system"] == {"SystemType": "enhanced"}


def test_the_environment_is_of_its_kind(deploy: Deploy) -> None:
    """One instance; or a balancer of the wanted type, never the service's own default, the classic one."""
    kinds = {name: settings(deployed(deploy, KINDS[name]))[f"{EB}:environment"] for name in KINDS}
    assert kinds["single"]["EnvironmentType"] == kinds["login"]["EnvironmentType"] == "SingleInstance"
    for name in ("application", "network"):
        assert kinds[name]["EnvironmentType"] == "LoadBalanced"
        assert kinds[name]["LoadBalancerType"] == name


def test_a_balancer_has_bounds_and_asks_for_health(deploy: Deploy) -> None:
    """At the app's path; a network balancer only connects."""
    changes = {**BALANCED, "app": {"health": {"path": "/healthz"}}}
    found = settings(deployed(deploy, changes))
    assert found["aws:autoscaling:asg"] == {"MinSize": "2", "MaxSize": "4"}
    process = f"{EB}:environment:process:default"
    assert found[process] == {"HealthCheckPath": "/healthz", "MatcherHTTPCode": "200-299"}
    assert settings(deployed(deploy, BALANCED))[process] == {
        "HealthCheckPath": "/",
        "MatcherHTTPCode": "200-499",
    }
    assert process not in settings(deployed(deploy, KINDS["network"]))


@pytest.mark.covers("P12", 15)
@pytest.mark.parametrize(("login", "kind"), itertools.product([False, True], ["single", "application"]))
def test_port_22_is_open_for_one_place_only(deploy: Deploy, login: bool, kind: str) -> None:  # noqa: FBT001
    """And only with a key: without one nobody can log in, and Beanstalk opens nothing."""
    changes = {"beanstalk": {"loadBalancer": kind, **(LOGIN["beanstalk"] if login else {})}}
    done = deployed(deploy, changes)
    told = {key: value for key, value in settings(done)[LAUNCH].items() if key.startswith(("EC2Key", "SSH"))}
    if login:
        key = done.one("KeyPair").inputs
        assert told == {"EC2KeyName": key["keyName"], "SSHSourceRestriction": "tcp,22,22,203.0.113.7/32"}
        assert (key["keyName"].rpartition("-")[0], key["publicKey"]) == (NAME, PUBLIC_KEY)
    else:
        assert (told, done.all("KeyPair")) == ({}, [])
    assert "0.0.0.0" not in str(settings(done))  # noqa: S104  the whole Internet


def test_the_default_network_is_not_named(deploy: Deploy) -> None:
    """Beanstalk finds it; one's own is told in full, its lists sorted."""
    assert "aws:ec2:vpc" not in settings(deployed(deploy))
    assert settings(deployed(deploy, {"beanstalk": NETWORK}))["aws:ec2:vpc"] == {
        "VPCId": "vpc-0a",
        "Subnets": "subnet-0a,subnet-2c",
    }
    balanced = {**NETWORK, "loadBalancer": "application", "balancerSubnets": ["subnet-9f", "subnet-8e"]}
    found = settings(deployed(deploy, {"beanstalk": balanced}))["aws:ec2:vpc"]
    assert (found["ELBSubnets"], found["ELBScheme"]) == ("subnet-8e,subnet-9f", "public")
    assert found["AssociatePublicIpAddress"] == "true"
    assert settings(deployed(deploy, KINDS["own network"]))["aws:ec2:vpc"]["ELBSubnets"] == (
        "subnet-0a,subnet-2c"
    )


def test_the_app_is_served_as_configured(deploy: Deploy) -> None:
    """What Gunicorn loads, with how many workers, and what nginx serves itself."""
    app = {"static": {"/avatar": "images"}, "environment": {"WORK_ENV": "PROD", "EMPTY": ""}}
    found = settings(deployed(deploy, {"app": app, "beanstalk": {"processes": 3, "threads": 5}}))
    python = {"WSGIPath": "run:application", "NumProcesses": "3", "NumThreads": "5"}
    assert found[f"{EB}:container:python"] == python
    assert found[f"{EB}:environment:proxy"] == {"ProxyServer": "nginx"}
    assert found[f"{EB}:environment:proxy:staticfiles"] == {"/avatar": "images"}
    variables = found[f"{EB}:application:environment"]
    assert set(variables) == {"FLASK_APP", "WORK_ENV", "EMPTY", "FLASK_DEPLOY_ENVIRONMENT"}
    assert (variables["WORK_ENV"], variables["EMPTY"]) == ("PROD", "")


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ({}, {"ManagedActionsEnabled": "true", "PreferredStartTime": "Tue:09:00", "UpdateLevel": "minor"}),
        (
            {"managedUpdates": "patch", "updateWindow": "Sun:03:30"},
            {"ManagedActionsEnabled": "true", "PreferredStartTime": "Sun:03:30", "UpdateLevel": "patch"},
        ),
        ({"managedUpdates": "off"}, {"ManagedActionsEnabled": "false"}),
        ({"solutionStack": STACK}, {"ManagedActionsEnabled": "false"}),
    ],
    ids=["default", "patch", "off", "held"],
)
def test_aws_updates_the_platform(deploy: Deploy, section: dict[str, Any], told: dict[str, str]) -> None:
    """Once a week, unless that is off or the platform is held."""
    found = settings(deployed(deploy, {"beanstalk": section}))
    actions = f"{EB}:managedactions"
    assert {**found[actions], **found.get(f"{actions}:platformupdate", {})} == told


def test_logs_go_to_cloudwatch(deploy: Deploy) -> None:
    """For some days, and they end with the environment; or not at all."""
    logs = f"{EB}:cloudwatch:logs"
    wanted = {"StreamLogs": "true", "RetentionInDays": "30", "DeleteOnTerminate": "true"}
    assert settings(deployed(deploy, {"beanstalk": {"logDays": 30}}))[logs] == wanted
    assert settings(deployed(deploy, {"beanstalk": {"logDays": 0}}))[logs] == {"StreamLogs": "false"}


def test_instances_are_as_configured(deploy: Deploy) -> None:
    """Their type with its architecture, and their disk."""
    changes = {"beanstalk": {"instanceType": "t4g.small", "diskGigabytes": 25}}
    found = settings(deployed(deploy, changes))
    assert found["aws:ec2:instances"] == {"InstanceTypes": "t4g.small", "SupportedArchitectures": "arm64"}
    assert found[LAUNCH]["RootVolumeSize"] == "25"
