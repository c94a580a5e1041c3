"""The traps of traffic and versions, one by one; the numbers are those of the reference, section 3.7."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from plugins.harness import Failed

from .conftest import (
    EVERYTHING,
    NETWORK,
    SECURE,
    SPLIT,
    VERSION,
    archive,
)

if TYPE_CHECKING:
    from plugins.cloud import Cloud, Made

    from .conftest import Site


@pytest.fixture
def first(cloud: Cloud, site: Site) -> Made:
    """The first version, which has the traffic."""
    return cloud.make(VERSION, site.version())


def test_a_failed_change_of_the_split_is_remembered_as_done(cloud: Cloud, site: Site, first: Made) -> None:
    """#1: the next update compares with what was wanted, and a refresh does not look."""
    del first
    split = cloud.make(SPLIT, site.split("r1"))
    cloud.make(VERSION, site.version(versionId="r2"))
    cloud.account.plant_fault(SPLIT, "update", "failed")
    cloud.change(split, site.split("r2"))

    assert split.reasons
    assert not cloud.diff(split, site.split("r2")).detailedDiff
    assert cloud.refresh(split)
    assert not cloud.diff(split, site.split("r2")).detailedDiff
    assert site.present() == {"r1": 1}


def test_a_split_that_could_not_be_made_is_made_again(cloud: Cloud, site: Site, first: Made) -> None:
    """#1, the way out: a new resource for each release is made until that works; its end does nothing."""
    del first
    split = cloud.make(SPLIT, site.split("r1"))
    cloud.make(VERSION, site.version(versionId="r2"))
    cloud.account.plant_fault(SPLIT, "create", "failed")
    with pytest.raises(Failed, match="Error 500"):
        cloud.make(SPLIT, site.split("r2"))

    cloud.make(SPLIT, site.split("r2"))
    cloud.unmake(split)
    assert site.present() == {"r2": 1}


def test_a_failed_change_of_a_version_is_remembered_as_done(cloud: Cloud, site: Site, first: Made) -> None:
    """#2: neither the environment nor the source is read back."""
    wanted = site.version(envVariables={"GREETING": "changed"})
    cloud.account.plant_fault(VERSION, "update", "failed")
    cloud.change(first, wanted)

    assert first.reasons
    assert cloud.refresh(first)
    assert not cloud.diff(first, wanted).detailedDiff
    row = cloud.account.row("versions", f"{site.project}/default/r1")
    assert row is not None
    assert row["arguments"]["envVariables"] == {"GREETING": "hello"}


def test_another_version_gets_no_traffic(cloud: Cloud, site: Site, first: Made) -> None:
    """#3: only the first one of a service does."""
    del first
    cloud.make(VERSION, site.version(versionId="r2"))

    assert site.present() == {"r1": 1}


def test_traffic_that_others_have_moved_is_not_seen(cloud: Cloud, site: Site, first: Made) -> None:
    """#4: neither by a refresh nor in a preview; the ingress setting is."""
    del first
    split = cloud.make(SPLIT, site.split("r1"))
    cloud.make(VERSION, site.version(versionId="r2"))
    inputs = {"service": "default", "project": site.project}
    setting = {"networkSettings": {"ingressTrafficAllowed": "INGRESS_TRAFFIC_ALLOWED_ALL"}}
    network = cloud.make(NETWORK, {**inputs, **setting})
    ingress = "INGRESS_TRAFFIC_ALLOWED_INTERNAL_ONLY"
    cloud.account.change("services", f"{site.project}/default", split={"r2": 1}, ingress=ingress)

    assert cloud.refresh(split)
    assert not cloud.diff(split, site.split("r1")).detailedDiff
    assert cloud.refresh(network)
    assert cloud.diff(network, {**inputs, **setting}).detailedDiff


def test_a_version_that_others_have_deleted_is_seen_by_a_refresh(
    cloud: Cloud, site: Site, first: Made
) -> None:
    """#4: and its re-creation does not bring the traffic back."""
    cloud.account.drop("versions", f"{site.project}/default/r1")
    cloud.account.change("services", f"{site.project}/default", split={"other": 1})
    assert not cloud.diff(first, site.version()).detailedDiff
    assert not cloud.refresh(first)

    cloud.make(VERSION, site.version())
    assert site.present() == {"other": 1}


def test_traffic_migrates_only_with_warm_up_requests(cloud: Cloud, site: Site, first: Made) -> None:
    """#5: shard_by, one target, and INBOUND_SERVICE_WARMUP."""
    del first
    with pytest.raises(Failed, match="warmup"):
        cloud.make(SPLIT, site.split("r1", migrateTraffic=True))
    cloud.make(VERSION, site.version(versionId="r2", inboundServices=["INBOUND_SERVICE_WARMUP"]))
    cloud.make(SPLIT, site.split("r2", migrateTraffic=True))
    cloud.make(SPLIT, site.split("r1", migrateTraffic=False))

    assert site.present() == {"r1": 1}


def test_another_zip_goes_before_the_next_comes(cloud: Cloud, site: Site) -> None:
    """#6: an object with a name of the program's is deleted first, also for another name."""
    made = site.upload()
    other = archive(site.folder / "other.zip", {"main.py": "other = True"})
    inputs = {"bucket": site.bucket, "source": str(other)}

    for name in ("a.zip", "b.zip"):
        diff = cloud.diff(made, {**inputs, "name": name})
        assert diff.replaces
        assert diff.deleteBeforeReplace


def test_any_change_of_a_version_deploys_it_again(cloud: Cloud, site: Site, first: Made) -> None:
    """#7: also one that the service never hears of, and it fails when the source is gone."""

    def build() -> Any:
        row = cloud.account.row("versions", f"{site.project}/default/r1")
        return row and row["build"]

    before = build()
    cloud.change(first, site.version(noopOnDestroy=False))
    assert not first.reasons
    assert build() != before

    cloud.account.drop("objects", f"{site.bucket}/a.zip")
    cloud.change(first, site.version())
    start = "Error waiting for Updating StandardAppVersion: Error code 3, message: "
    assert first.reasons[0].startswith(start)


def test_a_version_with_traffic_is_not_deleted(cloud: Cloud, site: Site) -> None:
    """#8: without noop_on_destroy; when the split has moved, the old one can go."""
    first = cloud.make(VERSION, site.version(noopOnDestroy=False))
    with pytest.raises(Failed, match="Cannot delete a version with a non-zero traffic allocation"):
        cloud.unmake(first)
    cloud.make(VERSION, site.version(versionId="r2"))
    cloud.make(SPLIT, site.split("r2"))
    cloud.unmake(first)

    assert cloud.account.row("versions", f"{site.project}/default/r1") is None


def test_noop_on_destroy_leaves_the_version(cloud: Cloud, site: Site, first: Made) -> None:
    """#8: and #17, the site goes on."""
    cloud.unmake(first)

    assert cloud.account.row("versions", f"{site.project}/default/r1") is not None
    assert site.present() == {"r1": 1}


def test_a_service_goes_with_its_versions(cloud: Cloud, site: Site, first: Made) -> None:
    """#8: delete_service_on_destroy works for any but the default one, several versions at once."""
    api = {"service": "api", "noopOnDestroy": False, "deleteServiceOnDestroy": True}
    one = cloud.make(VERSION, site.version(**api))
    two = cloud.make(VERSION, site.version(versionId="r2", **api))
    cloud.unmake(one)
    cloud.unmake(two)
    assert cloud.account.row("services", f"{site.project}/api") is None

    first.state |= {"noopOnDestroy": False, "deleteServiceOnDestroy": True}
    with pytest.raises(Failed, match="may not be deleted"):
        cloud.unmake(first)


def test_a_version_of_the_same_id_is_overwritten(cloud: Cloud, site: Site, first: Made) -> None:
    """#9: without a word, whoever had made it."""
    del first
    cloud.make(VERSION, site.version(envVariables={"GREETING": "another program"}))
    row = cloud.account.row("versions", f"{site.project}/default/r1")

    assert row is not None
    assert row["arguments"]["envVariables"] == {"GREETING": "another program"}


@pytest.mark.parametrize(
    "more",
    [
        {"handlers": [{"urlRegex": ".*", "script": {"scriptPath": "auto"}}]},
        {"handlers": [{**EVERYTHING, "urlRegex": "/.*"}]},
        {"handlers": [{"urlRegex": ".*", "staticFiles": {"path": "a", "uploadPathRegex": "a"}, **SECURE}]},
        {"automaticScaling": {"maxConcurrentRequests": 10}},
        {"automaticScaling": {"standardSchedulerSettings": {"minInstances": 0}}},
    ],
    ids=["security left out", "slash", "a file last", "no scheduler", "no maximum"],
)
def test_what_the_service_fills_in_differs_for_ever(cloud: Cloud, site: Site, more: dict[str, Any]) -> None:
    """#10: at every plan, with a refresh or without, also after another deployment."""
    inputs = site.version(**more)
    made = cloud.make(VERSION, inputs)

    for _ in range(2):
        assert cloud.diff(made, inputs).detailedDiff
        assert not cloud.diff(made, inputs).replaces
        cloud.change(made, inputs)
    cloud.refresh(made)
    assert cloud.diff(made, inputs).detailedDiff


@pytest.mark.parametrize(
    "left_out", [(), ("handlers",), ("automaticScaling",), ("handlers", "automaticScaling")]
)
def test_what_is_spelled_out_or_left_out_wholly_is_stable(
    cloud: Cloud, site: Site, left_out: tuple[str, ...]
) -> None:
    """#10: no difference, with a refresh or without."""
    inputs = {name: value for name, value in site.version().items() if name not in left_out}
    made = cloud.make(VERSION, inputs)

    assert not cloud.diff(made, inputs).detailedDiff
    cloud.refresh(made)
    assert not cloud.diff(made, inputs).detailedDiff


def test_there_is_no_folder_of_static_files(cloud: Cloud, site: Site) -> None:
    """#11: only static_files, file by file; and allocations are texts."""
    handler = {"urlRegex": "/avatar", "staticDir": "images", **SECURE}
    assert cloud.check(VERSION, site.version(handlers=[handler, EVERYTHING]))
    assert cloud.check(SPLIT, site.split("r1")) == []


def test_a_lost_answer_leaves_a_version_that_is_not_in_the_state(cloud: Cloud, site: Site) -> None:
    """#13: the next run posts it again."""
    cloud.account.plant_fault(VERSION, "create", "landed")
    with pytest.raises(Failed, match="context deadline exceeded"):
        cloud.make(VERSION, site.version())
    assert cloud.account.row("versions", f"{site.project}/default/r1") is not None

    assert cloud.make(VERSION, site.version()).reasons == []
