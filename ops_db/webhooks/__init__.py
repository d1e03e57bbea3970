"""Other systems: told of events by signed messages, and telling of theirs by signed messages."""
