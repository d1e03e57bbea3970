"""The cockpits: Streamlit pages over the published warehouse.

They read published marts and measures only, never the operational database, and compute no aggregate of their own.
"""
