"""Errors as the provider words them: Google's APIs by `googleapi.Error`, operations by their code.

Source: google.golang.org/api/googleapi, Error.Error; terraform-provider-google, tpgresource/operation.go.
"""

from __future__ import annotations

from typing import Final

from sandbox.plugins.calls import RefusedError
from sandbox.plugins.cloud.faults import Texts

TEXTS: Final = Texts(
    refused="googleapi: Error 403: The caller does not have permission ({what}), forbidden",
    failed="googleapi: Error 500: Internal error encountered. ({what}), backendError",
    landed="error waiting for the answer: context deadline exceeded ({what})",
)
_REASONS: Final = {
    400: "badRequest",
    403: "forbidden",
    404: "notFound",
    409: "alreadyExists",
    412: "conditionNotMet",
}


class ApiError(RefusedError):
    """What an API answered: an HTTP status, a text, and Google's word for its kind."""

    def __init__(self, status: int, text: str, reason: str = "") -> None:
        super().__init__(f"googleapi: Error {status}: {text}, {reason or _REASONS[status]}")
        self.status = status


class OperationError(RefusedError):
    """How a long-running operation has ended; codes are those of google.rpc.Code."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"Error code {code}, message: {text}")


class WordedError(RefusedError):
    """What an API answered, as the provider passes it on."""


def prefixed(start: str, problem: RefusedError) -> WordedError:
    """The error with the provider's words before it."""
    return WordedError(f"{start}: {problem}", problem.code)
