"""Tests of the emulated Heroku."""
