"""Small systems that speak like real ones: a CRM, an ERP, a finance ledger, a telephone exchange, water meters.

They read the same estate, so that their codes agree with the operational store. Their formats are those the contracts
of `ingestion` describe, a little dirt included: homes spelled in several ways, here and there an unreadable row.
"""
