"""Pages where managers and administrators change how the house works."""
