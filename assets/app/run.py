"""The WSGI entry: servers load `run:application`, and so does `flask --app run`."""

from bookstore import create_app

application = create_app()
