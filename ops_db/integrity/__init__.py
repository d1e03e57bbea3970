"""Whether the logs are what was written: chains within the database, their heads anchored outside of it."""
