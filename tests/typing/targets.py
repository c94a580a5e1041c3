"""Each target is a TargetModule: mypy says so, nothing runs this. test_registry.py checks the list."""

from components.target import TargetModule
from components.targets import appengine, beanstalk, ecs, heroku, vm

TARGETS: tuple[TargetModule, ...] = (vm, ecs, heroku, beanstalk, appengine)
