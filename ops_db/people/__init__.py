"""Owners and their households: found by number, shown masked, revealed with a reason."""
