"""Areas of the estate: who leads each, which projects and buildings belong to it, and where a lead is missing."""
