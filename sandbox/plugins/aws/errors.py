"""Errors as the provider words them. The shape is that of AWS's SDK for Go (smithy's OperationError)."""

from __future__ import annotations

import uuid

from sandbox.plugins.calls import RefusedError
from sandbox.plugins.cloud.faults import Texts

TEXTS = Texts(
    refused="operation error: {what}, https response error StatusCode: 403, api error AccessDenied: "
    "User is not authorized to perform this operation",
    failed="operation error: {what}, https response error StatusCode: 500, api error InternalFailure: "
    "We encountered an internal error. Please try again.",
    landed="operation error: {what}, request send failed: context deadline exceeded",
)


# Errors that the SDK has types for; it calls all others an "api error".
_MODELLED = frozenset(
    {"EntityAlreadyExists", "NoSuchEntity", "DeleteConflict", "MalformedPolicyDocument", "LimitExceeded"}
    | {"BucketAlreadyExists", "BucketAlreadyOwnedByYou", "OperationInProgressFailure"}
    | {"InvalidRequestException", "ResourceExistsException", "ResourceNotFoundException"}
)


class ApiError(RefusedError):
    """What an API answered; `code` is the API's."""

    def __init__(  # noqa: PLR0913, PLR0917  these are what the text is made of
        self, doing: str, service: str, operation: str, api_code: str, message: str, status: int = 400
    ) -> None:
        self.api_code = api_code
        code = api_code if api_code in _MODELLED else f"api error {api_code}"
        super().__init__(
            f"1 error occurred:\n\t* {doing}: operation error {service}: {operation}, https response error "
            f"StatusCode: {status}, RequestID: {uuid.uuid4()}, {code}: {message}\n\n"
        )


def provider_error(text: str) -> RefusedError:
    """What the provider itself says."""
    return RefusedError(f"1 error occurred:\n\t* {text}\n\n")
