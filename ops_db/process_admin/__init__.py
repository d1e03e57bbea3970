"""Processes as managers change them: drafts, checks, publication, retirement, and the rules that choose between them.

Everything here needs `process:manage` and is written into the audit log. What a process means is the business of
`ops_db.process`; nothing here runs one.
"""
