"""Look-ups of the estate: projects, buildings, homes, their rooms, the defect taxonomy, crews and technicians."""
