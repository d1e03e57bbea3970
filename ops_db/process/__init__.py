"""The process of a ticket: a versioned definition as data, and a pure interpreter that moves tokens over it.

Here belong the shape of a definition, its static checks, the table of actions and the step from one state to the next.
No session, no clock and no permission of the account itself: the service brings facts in and writes the step down.
"""
