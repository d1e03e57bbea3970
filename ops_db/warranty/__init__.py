"""The two clocks of a warranty: the owner's from handover, the contractor's from completion acceptance."""
