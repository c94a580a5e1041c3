"""`pinnedRelease`: how each target names a release that it keeps."""

import re
from dataclasses import dataclass
from typing import Final

_DIGITS: Final = "[0-9a-f]{12}"
_DRAWN: Final = "[0-9a-f]{6}"
_UUID: Final = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


@dataclass(frozen=True, kw_only=True)
class Form:
    """How a kept release is written; `output` is the stack's output that named it when it was deployed."""

    pattern: str
    rule: str
    output: str
    example: str

    def faults(self, value: str) -> list[str]:
        """Return what is wrong with a value that another target may take; nothing for none."""
        if not value or re.fullmatch(self.pattern, value):
            return []
        rule = f"should be {self.rule}, as the output {self.output} named it when it was deployed"
        forward = "to go forward: pulumi config rm flask-deploy:pinnedRelease"
        return [f"pinnedRelease: {rule}, for example '{self.example}'; {forward}"]


MACHINE: Final = Form(
    pattern=_DIGITS, rule="a release id of 12 hex digits", output="release", example="3f9c0a71be52"
)
BEANSTALK: Final = Form(
    pattern=f"v-{_DIGITS}-{_DRAWN}",
    rule="the label of a version",
    output="versionLabel",
    example="v-3f9c0a71be52-0a1b2c",
)
APPENGINE: Final = Form(
    pattern=f"r{_DIGITS}-{_DRAWN}",
    rule="the id of a version",
    output="version",
    example="r3f9c0a71be52-0a1b2c",
)
HEROKU: Final = Form(
    pattern=f"{_DIGITS}-{_UUID}",
    rule="a release's code and slug",
    output="rollback",
    example="3f9c0a71be52-0b9e8d7c-6a5f-4e3d-8c2b-1a0f9e8d7c6b",
)
FORMS: Final = (MACHINE, BEANSTALK, APPENGINE, HEROKU)
ANY: Final = f"({'|'.join(form.pattern for form in FORMS)})?"


def digits(value: str) -> str:
    """Return the first 12 hexadecimal digits of a pinned release: of its id, or of its code's."""
    return str(re.findall(_DIGITS, value)[0])
