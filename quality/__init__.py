"""The gates between the zones: volume, drift, freshness and reconciliation of whole batches and marts.

The only room that knows Great Expectations and pandas. Types and rules of single rows belong to the contracts.
"""
