"""One answer to a repeated write: the answer is kept in the transaction that did the work."""
