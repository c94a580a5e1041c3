"""The parts of target heroku that know no provider: its section, the source that is built, its reasons."""
