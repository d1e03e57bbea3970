"""The ticket service: FastAPI over the use cases of ops_db, as an API for programs and pages for people.

No rule of the trade lives here. The one commit of a request is in `dependencies.py`.
"""
