"""What Heroku builds, refuses and tells."""
