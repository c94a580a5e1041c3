"""The section `appengine` of the configuration."""

from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from components.notions import matching
from components.settings import Section as BaseSection

# https://cloud.google.com/appengine/docs/standard/lifecycle/runtime-support#python
PYTHONS: Final = ("3.12", "3.13", "3.14")

Location = Annotated[
    str,
    matching(
        r"(?!(us-central1|europe-west1)$)(us-central|europe-west|[a-z]+-[a-z]+[0-9]+)",
        "should be a location of App Engine, for example 'europe-west3'; two have no digit: "
        "'us-central' and 'europe-west'",
    ),
]


class Section(BaseSection):
    """The app at App Engine and how it scales."""

    location: Location | None = Field(
        None,
        description="where the project's application is made; it can never be changed or deleted",
        examples=["europe-west"],
    )
    create_application: bool = Field(
        default=False,
        description="make the project's one application; false adopts the one that is there",
        examples=[True],
    )
    instance_class: Literal["F1", "F2", "F4", "F4_1G"] = Field(
        "F1", description="memory and processor of an instance", examples=["F2"]
    )
    min_instances: int = Field(
        0, ge=0, le=100, description="instances that always run; 0 lets the first request wait", examples=[1]
    )
    max_instances: int = Field(
        4, ge=1, le=1000, description="the most that run: the bound of what it costs", examples=[4]
    )
    ingress: Literal["all", "internal", "internal-and-lb"] = Field(
        "all",
        description="who may ask: everybody, the project's network, that and a load balancer",
        examples=["internal-and-lb"],
    )

    @model_validator(mode="after")
    def _bounds(self) -> "Section":
        if self.min_instances > self.max_instances:
            raise ValueError(
                f"should have maxInstances of {self.min_instances} or more with minInstances "
                f"{self.min_instances}, for example maxInstances: {self.min_instances}"
            )
        return self

    @model_validator(mode="after")
    def _where(self) -> "Section":
        if self.create_application and self.location is None:
            raise ValueError(
                "should have a location with createApplication, since it is for good; "
                "for example location: europe-west"
            )
        return self
