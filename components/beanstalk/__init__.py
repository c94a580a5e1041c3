"""The parts of target beanstalk: its section, the bundle, and what stands around the environment."""
