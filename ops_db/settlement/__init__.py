"""Being done with a ticket's costs: collected, charged, borne or written off, to the fen."""
