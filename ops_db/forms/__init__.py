"""Forms that managers design: their language, the answers to them, and what an answer becomes.

Definition, expressions, patterns, checks and assessment are pure; `repository` and the use cases keep them.
"""
