"""The project: the APIs that are switched on in it, and its one App Engine application."""

from collections.abc import Sequence
from typing import Final

import pulumi
from pulumi_gcp import appengine, projects

from components.appengine.parts import Common
from components.appengine.section import Section

# All others are asked for by way of this one.
FIRST: Final = "cloudresourcemanager"
OTHERS: Final = ("iam", "storage", "appengine", "cloudbuild", "artifactregistry")


def switch_on(common: Common, *, secrets: bool) -> dict[str, projects.Service]:
    """Switch the APIs on; they stay on, since others may use them. By their short names."""
    first = _api(FIRST, common, [])
    others = (*OTHERS, *(["secretmanager"] if secrets else []))
    return {FIRST: first, **{name: _api(name, common, [first]) for name in others}}


def _api(name: str, common: Common, after: Sequence[pulumi.Resource]) -> projects.Service:
    return projects.Service(
        f"api-{name}",
        project=common.project,
        service=f"{name}.googleapis.com",
        disable_on_destroy=False,
        opts=common.opts(depends_on=after),
    )


def application(section: Section, apis: dict[str, projects.Service], common: Common) -> appengine.Application:
    """Return the project's application: made, or adopted, which leaves it alone.

    Under one name, and its id is the project's: so the engine takes one that was made for adopted when
    `createApplication` is taken away, without any change.
    """
    if section.create_application:
        return appengine.Application(
            "application",
            project=common.project,
            location_id=section.location,
            # To delete one does nothing, so it is not pretended.
            opts=common.opts(depends_on=list(apis.values()), retain_on_delete=True),
        )
    # Known once its API is on: before, nobody could answer.
    found = apis["appengine"].id.apply(lambda _: common.project)
    options = pulumi.ResourceOptions(parent=common.parent, depends_on=list(apis.values()))
    adopted = appengine.Application.get("application", found, opts=options)
    if section.location:
        adopted.location_id.apply(lambda actual: _say_elsewhere(actual, str(section.location)))
    return adopted


def _say_elsewhere(actual: str, wanted: str) -> None:
    if actual != wanted:
        pulumi.log.warn(
            f"appengine/location: the project's application is in {actual} for good, not in {wanted}; "
            "take this key away, or another project"
        )
