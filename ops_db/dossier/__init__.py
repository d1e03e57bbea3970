"""Everything about one ticket on one page: who, where, what happened, what may be done now."""
