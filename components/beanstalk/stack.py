"""The solution stack: Amazon Linux 2023 with the app's Python, in the newest version at first."""

import re

from pulumi_aws import elasticbeanstalk

from components.beanstalk import reasons
from components.beanstalk.section import Section
from components.errors import fault


def choose(section: Section, python: str) -> str:
    """Return the stack's name. A newer one is no reason for a change: AWS's managed updates bring it.

    Raises ConfigError: there is none with this Python, the named one has another, or AWS can't be asked.
    """
    if section.solution_stack:
        if section.solution_stack.endswith(f" {python}"):
            return section.solution_stack
        raise fault(
            f"beanstalk/solutionStack: should have the Python of app/python, which is {python}; "
            "set both to the same"
        )
    pattern = rf"^64bit Amazon Linux 2023 v\S+ running Python {re.escape(python)}$"
    try:
        return elasticbeanstalk.get_solution_stack(most_recent=True, name_regex=pattern).name
    except Exception as error:  # noqa: BLE001  the SDK raises nothing more special
        why = " ".join(str(error).split())
    known = reasons.refusal(why)
    if known:
        raise fault(f"target beanstalk: {known.meaning}; {known.remedy}; AWS said: {why}")
    raise fault(
        f"app/python: a platform with Python {python} was looked up: {why}; Elastic Beanstalk has "
        '"3.11", "3.12" and "3.13" for certain; or name a platform under beanstalk.solutionStack '
        "('aws elasticbeanstalk list-available-solution-stacks' lists them)"
    )
