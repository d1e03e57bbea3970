"""Leaving and arriving: all the operational store holds as open files with a dictionary, and such files taken in.

Files are Parquet and CSV. What stays behind, and why, stands in `contents.py`; what columns mean in `meanings.yaml`.
"""
