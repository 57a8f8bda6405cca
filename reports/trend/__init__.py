"""A page of trends: what many runs of the same clips say over time."""
