"""The operational truth: models, migrations, the pure rules of tickets and the use cases over them.

Knows Postgres and no web framework. `python -m ops_db` starts the embedded server and tends the database.
"""
