"""What the sandbox's commands refuse, before they make anything: in words, with an example."""

import pytest

from sandbox import apps, rehearse
from sandbox.say import SandboxError


@pytest.mark.parametrize("target", ["heroku", "beanstalk", "appengine"])
@pytest.mark.parametrize("wanted", ["apache-gunicorn", "iis"])
def test_a_platform_has_no_web_stack(monkeypatch: pytest.MonkeyPatch, target: str, wanted: str) -> None:
    """What has no effect is not taken and ignored."""
    monkeypatch.setenv("STACK", target)
    monkeypatch.setenv("WEB_STACK", wanted)
    monkeypatch.setattr(rehearse, "create", lambda *_: pytest.fail("something was made"))
    with pytest.raises(SandboxError, match=f"WEB_STACK='{wanted}' has no effect on target {target}"):
        rehearse.run()


def test_an_unknown_web_stack_has_an_example(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the command that was given."""
    monkeypatch.setenv("WEB_STACK", "iis")
    monkeypatch.setenv("STACK", "ecs")
    with pytest.raises(SandboxError, match="for example: WEB_STACK=apache-gunicorn make rehearse STACK=ecs"):
        rehearse.run()
    with pytest.raises(SandboxError, match="for example: WEB_STACK=apache-gunicorn make demo"):
        apps.web_stack("make demo")
