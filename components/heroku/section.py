"""The section `heroku` of the configuration."""

from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from components.notions import DomainName, matching
from components.settings import Section as BaseSection

HerokuName = Annotated[
    str,
    matching(
        r"[a-z][a-z0-9-]{1,28}[a-z0-9]",
        "should be 3 to 30 lower-case letters, digits or dashes, a letter first and no dash last, "
        "for example 'bookstore-3f9c'",
    ),
]
# One dyno only: https://devcenter.heroku.com/articles/dyno-types
SINGLE: Final = ("eco", "basic")


class Section(BaseSection):
    """The app at Heroku and its dynos."""

    app_name: HerokuName | None = Field(
        None,
        description="unique among all of Heroku; without it app.name with four random hexadecimal digits",
        examples=["bookstore-3f9c"],
    )
    team: str | None = Field(None, description="team that owns the app", examples=["my-team"])
    region: Literal["us", "eu"] = Field(
        "us", description="where it runs; another one is a new app with a new URL", examples=["eu"]
    )
    stack: Literal["heroku-26", "heroku-24"] = Field(
        "heroku-26",
        description="system that dynos run; it is changed by the next build",
        examples=["heroku-24"],
    )
    size: Literal["eco", "basic", "standard-1x", "standard-2x", "performance-m", "performance-l"] = Field(
        "basic", description="size of a web dyno; eco sleeps and needs its subscription", examples=["basic"]
    )
    quantity: int = Field(1, ge=1, le=100, description="web dynos", examples=[1])
    domains: list[DomainName] = Field(
        [],
        description="host names of your own; their DNS has to point to Heroku",
        examples=[["shop.example.com"]],
    )
    build_minutes: int = Field(
        20, ge=1, le=120, description="until a build is given up; Heroku's own limit is 15", examples=[20]
    )

    @model_validator(mode="after")
    def _single(self) -> "Section":
        if self.size in SINGLE and self.quantity > 1:
            raise ValueError(
                f"should have quantity 1 with size {self.size}, or for example size: standard-1x"
            )
        return self
