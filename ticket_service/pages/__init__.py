"""The pages people see: routers that render templates, and what templates need to speak to a reader.

Here belong forms, sentences, times and icons. What happens to a ticket is decided in `ops_db`; a page only asks.
"""
