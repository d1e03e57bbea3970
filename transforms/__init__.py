"""Raw into clean: typed frames, one row per thing, one spelling of a home, night flow of meters, compiled calendars.

Everything here is a pure function from lazy frames to lazy frames. Nothing reads or writes a file, asks for the time
or knows the scheduler; the catalogue says which raw tables each clean table is made from.
"""
