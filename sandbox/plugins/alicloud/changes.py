"""An instance changes in place: in the provider's order, with what has to be stopped stopped once.

Facts: resourceAliCloudInstanceUpdate and the modify functions of resource_alicloud_instance.go.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sandbox.plugins.alicloud import catalogue, names, orders, reach
from sandbox.plugins.alicloud.api import new_id, now
from sandbox.plugins.alicloud.errors import ApiError, not_emulated, not_found
from sandbox.plugins.alicloud.instance_schema import NOT_EMULATED

if TYPE_CHECKING:
    from sandbox.plugins.alicloud.instance import Instance
    from sandbox.plugins.calls import Call
    from sandbox.plugins.cloud.account import Table
    from sandbox.plugins.values import Props

_ATTRIBUTES: Final = ("instanceName", "description", "userData", "hostName", "deletionProtection")
_DISK: Final = (
    *("systemDiskSize", "systemDiskName", "systemDiskDescription", "systemDiskPerformanceLevel"),
    *("systemDiskProvisionedIops", "systemDiskBurstingEnabled", "systemDiskAutoSnapshotPolicyId"),
)
# What the cloud only notes down; nothing of it shows in the machine.
_NOTED: Final = (
    *("volumeTags", "resourceGroupId", "creditSpecification", "autoReleaseTime", "renewalStatus"),
    *("autoRenewPeriod", "period", "periodUnit", "maintenanceAction", "maintenanceNotify"),
    *("maintenanceTime", "stoppedMode", "forceDelete", "includeDataDisks", "operatorType"),
)
_METADATA: Final = ("httpTokens", "httpEndpoint", "instanceMetadataTags")
_STOPPED: Final = ("imageId", "vswitchId", "vpcId", "userData", "hostName", "instanceType", "status")


@dataclass
class Change:
    """One update of one instance. `changed` has the arguments that are given and differ."""

    of: Instance
    call: Call
    id: str
    old: Props
    new: Props

    def __post_init__(self) -> None:
        """Compare recorded and wanted arguments: what the service has is not asked."""
        removable = {"userData", "tags", "deletionProtection"} & self.old.keys() - self.new.keys()
        emptied = {
            name: {"tags": {}, "userData": "", "deletionProtection": False}[name] for name in removable
        }
        self.new = {**self.new, **emptied}
        self.changed = {name: value for name, value in self.new.items() if value != self.old.get(name)}
        groups = self.changed.get("securityGroups")
        if groups and sorted(groups) == sorted(self.old.get("securityGroups") or []):
            del self.changed["securityGroups"]

    def run(self) -> None:
        """Do what the provider does, in its order."""
        if unknown := sorted(self.changed.keys() & NOT_EMULATED):
            raise not_emulated(f"To change `{unknown[0]}` of an instance")
        self.of.set_tags(self.id, self.old, self.new)
        self._note(_NOTED)
        self._groups()
        self._disk()
        self._attributes()
        self._charge()
        if self.changed.keys() & set(_STOPPED):
            self._stopped()
        self._traffic()
        self._key_pair()
        if self.changed.keys() & set(_METADATA):
            with self.of.request("ModifyInstanceMetadataOptions", self.id):
                self._note(_METADATA)
        reach.enforce(self.of.account)

    def _row(self) -> Table:
        row = self.of.account.row("instances", self.id)
        if row is None:
            raise not_found("InstanceId")
        return row

    def _write(self, **values: Any) -> None:
        self.of.account.change("instances", self.id, **values)

    def _note(self, which: tuple[str, ...]) -> None:
        found = {name: self.changed[name] for name in which if name in self.changed}
        if found:
            self._write(**found)

    def _groups(self) -> None:
        if "vpcId" in self.changed:
            raise not_emulated("To move an instance to another VPC")
        if "securityGroups" not in self.changed:
            return
        groups, present = self.changed["securityGroups"], self._row()["securityGroups"]
        for action, some in (
            ("LeaveSecurityGroup", set(present) - set(groups)),
            ("JoinSecurityGroup", set(groups) - set(present)),
        ):
            for _ in some:
                with self.of.request(action, self.id):
                    orders.check_groups(self.of.account, groups, self._row()["vpcId"])
        self._write(securityGroups=groups)

    def _disk(self) -> None:
        if "systemDiskSize" in self.changed:
            with self.of.request("ResizeDisk", self.id):
                if self.changed["systemDiskSize"] < self._row()["systemDiskSize"]:
                    text = "The specified new disk size is less than the original disk size."
                    raise ApiError("InvalidDiskSize.TooSmall", text)
                orders.check_disk(self.changed["systemDiskSize"], self._image(self._row()["imageId"]))
        if self.changed.keys() & set(_DISK) - {"systemDiskSize"}:
            with self.of.request("ModifyDiskAttribute", self.id):
                pass
        self._note(_DISK)

    def _attributes(self) -> None:
        if not self.changed.keys() & set(_ATTRIBUTES):
            return
        with self.of.request("ModifyInstanceAttribute", self.id):
            if "instanceName" in self.changed:
                names.check_name("InstanceName", self.changed["instanceName"])
            names.check_description(self.changed.get("description", ""))
            orders.check_user_data(self.changed.get("userData", ""))
            self._note(_ATTRIBUTES)

    def _charge(self) -> None:
        if "instanceChargeType" in self.changed:
            with self.of.request("ModifyInstanceChargeType", self.id):
                self._note(("instanceChargeType",))

    def _stopped(self) -> None:
        """Stop it, change what can be changed only then, and start it again, unless it is to stay off."""
        if self._row()["status"] == "Running":
            with self.of.request("StopInstance", self.id):
                self.of.machines.stop(self.id)
                self._write(status="Stopped")
        if "imageId" in self.changed:
            self._replace_disk(self.changed["imageId"])
        if "vswitchId" in self.changed:
            self._move(self.changed["vswitchId"])
        if "instanceType" in self.changed:
            self._retype(self.changed["instanceType"])
        self.of.machines.reseed(self.id)
        if self.new.get("status", "Running") == "Running":
            with self.of.request("StartInstance", self.id):
                self.of.machines.start(self.id)
                self._write(status="Running", startTime=now())

    def _replace_disk(self, image: str) -> None:
        """ReplaceSystemDisk: all data is gone. The key pair is bound anew."""
        with self.of.request("ReplaceSystemDisk", self.id):
            found = self._image(image)
            orders.check_image(self.of.account, image, self._row()["instanceType"])
            orders.check_disk(self._row()["systemDiskSize"], found)
            before = self._row()["imageId"]
            self._write(imageId=image, osName=found.system, systemDiskId=new_id("d-"))
            try:
                self.of.machines.replace_disk(self.id)
            except Exception:
                self._write(imageId=before)
                raise
        if self._row().get("keyName"):
            with self.of.request("AttachKeyPair", self.id):
                pass

    def _image(self, identity: str) -> catalogue.Image:
        found = catalogue.find_image(self.of.account, identity)
        if found is None:
            raise not_found("ImageId")
        return found

    def _move(self, switch: str) -> None:
        """To another vSwitch, of the same zone."""
        with self.of.request("ModifyInstanceVpcAttribute", self.id):
            found = self.of.account.row("vswitches", switch)
            if found is None:
                raise not_found("VSwitchId")
            if found["zoneId"] != self._row()["availabilityZone"] or found["vpcId"] != self._row()["vpcId"]:
                text = "The specified vSwitch is not in the zone of the instance."
                raise ApiError("InvalidParameter.NotMatch", text)
            self._write(vswitchId=switch)

    def _retype(self, kind: str) -> None:
        with self.of.request("ModifyInstanceSpec", self.id):
            row = self._row()
            orders.check_type(kind, row["availabilityZone"], row["systemDiskCategory"])
            orders.check_image(self.of.account, row["imageId"], kind)
            sold = catalogue.find_type(kind)
            if sold is not None:
                self._write(instanceType=kind, cpu=sold.cpu, memory=int(sold.memory * 1024))

    def _traffic(self) -> None:
        """More than 0 Mbit/s is a public address, 0 takes it away."""
        wanted = ("internetMaxBandwidthOut", "internetChargeType")
        if not self.changed.keys() & set(wanted):
            return
        with self.of.request("ModifyInstanceNetworkSpec", self.id):
            megabits = self.changed.get("internetMaxBandwidthOut", 0)
            orders.check_bandwidth(megabits)
            eips = self.of.account.table("eips").values()
            if megabits > 0 and any(eip.get("instanceId") == self.id for eip in eips):
                text = "The specified instance has been bound to an EIP."
                raise ApiError("OperationDenied.EipBound", text)
            self._note(wanted)

    def _key_pair(self) -> None:
        """The old one is unbound, the new one bound, and a reboot puts it into the guest."""
        if "keyName" not in self.changed:
            return
        former, wanted = self._row().get("keyName"), self.changed["keyName"]
        if former:
            with self.of.request("DetachKeyPair", self.id):
                self._write(keyName="")
        if wanted:
            with self.of.request("AttachKeyPair", self.id):
                if self.of.account.row("keyPairs", wanted) is None:
                    raise not_found("KeyPairName")
                self._write(keyName=wanted)
        self.of.machines.reseed(self.id)
        running = self._row()["status"] == "Running"
        with self.of.request("RebootInstance" if running else "StartInstance", self.id):
            (self.of.machines.reboot if running else self.of.machines.start)(self.id)
            self._write(status="Running", startTime=now())
