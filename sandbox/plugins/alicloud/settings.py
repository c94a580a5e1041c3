"""The provider's settings: region and credentials, from the configuration, the environment or a profile.

Facts: providerConfigure of the provider's provider.go, and connectivity/regions.go.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sandbox.plugins.calls import RefusedError
from sandbox.plugins.cloud.values import known

if TYPE_CHECKING:
    from sandbox.plugins.values import Props

DEFAULT_REGION: Final = "cn-beijing"  # silently, when none is named
_REGIONS: Final = frozenset(
    {
        *("cn-hangzhou", "cn-qingdao", "cn-beijing", "cn-hongkong", "cn-shenzhen", "cn-shanghai"),
        *("cn-zhangjiakou", "cn-huhehaote", "cn-chengdu", "cn-heyuan", "cn-wulanchabu", "cn-guangzhou"),
        *("cn-nanjing", "cn-fuzhou", "cn-zhongwei", "ap-southeast-1", "ap-northeast-1", "ap-northeast-2"),
        *("ap-southeast-2", "ap-southeast-3", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7"),
        *("ap-southeast-8", "ap-south-1", "us-west-1", "us-east-1", "us-southeast-1", "na-south-1"),
        *("me-east-1", "me-central-1", "eu-central-1", "eu-west-1", "rus-west-1"),
    }
)
_VARIABLES: Final = {
    "accessKey": ("ALICLOUD_ACCESS_KEY", "ALIBABA_CLOUD_ACCESS_KEY_ID"),
    "secretKey": ("ALICLOUD_SECRET_KEY", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"),
    "region": ("ALICLOUD_REGION", "ALIBABA_CLOUD_REGION"),
    "profile": ("ALICLOUD_PROFILE", "ALIBABA_CLOUD_PROFILE"),
    "sharedCredentialsFile": ("ALICLOUD_SHARED_CREDENTIALS_FILE", "ALIBABA_CLOUD_CREDENTIALS_FILE"),
}
_IN_PROFILE: Final = {"accessKey": "access_key_id", "secretKey": "access_key_secret", "region": "region_id"}
_NO_CREDENTIALS: Final = (
    "configuring Terraform Alibaba Cloud Provider: no valid credential sources for Terraform Alibaba Cloud "
    "Provider found.\n\nPlease see https://registry.terraform.io/providers/aliyun/alicloud/latest/docs"
    "#authentication\nfor more information about providing credentials."
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What was found."""

    region: str
    replace_on_image_update: bool


def read(given: Props) -> Settings:
    """The settings. RefusedError: no credentials, or a region that is none."""
    values = known(given)
    profile = _profile(_find("profile", values), _find("sharedCredentialsFile", values))

    def found(name: str) -> str:
        return _find(name, values) or str(profile.get(_IN_PROFILE[name], ""))

    if not (found("accessKey") and found("secretKey")):
        raise RefusedError(_NO_CREDENTIALS)
    region = found("region") or DEFAULT_REGION
    skipped = str(values.get("skipRegionValidation", "")).lower() == "true"
    if region not in _REGIONS and not skipped:
        raise RefusedError(
            f"Invalid Alibaba Cloud region: {region}. You can skip checking this region by setting provider "
            "parameter 'skip_region_validation'."
        )
    return Settings(region=region, replace_on_image_update=_replaces(values.get("features")))


def _find(name: str, values: Props) -> str:
    in_environment = (os.environ.get(variable, "") for variable in _VARIABLES[name])
    return str(values.get(name) or next(filter(None, in_environment), "")).strip()


def _profile(name: str, file: str) -> Props:
    """The profile of that name in the command line's configuration; nothing without a name."""
    if not name:
        return {}
    path = Path(file or "~/.aliyun/config.json").expanduser()
    if not path.is_file():
        return {}
    profiles: list[Props] = json.loads(path.read_text(encoding="utf-8")).get("profiles", [])
    return next((profile for profile in profiles if profile.get("name") == name), {})


def _replaces(features: Any) -> bool:
    """Whether another image is to replace the instance: features.ecsInstance.replaceOnImageUpdate."""
    value = json.loads(features) if isinstance(features, str) and features else features
    first = value[0] if isinstance(value, list) and value else value
    instance = first.get("ecsInstance") if isinstance(first, dict) else None
    found = instance[0] if isinstance(instance, list) and instance else instance
    return bool(found.get("replaceOnImageUpdate")) if isinstance(found, dict) else False
