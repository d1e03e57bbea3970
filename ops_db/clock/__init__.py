"""Calendars and promises as data that changes from a day on: what has been counted stays what it was."""
