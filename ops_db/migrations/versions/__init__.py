"""The history of the operational schema, date first."""
