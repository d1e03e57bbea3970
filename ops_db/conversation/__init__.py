"""What is said and shown about a ticket: messages and photos."""
