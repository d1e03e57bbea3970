"""Material for a repair: requested, reserved, issued and returned against what the ERP says is in stock."""
