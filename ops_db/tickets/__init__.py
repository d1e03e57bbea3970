"""Tickets: opening one, acting on one, reading one, and the queue. The process engine decides, this writes down."""
