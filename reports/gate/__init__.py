"""The page of a gate: what regressed, and what the clips that got worst look like."""
