"""components/appengine: what knows no provider."""
