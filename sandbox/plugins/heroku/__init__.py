"""Heroku, emulated: its platform on this computer's machines, and Pulumi's provider for it."""
