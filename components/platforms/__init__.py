"""What the platforms have in common, where no web server of ours stands in front of the app."""
