"""Approvals that wait for somebody, and who waits for whom; to decide one is an action of `ops_db.tickets`."""
