"""A technician's jobs in the order of the day."""
