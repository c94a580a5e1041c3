"""Deploy the Flask app to the target that this stack names."""

import pulumi

from components import app, registry, settings
from components.errors import ConfigError

try:
    config, section = settings.read(settings.values())
    source = app.from_settings(config.app)
    endpoint = registry.entry(config.target).load().deploy(config, section, source)
except ConfigError as error:
    raise pulumi.RunError(f"the configuration of stack {pulumi.get_stack()!r}:\n{error}") from None
for note in source.notes:
    pulumi.log.info(note)
endpoint.export(config.target)
