"""A local engine, local machines and emulated clouds. Never imported by `components`."""
