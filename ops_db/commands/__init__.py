"""Commands of `python -m ops_db`, a module for each subject."""
