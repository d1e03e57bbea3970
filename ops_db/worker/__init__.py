"""The process beside the service that does what nobody waits for: due timers, and whatever else is a duty.

Jobs are procrastinate's, in a Postgres schema of their own. A duty that must happen once keeps its own record of what
is done; a job only says that it is time to look, so a lost or doubled job harms nothing.
"""
