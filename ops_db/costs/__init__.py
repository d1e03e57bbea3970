"""What a ticket costs, and who bears it."""
