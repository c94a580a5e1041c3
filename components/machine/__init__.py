"""A Flask app on a machine: a web server in front of an app server, over SSH."""
