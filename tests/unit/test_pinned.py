"""How a kept release is named: each target takes its own form alone, and says what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from components import pinned
from components.notions import KeptRelease
from unit import examples
from unit.parity import Clouds

if TYPE_CHECKING:
    from components.pinned import Form
    from unit.conftest import Deploy

TAKES: Final = TypeAdapter(KeptRelease)
FORMS: Final = {
    "vm": pinned.MACHINE,
    "ecs": pinned.MACHINE,
    "heroku": pinned.HEROKU,
    "beanstalk": pinned.BEANSTALK,
    "appengine": pinned.APPENGINE,
}
LEAST: Final = {
    "vm": examples.MINIMAL,
    "ecs": examples.ECS,
    "heroku": examples.HEROKU,
    "beanstalk": examples.BEANSTALK,
    "appengine": examples.APPENGINE,
}


@pytest.mark.parametrize("form", pinned.FORMS, ids=lambda form: form.output)
@given(data=st.data())
def test_what_a_target_names_the_configuration_takes(form: Form, data: st.DataObject) -> None:
    """Each value of the form, on the form's own target; and its 12 digits are those that come first."""
    value = data.draw(st.from_regex(form.pattern, fullmatch=True))
    assert TAKES.validate_python(value) == value
    assert form.faults(value) == []
    assert len(pinned.digits(value)) == 12
    assert value.removeprefix("v-").removeprefix("r").startswith(pinned.digits(value))


@pytest.mark.parametrize("form", pinned.FORMS, ids=lambda form: form.output)
def test_another_target_s_is_refused(form: Form) -> None:
    """With this target's own example, where it was told, and how to do without."""
    for other in pinned.FORMS:
        (*told,) = form.faults(other.example)
        assert bool(told) == (other is not form)
        for fault in told:
            assert fault.startswith(
                f"pinnedRelease: should be {form.rule}, as the output {form.output} named it"
            )
            assert f"for example '{form.example}'" in fault
            assert fault.endswith("pulumi config rm flask-deploy:pinnedRelease")


def test_nothing_pinned_is_no_fault() -> None:
    """An empty value is what Pulumi.yaml declares."""
    assert [fault for form in pinned.FORMS for fault in form.faults("")] == []
    assert not TAKES.validate_python("")


@pytest.mark.parametrize(
    "value",
    [
        *("latest", "v-3f9c0a71be52", "r3f9c0a71be52", "3F9C0A71BE52", "v-3f9c0a71be52-0a1b2c\n"),
        *("3f9c0a71be52-0a1b2c", "v-3f9c0a71be52-0a1b2c; true", "3f9c0a71be52-0b9e8d7c"),
    ],
)
def test_what_no_target_names_is_refused(value: str) -> None:
    """With all forms, since the target may be what is wrong."""
    with pytest.raises(ValidationError) as caught:
        TAKES.validate_python(value)
    assert [form.example in str(caught.value) for form in pinned.FORMS] == [True] * len(pinned.FORMS)


@pytest.mark.parametrize("target", FORMS)
def test_each_target_takes_its_own_form_alone(deploy: Deploy, target: str) -> None:
    """Another is refused before anything is made; its own is said on the run, with the way forward."""
    form = FORMS[target]
    other = next(each for each in pinned.FORMS if each is not form)
    refused = deploy(examples.changed(LEAST[target], {"pinnedRelease": other.example}), engine=Clouds())
    assert str(refused.error) == form.faults(other.example)[0]
    assert refused.resources == []
    done = deploy(examples.changed(LEAST[target], {"pinnedRelease": form.example}), engine=Clouds())
    assert done.error is None
    told = (
        f"pinned to release {form.example}: changes of the app wait; "
        "to go forward again: pulumi config rm flask-deploy:pinnedRelease"
    )
    assert ("warning", told) in done.said
