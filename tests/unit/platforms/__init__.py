"""What runs where no web server of ours stands in front."""
