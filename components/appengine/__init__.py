"""The parts of target appengine that know no provider: its handlers, its version's id, its names."""
