"""Provider plugins that the engine starts: a base on Pulumi's protocol, and what stands on it."""
