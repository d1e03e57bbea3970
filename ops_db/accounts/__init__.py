"""Accounts, sign-in sessions and integration tokens, and the actor each of them stands for."""
