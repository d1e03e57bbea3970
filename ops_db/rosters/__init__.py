"""Crews and their people: skills, working time, leave, and the appointments a crew can keep."""
