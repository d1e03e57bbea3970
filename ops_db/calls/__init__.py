"""Telephone conversations the desk logs."""
