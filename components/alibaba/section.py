"""The section `ecs` of the configuration: the machine in Alibaba Cloud and its network."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from components.login_key import LoginKeySection
from components.notions import AdminNetwork, PrivateNetwork, matching
from components.ssh_keys import RsaPublicKey

InstanceType = Annotated[
    str, matching(r"ecs\.[a-z0-9.-]+", "should be an instance type, for example 'ecs.e-c1m2.large'")
]
ZoneId = Annotated[str, matching(r"[a-z]+-[a-z0-9-]+", "should be a zone, for example 'cn-hangzhou-h'")]
ImageId = Annotated[
    str,
    matching(
        r"[A-Za-z][A-Za-z0-9_.-]+",
        "should be an image, for example 'ubuntu_24_04_x64_20G_alibase_20260915.vhd'",
    ),
]


class Section(LoginKeySection):
    """The machine in Alibaba Cloud and its network."""

    ssh_from: list[AdminNetwork] = Field(
        min_length=1,
        description="addresses or networks that may log in over SSH, yours among them",
        examples=[["203.0.113.7/32"]],
    )
    system: Literal["ubuntu-24.04", "ubuntu-22.04"] = Field(
        "ubuntu-24.04", description="the newest image of it is taken at first", examples=["ubuntu-24.04"]
    )
    cpu: int = Field(2, ge=1, le=128, description="processors of the machine", examples=[2])
    memory_gigabytes: int = Field(4, ge=1, le=1024, description="memory of the machine, in GiB", examples=[4])
    instance_type: InstanceType | None = Field(
        None, description="instead of cpu and memoryGigabytes", examples=["ecs.e-c1m2.large"]
    )
    zone_id: ZoneId | None = Field(
        None, description="instead of one that has the type", examples=["cn-hangzhou-h"]
    )
    image_id: ImageId | None = Field(
        None,
        description="instead of the newest image of `system`",
        examples=["ubuntu_24_04_x64_20G_alibase_20260915.vhd"],
    )
    disk_category: Literal[
        "cloud_essd", "cloud_auto", "cloud_essd_entry", "cloud_ssd", "cloud_efficiency"
    ] = Field(
        "cloud_essd",
        description="kind of the system disk; another one is a new machine",
        examples=["cloud_essd"],
    )
    disk_gigabytes: int = Field(
        40, ge=20, le=500, description="system disk, in GiB; it can grow", examples=[40]
    )
    bandwidth_megabits: int = Field(
        10, ge=1, le=100, description="limit of what goes out, in Mbit/s; traffic is paid", examples=[10]
    )
    public_address: Literal["instance", "elastic"] = Field(
        "instance",
        description="`elastic` is an address (EIP) that a new machine keeps",
        examples=["instance"],
    )
    network: PrivateNetwork = Field(
        "172.16.0.0/16", description="private network of the VPC", examples=["172.16.0.0/16"]
    )
    public_key: RsaPublicKey | None = Field(
        None,
        description="your own login key, the public half; without it one is made",
        examples=["ssh-rsa AAAAB3NzaC1…"],
    )
    deletion_protection: bool = Field(
        default=False, description="the cloud refuses to delete the machine", examples=[False]
    )

    @model_validator(mode="after")
    def _key_pair(self) -> "Section":
        if (self.private_key or self.private_key_file) and not self.public_key:
            raise ValueError(
                "should have 'publicKey' beside the private one, for example: ssh-rsa AAAAB3NzaC1…"
            )
        return self
