"""Lists of tickets: the desk's queue, a technician's work, the search. Postgres itself makes the JSON, for speed."""
