"""What Google Cloud's refusals mean: each is told in words, where its text alone does not help."""

from __future__ import annotations

from typing import Final

import pytest

from components.appengine import reasons
from components.appengine.section import Section

WAITING: Final = "Error waiting to create StandardAppVersion: Error waiting for Creating StandardAppVersion: "
CLOUD_BUILD: Final = f"{WAITING}Error code 13, message: Failed to create cloud build: "
FAILED: Final = f"{WAITING}Error code 9, message: Cloud build 9e578a35 status: FAILURE\n"


def refused(status: int, text: str, kind: str) -> str:
    """A refusal of one of Google's APIs, as its client words it."""
    return f"googleapi: Error {status}: {text}, {kind}"


def build(line: str) -> str:
    """A build that failed: its log is JSON, escaped in JSON."""
    return (
        f'{FAILED}{{"error":{{"errorType":"BuildError","errorMessage":"Collecting flask\\\\n{line}\\\\n"}}}}'
    )


REFUSALS: Final = {
    build("ERROR: No matching distribution found for flask==99"): "a requirement does not exist",
    build("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE."): (
        "a package is not the one"
    ),
    build("failed to run pip check: flask 3.1.0 has requirement click>=8"): "two requirements do not go",
    build("error: something in the app's own set-up"): "the build failed",
    refused(
        409, "This application already exists and cannot be re-created.", "alreadyExists"
    ): "the project has an application already",
    refused(
        409, "Your previous request to create the named bucket succeeded and you already own it.", "conflict"
    ): "another stack deploys to this project",
    "Cannot change location_id once the resource is created.": "an application stays for good",
    refused(
        400, "Your app may not have more than 210 versions. Please delete one", "badRequest"
    ): "the project has as many versions",
    f"{CLOUD_BUILD}This API method requires billing to be enabled.": "the project has no billing account",
    f'{CLOUD_BUILD}invalid bucket "staging.p.appspot.com"; service account x@p does not have access to the '
    "bucket": "the build's account may not read the code",
    f"{CLOUD_BUILD}internal": "the build could not be started",
    refused(
        400, "Service account x@p.iam.gserviceaccount.com does not exist.", "badRequest"
    ): "the app's account is new",
    refused(
        403, "Cloud Build API has not been used in project 1 before or it is disabled.", "accessNotConfigured"
    ): "an API of the project is off",
    refused(
        409, "Cannot operate on apps/p because an operation is already in progress", "conflict"
    ): "another deployment is at work",
    "google: could not find default credentials.": "there are no credentials",
    'oauth2: "invalid_grant" "reauth related error"': "the credentials are not accepted",
    refused(
        403, "You do not have permission to act as x@p: iam.serviceAccounts.actAs", "forbidden"
    ): "who deploys may not let a version run",
    refused(403, "The caller does not have permission", "forbidden"): "who deploys has not got a role",
    f"{WAITING}Error code 13, message: An internal error occurred.": "App Engine has failed",
    refused(500, "Internal error encountered.", "backendError"): None,
    "": None,
}
# What becomes right by waiting: roles and APIs that are new, and other people's deployments.
PASSES: Final = {
    *("does not have access to the bucket", "Failed to create cloud build", "it is disabled"),
    *("operation is already in progress", ".iam.gserviceaccount.com does not exist"),
}


@pytest.mark.covers(84, 85)
@pytest.mark.parametrize(("text", "meaning"), REFUSALS.items(), ids=range(len(REFUSALS)))
def test_a_refusal_gets_its_meaning(text: str, meaning: str | None) -> None:
    """And a remedy; what is unknown explains itself."""
    found = reasons.refusal(text)
    if meaning is None or found is None:
        assert (found, meaning) == (None, None)
    else:
        assert found.meaning.startswith(meaning)
        assert found.remedy


def test_each_reason_has_a_text_that_leads_to_it() -> None:
    """One that nothing leads to would be dead."""
    reached = {found.sign for text in REFUSALS if (found := reasons.refusal(text))}
    assert reached == {known.sign for known in (*reasons.API, *reasons.BUILD)}


def test_only_what_passes_is_waited_for() -> None:
    """A role that is missing for good would be waited for in vain, for minutes."""
    assert {known.sign for known in (*reasons.API, *reasons.BUILD) if known.passes} == PASSES


def test_what_was_built_and_failed_changes_nothing() -> None:
    """And that is said with each such reason."""
    assert all(known.remedy.endswith("what served before still serves") for known in reasons.BUILD)


def test_a_log_is_read_whatever_it_is_wrapped_in() -> None:
    """JSON in JSON in a message: each wraps new lines and quotes once more."""
    assert reasons.clean('a\\nb\\\\nc\\\\\\\\nd \\"e\\"') == 'a\nb\nc\nd "e"'


def test_a_build_s_log_is_shown_as_it_was_printed() -> None:
    """Its end: what failed stands there."""
    lines = [f"Collecting number {number}" for number in range(40)]
    text = build(r"\\n".join([*lines, r"ERROR: {\"a\": \"b\"} is not \"c\""]))
    assert reasons.build_log(text) == [*lines[11:], 'ERROR: {"a": "b"} is not "c"']


def test_a_log_is_found_however_the_json_is_written() -> None:
    """With a space behind the colon, or without."""
    assert reasons.build_log('{"error": {"errorMessage": "one\\ntwo"}}') == ["one", "two"]


def test_what_is_no_build_has_no_log() -> None:
    """Other refusals explain themselves."""
    assert reasons.build_log(refused(403, "The caller does not have permission", "forbidden")) == []
    assert reasons.build_log("") == []


def test_each_key_that_is_advised_exists() -> None:
    """`appengine.location` and the like."""
    known = {info.alias for info in Section.model_fields.values()}
    words = " ".join(each.remedy for each in (*reasons.API, *reasons.BUILD)).split()
    advised = {
        word.removeprefix("appengine.").rstrip(";,") for word in words if word.startswith("appengine.")
    }
    assert advised == {"createApplication", "location"}
    assert advised <= known
