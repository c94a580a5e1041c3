"""Errors as the provider words them: its own, and those of Alibaba Cloud's API.

The shapes are the provider's (alicloud/errors.go, WrapErrorf) and Tea's, the SDK beneath it (SDKError).
Codes and their texts: https://help.aliyun.com/en/ecs/developer-reference/api-ecs-2014-05-26-errorcodes
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sandbox.plugins.calls import RefusedError
from sandbox.plugins.cloud.faults import Texts

_MARK = "\x1b[31m[ERROR]\x1b[0m"  # red, as the provider writes it


class ApiError(RefusedError):
    """What the API answered, before the provider has wrapped it; `code` is the API's."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        self.api_code = code
        request = str(uuid.uuid4()).upper()
        super().__init__(
            f"SDKError:\n   StatusCode: {status}\n   Code: {code}\n"
            f"   Message: code: {status}, {message} request id: {request}"
        )


@dataclass(frozen=True)
class Wrapping:
    """Where an error comes from: a resource type of the Terraform provider."""

    kind: str  # "alicloud_instance"

    def text(self, cause: str, action: str = "", subject: str = "") -> str:
        """The whole text, as the engine shows it."""
        file = f"resource_{self.kind}.go"
        if not action:
            return f"1 error occurred:\n\t* {_MARK} alicloud/{file}:\n{cause}\n\n"
        what = f"Resource {subject or self.kind} {action} Failed!!! [SDK alibaba-cloud-sdk-go ERROR]"
        return f"1 error occurred:\n\t* {_MARK} alicloud/{file}: {what}:\n{cause}\n\n"


def missing(parameter: str) -> ApiError:
    """A parameter that the API can't do without."""
    text = f'The input parameter "{parameter}" that is mandatory for processing this request is not supplied.'
    return ApiError("MissingParameter", text)


def invalid(parameter: str, code: str = "") -> ApiError:
    """A value that the API does not take."""
    return ApiError(
        code or f"Invalid{parameter}.Malformed", f'The specified parameter "{parameter}" is not valid.'
    )


def not_found(parameter: str) -> ApiError:
    """Something that is not in the account."""
    return ApiError(f"Invalid{parameter}.NotFound", f"The specified {parameter} does not exist.", 404)


def not_emulated(what: str) -> RefusedError:
    """What Alibaba Cloud has and the sandbox has not: said, and not passed over."""
    return RefusedError(f"{what} is not emulated by the sandbox; see sandbox/README.md")


TEXTS = Texts(
    refused=(
        "1 error occurred:\n\t* {what} Failed!!! [SDK alibaba-cloud-sdk-go ERROR]:\nSDKError:\n"
        "   StatusCode: 403\n   Code: Forbidden.RAM\n   Message: code: 403, User not authorized to operate "
        "on the specified resource, or this API doesn't support RAM.\n\n"
    ),
    failed=(
        "1 error occurred:\n\t* {what} Failed!!! [SDK alibaba-cloud-sdk-go ERROR]:\nSDKError:\n"
        "   StatusCode: 500\n   Code: InternalError\n   Message: code: 500, The request processing has "
        "failed due to some unknown error, exception or failure.\n\n"
    ),
    landed=(
        "1 error occurred:\n\t* {what} Failed!!! [SDK alibaba-cloud-sdk-go ERROR]:\n"
        "Post https://ecs.aliyuncs.com/: net/http: request canceled (Client.Timeout exceeded while awaiting "
        "headers)\n\n"
    ),
)
