"""The clocks of a process: when they are due, how a pause holds them, and how a worker lets them do their work."""
