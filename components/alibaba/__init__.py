"""The parts of target ecs: what is made in Alibaba Cloud before there is a machine to speak to."""
