"""What needs neither root nor an engine: mirrors components/ and assets/."""
