"""The section `beanstalk` of the configuration."""

import re
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from components.notions import AdminNetwork, matching
from components.settings import Section as BaseSection

# https://docs.aws.amazon.com/elasticbeanstalk/latest/api/API_CreateEnvironment.html
BeanstalkName = Annotated[
    str,
    matching(
        r"[A-Za-z0-9][A-Za-z0-9-]{2,38}[A-Za-z0-9]",
        "should be 4 to 40 letters, digits or dashes, no dash first or last, for example 'bookstore-prod'",
    ),
]
CnamePrefix = Annotated[
    str,
    matching(
        r"[a-z0-9][a-z0-9-]{2,61}[a-z0-9]",
        "should be 4 to 63 lower-case letters, digits or dashes, no dash first or last, "
        "for example 'bookstore-3f9c'",
    ),
]
BeanstalkInstance = Annotated[
    str, matching(r"[a-z][a-z0-9-]*\.[a-z0-9-]+", "should be an instance type, for example 't3.micro'")
]
PublicKey = Annotated[
    str,
    matching(
        r"(ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI[A-Za-z0-9+/]{43}"
        r"|ssh-rsa AAAAB3NzaC1yc2E[A-Za-z0-9+/]{150,}={0,2})( [^\n]*)?",
        "should be a public key, ed25519 or RSA, for example 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5…'",
    ),
]
UpdateWindow = Annotated[
    str,
    matching(
        r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun):([01][0-9]|2[0-3]):[0-5][0-9]",
        "should be a day and a time in UTC, for example 'Tue:09:00'",
    ),
]
# Others have neither this Python nor secrets by reference:
# https://docs.aws.amazon.com/elasticbeanstalk/latest/platforms/platforms-supported.html#platforms-supported.python
SolutionStack = Annotated[
    str,
    matching(
        r"64bit Amazon Linux 2023 v[0-9]+\.[0-9]+\.[0-9]+ running Python 3\.[0-9]+",
        "should be a platform with Python on Amazon Linux 2023, "
        "for example '64bit Amazon Linux 2023 v4.9.0 running Python 3.13'",
    ),
]
VpcId = Annotated[str, matching(r"vpc-[0-9a-f]+", "should be a VPC, for example 'vpc-0a1b2c3d'")]
SubnetId = Annotated[str, matching(r"subnet-[0-9a-f]+", "should be a subnet, for example 'subnet-0a1b2c3d'")]
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html
BALANCER_ZONES: Final = 2
# Families with a g behind their generation have Graviton processors: t4g, c7gn, m8gd.
_ARM = re.compile(r"[a-z]+\d+g[a-z]*\.")


class Section(BaseSection):
    """The environment in Elastic Beanstalk."""

    environment_name: BeanstalkName | None = Field(
        None,
        description="unique in account and region; without it app.name with eight random hexadecimal digits",
        examples=["bookstore-prod"],
    )
    cname_prefix: CnamePrefix | None = Field(
        None,
        description="first part of the URL, unique in the region; another one is a new environment",
        examples=["bookstore-3f9c"],
    )
    load_balancer: Literal["single", "application", "network"] = Field(
        "single",
        description="`single` is one instance without a balancer; another kind replaces the environment, "
        "and the site is away meanwhile",
        examples=["application"],
    )
    min_instances: int = Field(1, ge=1, le=100, description="with a balancer", examples=[2])
    max_instances: int = Field(1, ge=1, le=100, description="with a balancer", examples=[4])
    instance_type: BeanstalkInstance = Field(
        "t3.micro", description="what an instance is", examples=["t3.micro"]
    )
    disk_gigabytes: int = Field(10, ge=10, le=500, description="disk of an instance, in GiB", examples=[10])
    processes: int = Field(1, ge=1, le=64, description="Gunicorn's workers on each instance", examples=[2])
    threads: int = Field(15, ge=1, le=128, description="threads of each process", examples=[15])
    solution_stack: SolutionStack | None = Field(
        None,
        description="instead of the newest with app.python; it is held then, and managedUpdates are off",
        examples=["64bit Amazon Linux 2023 v4.9.0 running Python 3.13"],
    )
    managed_updates: Literal["minor", "patch", "off"] = Field(
        "minor", description="updates of the platform that AWS makes by itself", examples=["minor"]
    )
    update_window: UpdateWindow = Field(
        "Tue:09:00", description="when these begin, in UTC", examples=["Tue:09:00"]
    )
    public_key: PublicKey | None = Field(
        None, description="login key for SSH; without it there is no SSH", examples=["ssh-ed25519 AAAA…"]
    )
    ssh_from: AdminNetwork | None = Field(
        None, description="the network that may log in with it", examples=["203.0.113.7/32"]
    )
    session_manager: bool = Field(
        default=False, description="a shell by AWS Systems Manager, which needs no open port", examples=[True]
    )
    log_days: Literal[0, 1, 3, 5, 7, 14, 30, 60, 90, 180, 365] = Field(
        14, description="how long CloudWatch keeps the logs; 0: they are not sent there", examples=[14]
    )
    kept_versions: int = Field(
        10,
        ge=2,
        le=500,
        description="application versions that stay; older ones are deleted with their bundles",
        examples=[10],
    )
    vpc_id: VpcId | None = Field(None, description="instead of the default VPC", examples=["vpc-0a1b2c3d"])
    subnets: list[SubnetId] = Field([], description="of the instances", examples=[["subnet-0a1b2c3d"]])
    balancer_subnets: list[SubnetId] = Field(
        [], description="of the balancer, in two zones", examples=[["subnet-0a1b2c3d", "subnet-4e5f6a7b"]]
    )
    ready_minutes: int = Field(
        30, ge=5, le=120, description="until a change of the environment is given up", examples=[30]
    )

    @property
    def balanced(self) -> bool:
        """Whether there is a load balancer."""
        return self.load_balancer != "single"

    @property
    def architecture(self) -> str:
        """What the instances' processors are."""
        return "arm64" if _ARM.match(self.instance_type) else "x86_64"

    @model_validator(mode="after")
    def _instances(self) -> "Section":
        if not self.balanced and (self.min_instances > 1 or self.max_instances > 1 or self.balancer_subnets):
            raise ValueError(
                "should have loadBalancer: application (or network) for more than one instance "
                "or for balancerSubnets"
            )
        if self.max_instances < self.min_instances:
            raise ValueError("should have maxInstances of at least minInstances, for example maxInstances: 4")
        return self

    @model_validator(mode="after")
    def _login(self) -> "Section":
        if (self.public_key is None) != (self.ssh_from is None):
            raise ValueError(
                "should have 'publicKey' and 'sshFrom' together, for example sshFrom: 203.0.113.7/32"
            )
        return self

    @model_validator(mode="after")
    def _network(self) -> "Section":
        if bool(self.vpc_id) != bool(self.subnets):
            raise ValueError(
                "should have 'vpcId' and 'subnets' together, for example subnets: [subnet-0a1b2c3d]"
            )
        if self.balancer_subnets and not self.vpc_id:
            raise ValueError("should have 'vpcId' beside 'balancerSubnets', for example vpcId: vpc-0a1b2c3d")
        places = self.balancer_subnets or self.subnets
        if self.vpc_id and self.load_balancer == "application" and len(set(places)) < BALANCER_ZONES:
            raise ValueError(
                "should have subnets in two zones for an application balancer, "
                "for example balancerSubnets: [subnet-0a1b2c3d, subnet-4e5f6a7b]"
            )
        return self

    @model_validator(mode="after")
    def _held(self) -> "Section":
        if (
            self.solution_stack
            and "managed_updates" in self.model_fields_set
            and self.managed_updates != "off"
        ):
            raise ValueError(
                "should have 'solutionStack' or 'managedUpdates', since an update changes the stack"
            )
        return self
