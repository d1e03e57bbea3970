"""What every room stands on: settings, secrets, languages, identifiers, the business vocabulary and working time.

Nothing here imports another room of the house, and nothing here knows a framework.
"""
